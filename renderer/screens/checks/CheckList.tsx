import { Progress, Text, UnstyledButton } from '@mantine/core';
import type { CheckView } from '../../../preload/contract/watch.ts';
import { count, plural } from '../../components/format.ts';
import { When } from '../../components/When.tsx';
import { text } from './text.ts';

interface Props {
  readonly checks: readonly CheckView[];
  readonly picked: string;
  readonly now: number;
  onPick(id: string): void;
}

/** Earlier checks, each with what it came to. */
export function CheckList({ checks, picked, now, onPick }: Props) {
  return (
    <ul className="beside-list panel" aria-label={text.list}>
      {checks.map((check) => (
        <li key={check.id}>
          <UnstyledButton
            className="beside-entry"
            aria-current={check.id === picked ? 'true' : undefined}
            onClick={() => onPick(check.id)}
          >
            <Text fw={550} span>
              <When at={check.startedAt} now={now} past />
            </Text>
            <Text size="xs" c="dimmed" span>
              {check.trigger === 'user' ? text.manual : text.scheduled},{' '}
              {check.values ? text.withValues : text.withMarkers}
            </Text>
            <Text size="xs" span c={check.endedAt !== null && check.attention > 0 ? 'var(--bad-ink)' : 'dimmed'}>
              {wordsOf(check)}
            </Text>
            {check.endedAt === null && (
              <Progress
                size="xs"
                value={check.total === 0 ? 100 : (check.done / check.total) * 100}
                aria-label={text.progress(count(check.done), count(check.total))}
              />
            )}
          </UnstyledButton>
        </li>
      ))}
    </ul>
  );
}

function wordsOf({ endedAt, cancelled, done, total, attention }: CheckView): string {
  if (endedAt === null) return text.progress(count(done), count(total));
  if (attention > 0) return text.wrong(count(attention), plural(done, 'record'));
  return cancelled ? text.cancelled : text.well(plural(done, 'record'));
}
