import { Button, Text, Title } from '@mantine/core';
import { IconBuildingWarehouse, IconRadar } from '@tabler/icons-react';
import { useState } from 'react';
import { useMessages } from '../../app/messages.tsx';
import { usePlace } from '../../app/place.tsx';
import { useCommand, useOperation } from '../../bridge/hooks.ts';
import { Empty } from '../../components/Empty.tsx';
import { Failure } from '../../components/Failure.tsx';
import { Loading } from '../../components/Loading.tsx';
import { useNow } from '../../components/useNow.ts';
import { Orphans } from './Orphans.tsx';
import { text } from './text.ts';
import { VaultItems } from './VaultItems.tsx';
import { keyOf, VaultList } from './VaultList.tsx';
import '../../components/Beside.css';
import './discovery.css';

/** Automation > Discovery: what the vaults hold, what changed, and records whose source is gone. */
export default function DiscoveryScreen() {
  const vaults = useOperation('discovery.vaults', {});
  const scan = useCommand('discovery.scan');
  const { sayFailure } = useMessages();
  const { begin } = usePlace();
  const [picked, setPicked] = useState<string>();
  const now = useNow();
  const shown = vaults.data?.find((vault) => keyOf(vault) === picked) ?? vaults.data?.[0];
  const busy = scan.isPending || (vaults.data?.some(({ scanning }) => scanning) ?? false);
  return (
    <>
      <div className="screen-head">
        <div>
          <Title order={1}>{text.title}</Title>
          <Text c="dimmed">{text.hint}</Text>
        </div>
        <Button
          ml="auto"
          leftSection={<IconRadar size={15} aria-hidden="true" />}
          loading={busy}
          onClick={() => scan.mutate({}, { onError: (failure) => sayFailure(text.notScanned, failure) })}
        >
          {text.scan}
        </Button>
      </div>
      <div className="screen-body filled">
        <Failure failure={vaults.error} onRetry={() => void vaults.refetch()} />
        {vaults.isPending && <Loading words={text.loading} />}
        <Orphans now={now} />
        {vaults.data?.length === 0 && (
          <Empty icon={IconBuildingWarehouse} title={text.empty} sentence={text.emptyHint}>
            <Button
              variant="default"
              onClick={() => begin({ kind: 'connection', provider: 'azure', editing: undefined })}
            >
              {text.connect}
            </Button>
          </Empty>
        )}
        {vaults.data && shown && (
          <div className="beside">
            <VaultList vaults={vaults.data} picked={keyOf(shown)} now={now} onPick={setPicked} />
            <VaultItems key={keyOf(shown)} vault={shown} now={now} />
          </div>
        )}
      </div>
    </>
  );
}
