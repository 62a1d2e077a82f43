import { Text, UnstyledButton } from '@mantine/core';
import type { DiscoveredVault } from '../../../preload/contract/watch.ts';
import { plural } from '../../components/format.ts';
import { When } from '../../components/When.tsx';
import { text } from './text.ts';

interface Props {
  readonly vaults: readonly DiscoveredVault[];
  readonly picked: string;
  readonly now: number;
  onPick(key: string): void;
}

export function keyOf({ connectionId, vault }: Pick<DiscoveredVault, 'connectionId' | 'vault'>): string {
  return `${connectionId}/${vault}`;
}

/** The vaults by connection; those in use first. */
export function VaultList({ vaults, picked, now, onPick }: Props) {
  const connections = new Map(vaults.map(({ connectionId, connection }) => [connectionId, connection]));
  return (
    <nav className="beside-list panel" aria-label={text.vaults}>
      {[...connections].map(([connectionId, connection]) => (
        <section key={connectionId} aria-label={connection}>
          <Text size="xs" c="dimmed" fw={600} className="vault-connection cut">
            {connection}
          </Text>
          <ul>
            {vaults
              .filter((vault) => vault.connectionId === connectionId)
              .sort((a, b) => Number(b.watched) - Number(a.watched) || a.vault.localeCompare(b.vault, 'en'))
              .map((vault) => (
                <li key={vault.vault}>
                  <UnstyledButton
                    className="beside-entry"
                    aria-current={keyOf(vault) === picked ? 'true' : undefined}
                    onClick={() => onPick(keyOf(vault))}
                  >
                    <Text fw={550} span className="cut">
                      {vault.vault}
                    </Text>
                    <Text size="xs" c="dimmed" span>
                      {text.counts(plural(vault.items, 'item'), plural(vault.records, 'record'))}
                    </Text>
                    <State vault={vault} now={now} />
                  </UnstyledButton>
                </li>
              ))}
          </ul>
        </section>
      ))}
    </nav>
  );
}

function State({ vault, now }: { readonly vault: DiscoveredVault; readonly now: number }) {
  const { scanning, goneAt, scans, watched } = vault;
  const scannedAt = Math.max(0, ...scans.map((scan) => scan.scannedAt ?? 0));
  if (scanning)
    return (
      <Text size="xs" span c="var(--busy-ink)">
        {text.scanning}
      </Text>
    );
  if (goneAt !== null || scans.some(({ failure }) => failure !== null))
    return (
      <Text size="xs" span c="var(--bad-ink)">
        {goneAt === null ? text.failed : text.gone}
      </Text>
    );
  return (
    <Text size="xs" c="dimmed" span>
      {watched ? text.watched : text.notWatched} ·{' '}
      {scannedAt === 0 ? (
        text.never
      ) : (
        <>
          {text.scanned} <When at={scannedAt} now={now} past />
        </>
      )}
    </Text>
  );
}
