import { ActionIcon, Button, Switch, Text, Title, Tooltip } from '@mantine/core';
import { IconPencil, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import type { RuleView } from '../../../preload/contract/watch.ts';
import { useMessages } from '../../app/messages.tsx';
import { useCommand } from '../../bridge/hooks.ts';
import { Callout } from '../../components/Callout.tsx';
import { count, plural } from '../../components/format.ts';
import { services } from '../../components/services.ts';
import { Tag } from '../../components/Tag.tsx';
import { When } from '../../components/When.tsx';
import { ruleAsIs } from './draft.ts';
import { text } from './text.ts';
import { filterWords, kindWords, ruleLook } from './words.ts';

interface Props {
  readonly rule: RuleView;
  readonly now: number;
  onEdit(): void;
  onRemove(): void;
}

/** One rule: what it mirrors to where, and what its last look at the vault came to. */
export function RuleCard({ rule, now, onEdit, onRemove }: Props) {
  const { name, enabled, state } = rule;
  const from = `${rule.sourceVault} (${rule.sourceConnection})`;
  const to = `${services[rule.targetService].title}, ${rule.targetRegion} (${rule.targetConnection})`;
  return (
    <li className="panel rule">
      <div className="rule-head">
        <div style={{ flex: 1, minWidth: 260 }}>
          <div className="rule-title">
            <Title order={2} className="cut" title={name}>
              {name}
            </Title>
            <Tag look={ruleLook(rule)} />
          </div>
          <Text style={{ overflowWrap: 'anywhere' }}>
            {filterWords(rule.filter)} · {from} → {to}
          </Text>
          <Text c="dimmed" style={{ overflowWrap: 'anywhere' }}>
            <span className="mono">{rule.template}</span> · {rule.scheduleWords}
            {rule.syncOnChange && `, ${text.onChange}`}
            {rule.deletionPolicy === 'follow' && ` · ${text.follows}`}
          </Text>
          <Text c="dimmed">
            {plural(rule.records, 'record')}
            {state && (
              <>
                {' '}
                · matches {kindWords(state.matches, rule.filter.kind)} · {text.looked}{' '}
                <When at={state.checkedAt} now={now} past />
              </>
            )}
          </Text>
        </div>
        <Toggle rule={rule} />
        <Button
          variant="default"
          leftSection={<IconPencil size={14} aria-hidden="true" />}
          aria-label={`${text.edit} ${name}`}
          onClick={onEdit}
        >
          {text.edit}
        </Button>
        <Tooltip label={text.remove}>
          <ActionIcon aria-label={`${text.remove} ${name}`} onClick={onRemove}>
            <IconTrash size={16} aria-hidden="true" />
          </ActionIcon>
        </Tooltip>
      </div>
      {enabled && state?.stopped && (
        <Callout tone="bad" title={state.stopped.sentence}>
          <Text>{state.stopped.fix}</Text>
        </Callout>
      )}
      {enabled && state && state.problems.length > 0 && <Problems problems={state.problems} />}
    </li>
  );
}

/** Turns a rule on or off; on, it makes the records that it lacks. */
function Toggle({ rule }: { readonly rule: RuleView }) {
  const save = useCommand('rules.save');
  const { say, sayFailure } = useMessages();
  const turn = (enabled: boolean) =>
    save.mutate(
      { id: rule.id, rule: { ...ruleAsIs(rule), enabled } },
      {
        onSuccess: ({ name, records }) =>
          enabled
            ? say('good', text.turnedOn(name), text.savedRecords(plural(records, 'record')))
            : say('info', text.turnedOff(name), text.turnedOffHint),
        onError: (failure) => sayFailure(text.notTurned, failure),
      },
    );
  return (
    <Switch
      mt={5}
      aria-label={text.isOn(rule.name)}
      label={text.on}
      checked={save.isPending ? save.variables.rule.enabled : rule.enabled}
      disabled={save.isPending}
      onChange={(event) => turn(event.currentTarget.checked)}
    />
  );
}

/** As many as are read at a glance. */
const few = 3;

function Problems({ problems }: { readonly problems: NonNullable<RuleView['state']>['problems'] }) {
  const [all, setAll] = useState(false);
  const shown = all ? problems : problems.slice(0, few);
  return (
    <div>
      <ul className="rule-problems" aria-label={text.problems}>
        {shown.map(({ vault, name, sentence }) => (
          <li key={`${vault}/${name}`}>
            <Text span>
              <bdi>{name}</bdi>
            </Text>{' '}
            <Text span c="dimmed">
              {sentence}
            </Text>
          </li>
        ))}
      </ul>
      {problems.length > few && (
        <Button variant="subtle" size="compact-xs" mt={2} onClick={() => setAll(!all)}>
          {all ? text.showFewer : text.showAll(count(problems.length))}
        </Button>
      )}
    </div>
  );
}
