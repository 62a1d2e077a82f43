import { Button, Group, Text } from '@mantine/core';
import { IconCircleCheck } from '@tabler/icons-react';
import { type MouseEvent, useMemo, useState } from 'react';
import type { RecordView } from '../../../preload/contract/views.ts';
import { type Chip, Chips } from '../../components/Chips.tsx';
import { Dialog } from '../../components/Dialog.tsx';
import { Empty } from '../../components/Empty.tsx';
import { extendTo, nothingSelected, type Selection, toggle, toggleAll } from '../../components/selection.ts';
import { sourceWords } from '../../components/services.ts';
import { VirtualList } from '../../components/VirtualList.tsx';
import { FromTo } from '../plan/StepRow.tsx';
import { Choices } from './Choices.tsx';
import { text } from './text.ts';
import { countReasons, isDeletion, reasonOf, seenWords, sharedChoices, waitingOf, writtenWords } from './waiting.ts';

interface Props {
  readonly records: readonly RecordView[];
  /** Which kind it begins with. */
  readonly first: 'conflicts' | 'deletions';
  onClose(): void;
}

const all = 'all';

/** Every record that waits for a person, why, and what can be decided about it. */
export default function ConflictsDialog({ records, first, onClose }: Props) {
  const waiting = useMemo(() => waitingOf(records), [records]);
  const reasons = countReasons(waiting);
  const [wanted, setWanted] = useState(() => firstReason(waiting, first));
  const [selection, setSelection] = useState<Selection>(nothingSelected);
  const reason = reasons.some(([each]) => each === wanted) ? wanted : all;
  const shown = useMemo(
    () => (reason === all ? waiting : waiting.filter((record) => reasonOf(record) === reason)),
    [waiting, reason],
  );
  const ids = shown.map(({ id }) => id);
  // Where there is nothing to choose, nobody is asked.
  const ticked = shown.length === 1 ? shown : shown.filter(({ id }) => selection.ids.has(id));
  const chips: Chip<string>[] = [
    { key: all, word: text.all, count: waiting.length },
    ...reasons.map(([key, count]) => ({ key, word: key, count })),
  ];
  const tick = (id: string, event: MouseEvent) =>
    setSelection((known) => (event.shiftKey ? extendTo(known, id, ids) : toggle(known, id)));

  if (waiting.length === 0) {
    return (
      <Dialog title={text.title} width={520} onClose={onClose}>
        <Empty icon={IconCircleCheck} title={text.nothing} sentence={text.nothingHint}>
          <Button data-autofocus onClick={onClose}>
            {text.close}
          </Button>
        </Empty>
      </Dialog>
    );
  }
  return (
    <Dialog title={text.title} width={960} height={720} onClose={onClose}>
      <Text c="dimmed">{text.hint}</Text>
      <Group gap="sm">
        <Chips label={text.filters} chips={chips} picked={reason} onPick={setWanted} />
        <Button
          variant="default"
          ml="auto"
          disabled={shown.length < 2}
          onClick={() => setSelection((known) => toggleAll(known, ids))}
        >
          {text.tickAll}
        </Button>
      </Group>
      <VirtualList
        items={shown}
        rowHeight={84}
        label={text.list}
        keyOf={({ id }) => id}
        render={(record) => (
          <Row record={record} ticked={ticked.includes(record)} onTick={(event) => tick(record.id, event)} />
        )}
      />
      {ticked.length === 0 || sharedChoices(ticked).length === 0 ? (
        <Text role="status">{ticked.length === 0 ? text.noTicks : text.noneShared}</Text>
      ) : (
        <Choices records={ticked} onDecided={(_choice, decided) => setSelection((known) => without(known, decided))} />
      )}
    </Dialog>
  );
}

/** What was ticked meanwhile stays. */
function without({ ids }: Selection, records: readonly RecordView[]): Selection {
  const decided = new Set(records.map(({ id }) => id));
  return { ids: new Set([...ids].filter((id) => !decided.has(id))), anchor: undefined };
}

function firstReason(waiting: readonly RecordView[], first: Props['first']): string {
  const deletion = waiting.find(isDeletion);
  return first === 'deletions' && deletion && !waiting.every(isDeletion) ? reasonOf(deletion) : all;
}

interface RowProps {
  readonly record: RecordView;
  readonly ticked: boolean;
  onTick(event: MouseEvent): void;
}

function Row({ record, ticked, onTick }: RowProps) {
  const source = `${record.sourceVault} / ${sourceWords(record)}`;
  const now = record.conflictSeen === null ? '' : `${text.now}: ${seenWords(record.conflictSeen)}`;
  return (
    <label className="waiting-row">
      <input
        type="checkbox"
        readOnly
        checked={ticked}
        onClick={onTick}
        aria-label={`${source}, ${reasonOf(record)}, ${record.targetName}`}
      />
      <div>
        <FromTo about={record} />
        <div className="cut waiting-more" title={writtenWords(record)}>
          {writtenWords(record)}
        </div>
      </div>
      <div>
        <Text size="sm" lineClamp={2} title={`${record.sentence} ${record.fix}`.trim()}>
          {record.sentence}
        </Text>
        <div className="cut waiting-more" title={now}>
          {now}
        </div>
      </div>
    </label>
  );
}
