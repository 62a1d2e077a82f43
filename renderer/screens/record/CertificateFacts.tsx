import { Stack, Title } from '@mantine/core';
import type { RecordView } from '../../../preload/contract/views.ts';
import { useOperation } from '../../bridge/hooks.ts';
import { Facts } from '../../components/Facts.tsx';
import { Failure } from '../../components/Failure.tsx';
import { exactly, expiryWords } from '../../components/format.ts';
import { Loading } from '../../components/Loading.tsx';
import { useNow } from '../../components/useNow.ts';
import { text } from './text.ts';

/** What Key Vault tells of the record's certificate now. Its private key is not read for this. */
export function CertificateFacts({ record }: { readonly record: RecordView }) {
  const { sourceConnectionId: connectionId, sourceVault: vault, sourceName: name } = record;
  const answer = useOperation('source.certificate', { connectionId, vault, name }, { fresh: true });
  const now = useNow();
  const { certificateFacts: facts } = text;
  return (
    <section aria-label={text.certificate}>
      <Stack gap="sm">
        <Title order={3}>{text.certificate}</Title>
        {answer.isFetching && <Loading words={text.certificateLoading} />}
        {!answer.isFetching && <Failure failure={answer.error} onRetry={() => void answer.refetch()} />}
        {!answer.isFetching && answer.data && (
          <Facts
            rows={[
              [facts.subject, answer.data.subject],
              [facts.names, answer.data.names.join(', ')],
              [facts.keyType, answer.data.keyType],
              [facts.notAfter, `${exactly(answer.data.notAfter)} · ${expiryWords(answer.data.notAfter, now)}`],
              [facts.privateKey, answer.data.exportable ? text.exportable : text.notExportable],
            ]}
          />
        )}
      </Stack>
    </section>
  );
}
