import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keepsCertificates, type TargetService, targetServices } from '../../main/domain/service.ts';
import type { CheckRowView, CheckView } from '../../preload/contract/watch.ts';
import { type CertificateIssuer, createIssuer } from '../clouds/kernel/certificate-chain.ts';
import type { Sample } from '../clouds/sample.ts';
import type { Clouds } from '../clouds/start.ts';
import type { TestApp } from '../support/app.ts';
import { type AppBed, openAppBed } from '../support/app-bed.ts';
import { checked } from '../support/checked.ts';
import { type Connections, newRecord } from '../support/connect.ts';
import { type Holding, holdingOf } from '../support/holdings.ts';

const vault = 'kv-dev';

/** What somebody does to a target, what a check then finds, and what the record shows until a sync. */
const drifts = [
  [
    'an edit',
    'edited',
    (holding: Holding, name: string) => holding.putOutside(name),
    'changed',
    'failed',
    'target-changed',
  ],
  [
    'a deletion',
    'gone',
    (holding: Holding, name: string) => holding.removeOutside(name),
    'missing',
    'failed',
    'target-deleted',
  ],
  [
    'tags taken off',
    'bare',
    (holding: Holding, name: string) => holding.untagOutside(name),
    'mark-removed',
    'pending',
    'mark-removed',
  ],
] as const;

describe.each(targetServices)('drift in %s', { timeout: 30_000 }, (service: TargetService) => {
  let clouds: Clouds;
  let sample: Sample;
  let app: TestApp;
  let end: AppBed['end'];
  let issuer: CertificateIssuer;
  let connections: Connections;
  let holding: Holding;

  beforeAll(async () => {
    ({ clouds, sample, app, connections, end } = await openAppBed());
    issuer = await createIssuer('P-256');
    holding = holdingOf(clouds, sample, service);
  }, 60_000);
  afterAll(() => end());

  const recordOf = (name: string) => newRecord(connections, { vault, name }, { targetService: service });
  const targetOf = (name: string) => recordOf(name).targetName;

  async function set(name: string): Promise<void> {
    if (!keepsCertificates(service)) {
      clouds.azure.vault(vault).set(name, `value of ${name}, ${crypto.randomUUID()}`);
      return;
    }
    const { pfxBase64 } = await issuer.issue({ commonName: `${name}.contoso.example` });
    clouds.azure.vault(vault).certificates.set(name, { pfxBase64: pfxBase64() });
  }
  async function synced(...names: string[]): Promise<string[]> {
    for (const name of names) await set(name);
    const ids = (await app.ask('records.create', { records: names.map(recordOf) })).map(({ id }) => id);
    expect(await app.sync(ids)).toMatchObject({ written: names.length, attention: 0 });
    return ids;
  }
  async function check(ids: string[], values = false): Promise<{ check: CheckView; rows: CheckRowView[] }> {
    const check = await checked(app, ids, values);
    return { check, rows: await app.ask('checks.rows', { id: check.id, after: 0, limit: 100 }) };
  }

  it.each(drifts)('%s is found by the next check', async (_what, name, drift, verdict, status, code) => {
    const [id = '', fine = ''] = await synced(name, `${name}-beside`);
    await drift(holding, targetOf(name));
    const left = holding.content(targetOf(name));
    clouds.desk.clearArrivals();
    const found = await check([id, fine]);
    expect(found.check).toMatchObject({ done: 2, attention: 1, counts: { [verdict]: 1, 'same-version': 1 } });
    expect(found.rows.find(({ recordId }) => recordId === id)).toMatchObject({ verdict, method: 'marker' });
    expect(await app.record(id)).toMatchObject({ status, code });
    expect(await app.record(fine)).toMatchObject({ status: 'synced' });
    // It looked, and did nothing else.
    const arrivals = clouds.desk.arrivals().map((arrival) => arrival.name);
    expect(arrivals.filter((call) => call === 'GetSecret' || holding.writing.test(call))).toEqual([]);
    expect(holding.content(targetOf(name))).toEqual(left);
  });

  it.each(drifts)('%s is found by the next sync', async (_what, name, drift, _verdict, status, code) => {
    const target = targetOf(`${name}-s`);
    const [id = ''] = await synced(`${name}-s`);
    const written = holding.content(target);
    await drift(holding, target);
    const left = holding.content(target);
    await app.sync([id]);
    if (status === 'pending') {
      // Nobody has to decide anything: the marks are put back, and the value is not written again.
      expect(await app.lastAttempt(id)).toMatchObject({ action: 'tags-only', outcome: 'synced' });
      expect(Object.values(holding.tags(target))).toContain(id);
      expect(holding.content(target)).toEqual(written);
      expect(await check([id])).toMatchObject({ check: { attention: 0 } });
    } else {
      expect(await app.record(id)).toMatchObject({ status, code });
      expect(await app.lastAttempt(id)).toMatchObject({ outcome: 'conflict' });
      expect(holding.content(target)).toEqual(left);
    }
  });

  it('is settled by a person on the spot, for the state that the check saw', async () => {
    const [id = ''] = await synced('settled');
    await holding.putOutside(targetOf('settled'));
    await check([id]);
    const { conflictSeen, choices } = await app.record(id);
    expect(choices).toEqual(expect.arrayContaining(['overwrite', 'keep']));
    await app.ask('records.resolve', { items: [{ id, seen: conflictSeen ?? '' }], choice: 'overwrite' });
    await app.idle();
    expect(await app.record(id)).toMatchObject({ status: 'synced', conflictSeen: null });
    expect(await check([id])).toMatchObject({ check: { attention: 0 } });
  });

  it('is told from a copy that is right by comparing the values themselves', async () => {
    const ids = await synced('same', 'other');
    await holding.putOutside(targetOf('other'));
    clouds.desk.clearArrivals();
    const { rows } = await check(ids, true);
    expect(rows.find(({ recordId }) => recordId === ids[0])).toMatchObject({ verdict: 'same-value', method: 'value' });
    const other = rows.find(({ recordId }) => recordId === ids[1]);
    expect(other).toMatchObject({ verdict: 'changed', method: 'value' });
    expect(other?.sentence).toContain('it is not the source’s');
    if (keepsCertificates(service)) expect(clouds.desk.arrivals({ cloud: 'keyvault', name: 'GetSecret' })).toEqual([]);
    expect(app.sent.join('\n')).not.toContain('value of ');
  });
});
