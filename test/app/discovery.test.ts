import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { keepsCertificates, targetServices } from '../../main/domain/service.ts';
import { createIssuer } from '../clouds/kernel/certificate-chain.ts';
import type { Sample } from '../clouds/sample.ts';
import type { Clouds } from '../clouds/start.ts';
import type { TestApp } from '../support/app.ts';
import { type AppBed, openAppBed } from '../support/app-bed.ts';
import { type Connections, newRecord } from '../support/connect.ts';
import { chainText, holdingOf } from '../support/holdings.ts';
import { scanned } from '../support/scanned.ts';

const vault = 'kv-dev';

describe('discovery', { timeout: 30_000 }, () => {
  let clouds: Clouds;
  let sample: Sample;
  let app: TestApp;
  let end: AppBed['end'];
  /** How far the app's clock is from the stand-ins', in milliseconds. */
  let ahead = 0;
  let connections: Connections;

  beforeAll(async () => {
    ({ clouds, sample, app, connections, end } = await openAppBed({ clock: { now: () => Date.now() + ahead } }));
  }, 60_000);
  afterAll(() => end());
  beforeEach(() => clouds.desk.clearArrivals());

  const azure = (name: string) => clouds.desk.arrivals({ cloud: 'keyvault', name }).length;
  const create = async (name: string, change: Parameters<typeof newRecord>[2] = {}) => {
    const records = [newRecord(connections, { vault, name }, { syncOnChange: true, ...change })];
    return (await app.ask('records.create', { records }))[0]?.id ?? '';
  };
  const itemOf = async (name: string, kind = 'secret') => {
    const page = await app.ask('discovery.items', { connectionId: connections.azure, vault, after: null, limit: 1000 });
    return page.items.find((item) => item.name === name && item.kind === kind);
  };

  it.each(targetServices)('brings a change to %s within one scan, reading one value', async (targetService) => {
    const isCertificate = keepsCertificates(targetService);
    const issuer = isCertificate ? await createIssuer('P-256') : undefined;
    const name = `change-${targetService}`;
    const set = async (value: string): Promise<string> => {
      if (!issuer) {
        clouds.azure.vault(vault).set(name, value);
        return value;
      }
      const issued = await issuer.issue({ commonName: `${name}.contoso.example` });
      clouds.azure.vault(vault).certificates.set(name, { pfxBase64: issued.pfxBase64() });
      return chainText([issued.leaf, issued.intermediate]);
    };
    await set('first');
    const id = await create(name, { targetService });
    const { targetName } = await app.record(id);
    await app.sync([id]);
    await scanned(app);
    const second = await set('second');
    // Both may have been set in one second, the resolution of Key Vault's dates: only a later look can tell them apart.
    ahead += 5_000;
    clouds.desk.clearArrivals();
    await scanned(app);
    expect(holdingOf(clouds, sample, targetService).content(targetName)?.toString()).toContain(second);
    const reads = clouds.desk.arrivals({ cloud: 'keyvault', name: 'GetSecret', resource: `${vault}/${name}` });
    expect(reads.length).toBe(1);
    expect(await app.lastAttempt(id)).toMatchObject({ trigger: 'change', outcome: 'synced' });
  });

  it('lists each vault and kind in use once where nothing changed, reads no value and writes nothing', async () => {
    // A look some time after each write settles what a date of one second can't tell.
    ahead += 5_000;
    await scanned(app);
    clouds.desk.clearArrivals();
    await scanned(app);
    expect(
      clouds.desk
        .arrivals({ cloud: 'keyvault' })
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['ListCertificates', 'ListSecrets']);
    expect(clouds.desk.arrivals({ cloud: 'aws' })).toEqual([]);
    expect(clouds.desk.arrivals({ cloud: 'gcp' })).toEqual([]);
    expect(azure('GetSecret')).toBe(0);
  });

  it('tells what is new, changed, disabled, expired, deleted and excluded', async () => {
    await scanned(app);
    const shelf = clouds.azure.vault(vault);
    shelf.set('state-new', 'value');
    shelf.set('state-changed', 'value');
    shelf.set('state-off', 'value', { enabled: false });
    shelf.set('state-expired', 'value', { expires: Math.floor(Date.now() / 1000) - 60 });
    shelf.set('state-deleted', 'value');
    const id = await create('state-new');
    await scanned(app);
    shelf.update('state-changed', { tags: { now: 'changed' } });
    shelf.remove('state-deleted');
    await scanned(app);
    expect(await itemOf('state-new')).toMatchObject({
      ...{ state: 'new', enabled: true, excludedBy: null },
      records: [{ id, targetService: 'secretsmanager', status: 'synced' }],
    });
    expect((await itemOf('state-changed'))?.state).toBe('changed');
    expect((await itemOf('state-off'))?.state).toBe('disabled');
    expect((await itemOf('state-expired'))?.state).toBe('expired');
    expect(await itemOf('state-deleted')).toMatchObject({ state: 'deleted', deletedAt: expect.any(Number) });
    await app.ask('settings.set', { exclusions: ['name:state-n*'] });
    expect((await itemOf('state-new'))?.excludedBy).toBe('name:state-n*');
    await app.ask('settings.set', { exclusions: [] });
  });

  it('looks at vaults of Azure connections only', async () => {
    for (const connectionId of [connections.aws, crypto.randomUUID()]) {
      const failure = await app.refuse('discovery.scan', { vaults: [{ connectionId, vault }] });
      expect(failure).toMatchObject({ kind: 'invalid', fields: [{ path: 'vaults.0.connectionId' }] });
    }
    expect(await app.ask('discovery.scan', {})).toEqual({ vaults: expect.any(Number) });
    await scanned(app);
    const scans = app.store.audit.list(100).filter(({ action }) => action === 'scan vaults');
    expect(scans[0]).toMatchObject({ actor: 'user', outcome: 'succeeded', subject: 'the vaults in use' });
  });

  it('pages through a vault in the order of names', async () => {
    await scanned(app, [{ connectionId: connections.azure, vault: 'kv-production' }]);
    const ask = { connectionId: connections.azure, vault: 'kv-production', limit: 7 };
    const names: string[] = [];
    let after: { kind: 'secret' | 'certificate'; name: string } | null = null;
    for (let more = true; more; ) {
      const page: Awaited<ReturnType<typeof app.ask<'discovery.items'>>> = await app.ask('discovery.items', {
        ...ask,
        after,
      });
      names.push(...page.items.map(({ kind, name }) => `${name} ${kind}`));
      const last = page.items.at(-1);
      after = last ? { kind: last.kind, name: last.name } : null;
      more = page.more;
    }
    const whole = await app.ask('discovery.items', { ...ask, after: null, limit: 1000 });
    expect(names).toEqual(whole.items.map(({ kind, name }) => `${name} ${kind}`));
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThan(20);
    expect(names).toContain('www-contoso-example certificate');
  });

  it('lists records whose source is gone, and those whose vault is', async () => {
    clouds.azure.vault(vault).set('orphan', 'value');
    const closing = await clouds.azure.addVault('kv-closing');
    for (const role of ['Reader', 'Key Vault Secrets User', 'Key Vault Certificate User'] as const)
      clouds.azure.grant(sample.app.clientId, role, 'kv-closing');
    closing.set('inside', 'value');
    const orphan = await create('orphan');
    const [inside] = await app.ask('records.create', {
      records: [newRecord(connections, { vault: 'kv-closing', name: 'inside' }, { syncOnChange: true })],
    });
    await scanned(app);
    expect(await app.ask('discovery.orphans', {})).toEqual([]);
    clouds.azure.vault(vault).remove('orphan');
    await clouds.azure.removeVault('kv-closing');
    await scanned(app);
    const orphans = await app.ask('discovery.orphans', {});
    expect(orphans.find(({ recordId }) => recordId === orphan)).toMatchObject({
      ...{ sourceName: 'orphan', vaultGone: false, targetName: 'certifyclouds/orphan' },
    });
    expect(orphans.find(({ recordId }) => recordId === inside?.id)).toMatchObject({ vaultGone: true });
    expect(orphans).toHaveLength(2);
    const gone = (await app.ask('discovery.vaults', {})).find((one) => one.vault === 'kv-closing');
    expect(gone).toMatchObject({ watched: true, records: 1, goneAt: expect.any(Number) });
    // Its copy was not touched.
    expect(clouds.aws.secretValue('us-east-1', 'certifyclouds/orphan')).toBe('value');
  });

  it('says of a vault that can’t be listed why, and goes on with the others', async () => {
    clouds.desk.addFault({ cloud: 'keyvault', resource: 'kv-staging*', fault: { kind: 'status', status: 403 } });
    await scanned(app, [
      { connectionId: connections.azure, vault: 'kv-staging' },
      { connectionId: connections.azure, vault },
    ]);
    clouds.desk.clearFaults();
    const vaults = await app.ask('discovery.vaults', {});
    expect(vaults.find((one) => one.vault === 'kv-staging')?.scans).toMatchObject([
      { failure: { sentence: expect.stringMatching(/./), fix: expect.stringMatching(/./) } },
      { failure: { sentence: expect.stringMatching(/./) } },
    ]);
    expect(vaults.find((one) => one.vault === vault)).toMatchObject({
      watched: true,
      connection: 'Contoso Azure',
      scans: [{ failure: null }, { failure: null }],
    });
  });
});
