import { useMemo, useState } from 'react';
import { type Chip, Chips } from '../../components/Chips.tsx';
import { count, plural } from '../../components/format.ts';
import { actionLooks } from '../../components/looks.ts';
import { Tag } from '../../components/Tag.tsx';
import { VirtualList } from '../../components/VirtualList.tsx';
import { type Action, countActions, grouped, isWriting, type ShownStep } from './plan.ts';
import { StepRow } from './StepRow.tsx';
import { text } from './text.ts';

interface Props {
  readonly steps: readonly ShownStep[];
  /** Actions that are not to be applied; undefined where nothing is applied from here. */
  readonly left?: ReadonlySet<Action>;
  onLeave?(left: ReadonlySet<Action>): void;
}

/** Planned steps under a head for each action, with filters. */
export function PlanList({ steps, left, onLeave }: Props) {
  const [wanted, setWanted] = useState<Action | 'all'>('all');
  const counts = useMemo(() => countActions(steps), [steps]);
  // An action may be gone once the plan was made anew.
  const action = counts.some(([each]) => each === wanted) ? wanted : 'all';
  const rows = useMemo(
    () => grouped(action === 'all' ? steps : steps.filter((step) => step.action === action)),
    [steps, action],
  );
  const chips: Chip<Action | 'all'>[] = [
    { key: 'all', word: text.all, count: steps.length },
    ...counts.map(([key, number]) => ({ key, word: actionLooks[key].word, count: number })),
  ];
  return (
    <>
      <Chips label={text.filters} chips={chips} picked={action} onPick={(picked) => setWanted(picked)} />
      <VirtualList
        items={rows}
        rowHeight={(row) => (row.head === undefined ? 54 : 36)}
        label={text.list}
        keyOf={(row) => row.head ?? row.step.key}
        render={(row) =>
          row.head === undefined ? (
            <Step step={row.step} />
          ) : (
            <Head action={row.head} number={row.count} left={left} onLeave={onLeave} />
          )
        }
      />
    </>
  );
}

interface HeadProps {
  readonly action: Action;
  readonly number: number;
  readonly left: Props['left'];
  readonly onLeave: Props['onLeave'];
}

function Head({ action, number, left, onLeave }: HeadProps) {
  const words = `${plural(number, 'target')} ${text.heads[action]}`;
  if (!left || !onLeave || !isWriting(action)) return <div className="plan-head">{words}</div>;
  const toggle = () => {
    const next = new Set(left);
    if (!next.delete(action)) next.add(action);
    onLeave(next);
  };
  return (
    <label className="plan-head">
      <input
        type="checkbox"
        checked={!left.has(action)}
        onChange={toggle}
        aria-label={`${text.include}: ${actionLooks[action].word}, ${count(number)}`}
      />
      {words}
    </label>
  );
}

/** One step: what would be done, with what, and why. */
function Step({ step: { action, sentence, fix, about } }: { readonly step: ShownStep }) {
  return <StepRow tag={<Tag look={actionLooks[action]} />} about={about} reason={`${sentence} ${fix}`.trim()} />;
}
