import { Group, Input, Text, TextInput } from '@mantine/core';
import { Failure } from '../../components/Failure.tsx';
import { plural } from '../../components/format.ts';
import { VirtualList } from '../../components/VirtualList.tsx';
import { bundleNameOf, partsOf } from './bundle.ts';
import type { Draft, Item } from './draft.ts';
import { NameRow } from './NameRow.tsx';
import { NamingRule } from './NamingRule.tsx';
import { fieldId } from './problems.ts';
import { text } from './text.ts';
import type { Names } from './useNames.ts';

interface Props {
  readonly draft: Draft;
  readonly items: readonly Item[];
  readonly defaultPrefix: string;
  readonly names: Names;
  readonly customError: string | null;
  change(changed: Partial<Draft>): void;
}

/** The naming rule, and the names it gives. */
export function Naming({ draft, items, defaultPrefix, names, customError, change }: Props) {
  const parts = partsOf(draft, items);
  return (
    <div>
      <NamingRule
        draft={draft}
        defaultPrefix={defaultPrefix}
        customId={fieldId('custom')}
        customError={customError ?? names.answer?.templateProblem ?? null}
        change={change}
      />
      {parts.length > 0 && (
        <TextInput
          label={text.bundleName}
          description={text.bundleNameHint}
          inputWrapperOrder={['label', 'input', 'description']}
          placeholder={parts[0]?.name}
          maxLength={127}
          spellCheck={false}
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
          value={draft.bundleName}
          onChange={(event) => change({ bundleName: event.currentTarget.value })}
        />
      )}
      <NamesPreview
        names={names}
        sourceOf={(name) =>
          parts.length > 0 && name === bundleNameOf(draft, parts) ? plural(parts.length, 'secret') : name
        }
      />
    </div>
  );
}

interface PreviewProps {
  readonly names: Names;
  /** What a target that is named after this is made from. */
  sourceOf(name: string): string;
}

function NamesPreview({ names, sourceOf }: PreviewProps) {
  const { names: all = [], templateProblem = null } = names.answer ?? {};
  const wrong = all.filter((name) => name.problems.length > 0);
  // What is wrong comes first: among hundreds of good names nobody would find it.
  const ordered = wrong.length === 0 ? all : [...wrong, ...all.filter((name) => name.problems.length === 0)];
  const summary =
    templateProblem ??
    (wrong.length === 0 ? text.namesGood : `${wrong.length} of ${all.length} cannot be used as they are.`);
  const bad = templateProblem !== null || wrong.length > 0;
  return (
    <div id={fieldId('names')} className="names-preview">
      <Group justify="space-between">
        <Input.Label component="div">{text.names}</Input.Label>
        <Text size="xs" role="status" c={bad ? 'var(--mantine-color-error)' : 'dimmed'}>
          {statusWords(names, summary)}
        </Text>
      </Group>
      <Failure failure={names.failure} onRetry={names.retry} />
      <VirtualList
        items={ordered}
        rowHeight={52}
        label={text.names}
        keyOf={(name) => `${name.name}\n${name.key}`}
        render={({ name, key, targetName, problems }) => (
          <NameRow
            targetName={targetName}
            from={`${sourceOf(name)}${key === '' ? '' : `, key ${key}`}`}
            problem={problems.length > 0 ? problems.join(' ') : null}
          />
        )}
      />
    </div>
  );
}

/** Nothing where there is nothing to check yet, or where the failure says it. */
function statusWords(names: Names, summary: string): string {
  if (names.current) return summary;
  return names.asked && !names.failure ? text.namesChecking : '';
}
