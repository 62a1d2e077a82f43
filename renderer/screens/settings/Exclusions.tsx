import { ActionIcon, Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconFilterOff, IconPlus, IconTrash } from '@tabler/icons-react';
import { type FormEvent, useRef, useState } from 'react';
import type { ExclusionPreview } from '../../../preload/contract/watch.ts';
import { useMessages } from '../../app/messages.tsx';
import { useCommand, useOperation } from '../../bridge/hooks.ts';
import { Callout } from '../../components/Callout.tsx';
import { Empty } from '../../components/Empty.tsx';
import { Failure } from '../../components/Failure.tsx';
import { count, plural } from '../../components/format.ts';
import { patternsOf, type TypedPattern, typedPatterns, withPattern } from './patterns.ts';
import { Section } from './SettingsPage.tsx';
import { text } from './text.ts';

const typingMs = 300;
const mostPatterns = 200;

/** The patterns, each with what it matches now. Saved on demand: a half-typed pattern excludes something else. */
export function Exclusions({ saved }: { readonly saved: readonly string[] }) {
  const [typed, setTyped] = useState(() => typedPatterns(saved));
  const patterns = patternsOf(typed);
  const [settled] = useDebouncedValue(patterns, typingMs);
  const key = JSON.stringify(settled);
  const preview = useOperation('exclusions.preview', { patterns: settled }, { key, keepPrevious: true, fresh: true });
  const save = useCommand('settings.set');
  const { say } = useMessages();
  const list = useRef<HTMLFormElement>(null);
  const current = JSON.stringify(patterns) === key && !preview.isPlaceholderData;
  const changed = JSON.stringify(patterns) !== JSON.stringify(saved);
  const wrong = preview.data?.patterns.find(({ problem }) => problem !== null);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (wrong && current) {
      const at = typed.findIndex((each) => each.text.trim() === wrong.pattern);
      list.current?.querySelectorAll('input')[at]?.focus();
      return;
    }
    save.mutate(
      { exclusions: patterns },
      {
        onSuccess: (settings) => {
          setTyped(typedPatterns(settings.exclusions));
          say('good', text.exclusionsSaved);
        },
      },
    );
  };
  const change = (id: number, value: string) => {
    save.reset();
    setTyped(typed.map((each) => (each.id === id ? { ...each, text: value } : each)));
  };

  return (
    <Stack gap="md" maw={720}>
      <Section title={text.patterns} hint={text.exclusionsHint}>
        <form ref={list} onSubmit={submit} noValidate aria-label={text.exclusions}>
          <Stack gap="sm">
            <Text size="sm" className="mono">
              {text.exclusionsHow}
            </Text>
            {typed.length === 0 && (
              <Empty icon={IconFilterOff} title={text.exclusionsEmpty} sentence={text.exclusionsEmptyHint} />
            )}
            {typed.map((each, index) => (
              <Pattern
                key={each.id}
                typed={each}
                position={index + 1}
                found={current ? preview.data?.patterns.find(({ pattern }) => pattern === each.text.trim()) : undefined}
                onType={(value) => change(each.id, value)}
                onRemove={() => setTyped(typed.filter(({ id }) => id !== each.id))}
              />
            ))}
            <div>
              <Button
                variant="default"
                leftSection={<IconPlus size={14} aria-hidden="true" />}
                disabled={typed.length >= mostPatterns}
                onClick={() => setTyped(withPattern(typed))}
              >
                {text.addPattern}
              </Button>
            </div>
            <Total preview={preview.data} current={current} />
            <Failure failure={preview.error} onRetry={() => void preview.refetch()} />
            <Failure failure={save.error} />
            <Group gap="xs">
              <Button type="submit" disabled={!changed} loading={save.isPending}>
                {text.exclusionsSave}
              </Button>
              {changed && (
                <Button
                  variant="default"
                  onClick={() => {
                    setTyped(typedPatterns(saved));
                    save.reset();
                  }}
                >
                  {text.discard}
                </Button>
              )}
            </Group>
          </Stack>
        </form>
      </Section>
    </Stack>
  );
}

interface PatternProps {
  readonly typed: TypedPattern;
  readonly position: number;
  /** Undefined while it is looked up. */
  readonly found: ExclusionPreview['patterns'][number] | undefined;
  onType(value: string): void;
  onRemove(): void;
}

/** A new one is there to be typed into. */
function focusIfNew(input: HTMLInputElement | null): void {
  if (input?.value === '') input.focus();
}

function Pattern({ typed, position, found, onType, onRemove }: PatternProps) {
  return (
    <Group gap="xs" align="flex-start" wrap="nowrap">
      <TextInput
        ref={focusIfNew}
        flex={1}
        aria-label={text.patternLabel(position)}
        placeholder="name:*-local"
        spellCheck={false}
        autoComplete="off"
        maxLength={300}
        inputWrapperOrder={['label', 'input', 'error', 'description']}
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
        value={typed.text}
        error={found?.problem ?? null}
        description={typed.text.trim() === '' || found?.problem ? '' : wordsOf(found)}
        onChange={(event) => onType(event.currentTarget.value)}
      />
      <ActionIcon variant="default" size={30} aria-label={text.removePattern(typed.text)} onClick={onRemove}>
        <IconTrash size={15} aria-hidden="true" />
      </ActionIcon>
    </Group>
  );
}

function wordsOf(found: PatternProps['found']): string {
  if (!found) return text.checking;
  if (found.matches === 0 && found.records === 0) return text.matchesNothing;
  const examples = found.examples.slice(0, 5).map(({ vault, name }) => `${vault}/${name}`);
  const words = `${text.matches(plural(found.matches, 'item'), plural(found.records, 'record'))}.`;
  return examples.length === 0 ? words : `${words} ${text.examples}: ${examples.join(', ')}`;
}

function Total({ preview, current }: { readonly preview: ExclusionPreview | undefined; readonly current: boolean }) {
  if (!preview || preview.patterns.length === 0) return null;
  const { excluded, items, recordsExcluded, records, warning } = preview;
  return (
    <>
      <Text role="status" aria-busy={!current}>
        {text.total(count(excluded), plural(items, 'item'), count(recordsExcluded), plural(records, 'record'))}
      </Text>
      {warning !== null && <Callout tone="doubt" title={warning} />}
    </>
  );
}
