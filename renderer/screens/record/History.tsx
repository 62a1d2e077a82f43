import { Stack, Text } from '@mantine/core';
import { useHistory } from '../../bridge/hooks.ts';
import { Failure } from '../../components/Failure.tsx';
import { duration, exactly } from '../../components/format.ts';
import { Loading } from '../../components/Loading.tsx';
import { outcomeLooks } from '../../components/looks.ts';
import { ShowMore } from '../../components/ShowMore.tsx';
import { Tag } from '../../components/Tag.tsx';
import { text, triggerWords } from './text.ts';

/** Every attempt at this record, newest first. */
export function History({ recordId }: { readonly recordId: string }) {
  const history = useHistory(recordId);
  const attempts = history.data?.pages.flat() ?? [];
  return (
    <Stack gap="sm">
      <Failure failure={history.error} onRetry={() => void history.refetch()} />
      {history.isPending && <Loading words={text.historyLoading} />}
      {history.data && attempts.length === 0 && <Text c="dimmed">{text.historyEmpty}</Text>}
      {attempts.length > 0 && (
        <table className="history" aria-label={text.tabs.history}>
          <thead>
            <tr>
              <th scope="col">{text.history.when}</th>
              <th scope="col">{text.history.status}</th>
              <th scope="col">{text.history.took}</th>
              <th scope="col">{text.history.what}</th>
            </tr>
          </thead>
          <tbody>
            {attempts.map((attempt) => (
              <tr key={attempt.id}>
                <td>
                  <time dateTime={new Date(attempt.startedAt).toISOString()}>{exactly(attempt.startedAt)}</time>
                  <Text size="xs" c="dimmed">
                    {triggerWords[attempt.trigger]}
                  </Text>
                </td>
                <td>
                  <Tag look={outcomeLooks[attempt.outcome]} />
                </td>
                <td className="numbers" style={{ whiteSpace: 'nowrap' }}>
                  {duration(attempt.durationMs)}
                </td>
                <td style={{ overflowWrap: 'anywhere' }}>
                  {attempt.sentence}
                  {attempt.fix !== '' && (
                    <Text size="xs" c="dimmed">
                      {attempt.fix}
                    </Text>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <ShowMore pages={history} word={text.historyMore} />
    </Stack>
  );
}
