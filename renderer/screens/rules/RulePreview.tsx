import { Button, Group, Input, Loader, Text } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { useOperation } from '../../bridge/hooks.ts';
import { Callout } from '../../components/Callout.tsx';
import { Failure } from '../../components/Failure.tsx';
import { count, plural } from '../../components/format.ts';
import { VirtualList } from '../../components/VirtualList.tsx';
import { NameRow } from '../add-sync/NameRow.tsx';
import type { TypedRule } from './draft.ts';
import { text } from './text.ts';
import type { Preview } from './useRulePreview.ts';
import { kindWords } from './words.ts';

interface Props {
  readonly preview: Preview;
  readonly typed: Pick<TypedRule, 'kind' | 'enabled'>;
}

/** What the rule would do, before it is saved. */
export function RulePreview({ preview, typed }: Props) {
  const { asked, answer, current, failure, retry } = preview;
  return (
    <section className="names-preview" aria-label={text.preview}>
      <Group justify="space-between">
        <Input.Label component="div">{text.preview}</Input.Label>
        {asked && !current && failure === null && (
          <Group gap="xs" role="status">
            <Loader size="xs" />
            <Text size="xs" c="dimmed">
              {text.previewLoading}
            </Text>
          </Group>
        )}
      </Group>
      {!asked && <Text c="dimmed">{text.previewWaits}</Text>}
      <Failure failure={failure} onRetry={retry} />
      {answer && failure === null && <Found answer={answer} typed={typed} stale={!current} onRetry={retry} />}
    </section>
  );
}

interface FoundProps {
  readonly answer: NonNullable<Preview['answer']>;
  readonly typed: Props['typed'];
  readonly stale: boolean;
  onRetry(): void;
}

function Found({ answer, typed, stale, onRetry }: FoundProps) {
  const paused = useOperation('app.get', {}).data?.paused ?? false;
  const { matches, creates, has, refused, problem, names } = answer;
  const parts = [
    text.matches(kindWords(matches, typed.kind)),
    ...(creates > 0 ? [text.creates(count(creates))] : []),
    ...(has > 0 ? [text.has(count(has))] : []),
    ...(refused > 0 ? [text.refused(count(refused))] : []),
  ];
  // Of a field beside it, which marks it when the rule is saved.
  const typedWrong = problem?.code === 'input';
  // What is wrong comes first: among hundreds of good names nobody would find it.
  const ordered = [...names.filter((name) => name.problem !== null), ...names.filter((name) => name.problem === null)];
  return (
    <>
      {problem && (
        <Callout role="alert" tone="bad" title={problem.sentence}>
          {!typedWrong && <Text>{problem.fix}</Text>}
          {!typedWrong && matches === 0 && (
            <Button
              variant="default"
              mt={8}
              leftSection={<IconRefresh size={14} aria-hidden="true" />}
              onClick={onRetry}
            >
              Try again
            </Button>
          )}
        </Callout>
      )}
      {(!problem || matches > 0) && (
        <div role="status" aria-busy={stale}>
          <Text fw={550} span display="block">
            {parts.join(' · ')}
          </Text>
          {!problem && <Text c="dimmed">{sayWhatSavingDoes(answer, typed.enabled, paused)}</Text>}
        </div>
      )}
      {ordered.length > 0 && (
        <VirtualList
          items={ordered}
          rowHeight={52}
          label={text.previewNames}
          keyOf={({ vault, name }) => `${vault}/${name}`}
          render={({ name, targetName, problem: wrong }) => (
            <NameRow targetName={targetName} from={name} problem={wrong === null ? null : `${name}: ${wrong}`} />
          )}
        />
      )}
      {matches > names.length && names.length > 0 && (
        <Text size="xs" c="dimmed">
          {text.firstOnly(count(names.length), count(matches))}
        </Text>
      )}
    </>
  );
}

function sayWhatSavingDoes({ matches, creates }: FoundProps['answer'], enabled: boolean, paused: boolean): string {
  if (!enabled) return text.savesOff;
  if (matches === 0) return text.matchesNothing;
  if (creates === 0) return text.savesNothing;
  return (paused ? text.savesPaused : text.saves)(plural(creates, 'record'));
}
