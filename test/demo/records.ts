import { X509Certificate } from 'node:crypto';
import type { TargetService } from '../../main/domain/service.ts';
import type { Input } from '../../preload/contract/operations.ts';
import type { RecordView } from '../../preload/contract/views.ts';
import { readPfx } from '../clouds/kernel/pfx.ts';
import type { Sample } from '../clouds/sample.ts';
import type { Clouds } from '../clouds/start.ts';
import { newRecord } from '../support/connect.ts';
import type { DesktopApp } from '../support/desktop.ts';
import { holdingOf } from '../support/holdings.ts';

type NewRecord = Input<'records.create'>['records'][number];

const certificates: readonly [name: string, vault: string, services: readonly TargetService[]][] = [
  ['www-contoso-example', 'kv-production', ['acm', 'certificatemanager']],
  ['api-contoso-example', 'kv-certificates', ['acm', 'certificatemanager']],
  ['mail-contoso-example', 'kv-certificates', ['acm', 'certificatemanager']],
  ['vpn-contoso-example', 'kv-certificates', ['acm', 'certificatemanager']],
  ['soon-contoso-example', 'kv-certificates', ['acm']],
  // GCP takes no key on P-521.
  ['signing-contoso-example', 'kv-certificates', ['acm']],
];

/**
 * A record for each secret that can be copied and AWS Secrets Manager, for some of them also elsewhere, and for certificates; on
 * schedules of all kinds, those of one vault on change as well, and named by vault so that no two meet.
 */
export async function sampleRecords(
  app: DesktopApp,
  connections: { azure: string; aws: string; gcp: string },
): Promise<NewRecord[]> {
  const schedules = [
    { kind: 'every', hours: 1 },
    { kind: 'every', hours: 6 },
    { kind: 'every', hours: 24 },
    { kind: 'manual' },
  ] as const;
  const { vaults } = await app.ask('source.vaults', { connectionId: connections.azure });
  const records: NewRecord[] = [];
  for (const [index, { name: vault }] of vaults.entries()) {
    const { items } = await app.ask('source.items', { connectionId: connections.azure, vault });
    const schedule = schedules[index % schedules.length] ?? { kind: 'manual' };
    const syncOnChange = vault === 'kv-production';
    for (const { kind, name, enabled, managed } of items) {
      if (!enabled || managed || kind === 'certificate') continue;
      const source = { vault, name };
      records.push(
        newRecord(connections, source, { targetName: `certifyclouds/${vault}/${name}`, schedule, syncOnChange }),
      );
      if (vault === 'kv-dev')
        records.push(
          newRecord(connections, source, {
            targetService: 'parameterstore',
            targetName: `/certifyclouds/${vault}/${name}`,
            schedule,
          }),
        );
      if (vault === 'kv-staging')
        records.push(
          newRecord(connections, source, {
            targetService: 'secretmanager',
            targetName: `certifyclouds_${vault}_${name}`,
            schedule,
          }),
        );
    }
  }
  for (const [name, vault, services] of certificates) {
    for (const targetService of services)
      records.push(newRecord(connections, { vault, name }, { targetService, targetName: `certifyclouds-${name}` }));
  }
  const website = { vault: 'kv-production', name: 'www-contoso-example' };
  const bundle = { sourceKind: 'certificate', targetName: 'certifyclouds/kv-production/www-contoso-example' } as const;
  records.push(
    newRecord(connections, website, { ...bundle, shape: { kind: 'pem' } }),
    newRecord(connections, website, {
      ...bundle,
      targetService: 'secretmanager',
      targetName: 'certifyclouds_kv-production_www-contoso-example',
      shape: { kind: 'pfx' },
    }),
  );
  return records;
}

/** Whether the record's target holds what its source does, past the app: both as their owners see them. */
export function arrived(clouds: Clouds, sample: Sample, record: RecordView): boolean {
  const { sourceVault, sourceName, sourceKind, targetService, targetName, shape } = record;
  const held = holdingOf(clouds, sample, targetService).content(targetName);
  if (held === undefined) return false;
  const vault = clouds.azure.vault(sourceVault);
  if (sourceKind === 'secret') return held.equals(Buffer.from(vault.find(sourceName).versions.at(-1)?.value ?? ''));
  const leaf = vault.certificates.find(sourceName).versions.at(-1)?.certificate;
  const chain = shape.kind === 'pfx' ? readPfx(held, '').certificates : chainIn(held.toString('utf8'));
  return leaf !== undefined && chain[0]?.fingerprint256 === leaf.fingerprint256 && chain.length > 1 && inOrder(chain);
}

/** What a service holds of a certificate, e.g. `www.contoso.example: leaf + 1 intermediate, in order`. */
export function chainWords(clouds: Clouds, sample: Sample, service: TargetService, targetName: string): string {
  const chain = chainIn(holdingOf(clouds, sample, service).content(targetName)?.toString('utf8') ?? '');
  const [leaf, ...above] = chain;
  if (!leaf) return 'nothing';
  const subject = /CN=(\S+)/.exec(leaf.subject)?.[1] ?? '';
  return `${subject}: leaf + ${above.length} intermediate, ${inOrder(chain) ? 'in order' : 'NOT in order'}`;
}

/** Each certificate was signed by the one after it. */
function inOrder(chain: readonly X509Certificate[]): boolean {
  const [, ...above] = chain;
  return above.every((issuer, n) => chain[n]?.checkIssued(issuer) && chain[n]?.verify(issuer.publicKey));
}

function chainIn(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block));
}
