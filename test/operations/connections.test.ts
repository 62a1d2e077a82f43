import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Sample, seedSample } from '../clouds/sample.ts';
import { type Clouds, startClouds } from '../clouds/start.ts';
import { firstBadOf } from '../store/builders.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { type Connections, connectAll, newRecord } from '../support/connect.ts';

const vault = 'kv-dev';

describe('connections', { timeout: 30_000 }, () => {
  let clouds: Clouds;
  let sample: Sample;
  let app: TestApp;
  let connections: Connections;

  beforeAll(async () => {
    clouds = await startClouds();
    sample = await seedSample(clouds);
  }, 60_000);
  beforeEach(async () => {
    app = await startApp();
    connections = await connectAll(app, clouds, sample);
    return () => app.end();
  }, 60_000);
  afterAll(() => clouds.close());

  const create = async (...wanted: Parameters<typeof newRecord>[2][]) => {
    const records = wanted.map((change) => {
      const { sourceVault = vault, sourceName = 'api-key' } = change ?? {};
      return newRecord(connections, { vault: sourceVault, name: sourceName }, change);
    });
    return (await app.ask('records.create', { records })).map(({ id }) => id);
  };

  it('one in use is not removed unless its records may go too; what they leave behind is listed', async () => {
    const [written = '', never = '', other = ''] = await create(
      { targetService: 'parameterstore' },
      { targetService: 'secretsmanager', targetName: 'certifyclouds/never' },
      { targetService: 'secretmanager', targetName: 'certifyclouds_orphan' },
    );
    await app.sync([written, other]);
    clouds.desk.clearArrivals();
    const refusal = { kind: 'conflict', code: 'connection-in-use' };
    expect(await app.refuse('connections.remove', { id: connections.aws, withRecords: false })).toMatchObject(refusal);
    // Its credential is dead and no cloud is asked: it has to work without.
    clouds.desk.addFault({ fault: { kind: 'reset' } });
    const { orphans } = await app.ask('connections.remove', { id: connections.aws, withRecords: true });
    clouds.desk.clearFaults();
    expect(clouds.desk.arrivals()).toEqual([]);
    expect(orphans).toEqual([
      {
        certain: true,
        source: `${vault}/api-key`,
        targetService: 'parameterstore',
        targetRegion: 'us-east-1',
        targetName: '/certifyclouds/api-key',
        targetId: '/certifyclouds/api-key',
      },
    ]);
    expect((await app.ask('connections.list', {})).map(({ id }) => id)).not.toContain(connections.aws);
    expect((await app.ask('records.list', {})).map(({ id }) => id)).toEqual([other]);
    expect(await app.refuse('records.get', { id: never })).toMatchObject({ code: 'no-such-record' });
    expect(app.store.connections.token(connections.aws)).toBeUndefined();
    // The copies themselves stay where they are.
    expect(clouds.aws.parameters.names('us-east-1')).toContain('/certifyclouds/api-key');

    // The source's connection has targets in the other cloud.
    const gone = await app.ask('connections.remove', { id: connections.azure, withRecords: true });
    expect(gone.orphans).toMatchObject([{ targetService: 'secretmanager', targetName: 'certifyclouds_orphan' }]);
    expect(gone.orphans[0]?.targetId).toMatch(/^projects\/\d+\/secrets\/certifyclouds_orphan$/);
    expect(await app.ask('records.list', {})).toEqual([]);
    expect(firstBadOf(app.store.audit)).toBeNull();
  });

  it('one whose records are being synced is not removed under them', async () => {
    const [id = ''] = await create({ targetName: 'certifyclouds/busy' });
    clouds.desk.addFault({ cloud: 'aws', fault: { kind: 'hang' } });
    const run = await app.ask('sync.start', { ids: [id] });
    expect(await app.refuse('connections.remove', { id: connections.aws, withRecords: true })).toMatchObject({
      kind: 'conflict',
      code: 'still-syncing',
    });
    await app.ask('sync.cancel', { runId: run.id });
    await app.idle();
    clouds.desk.clearFaults();
    expect(await app.ask('connections.remove', { id: connections.aws, withRecords: true })).toEqual({ orphans: [] });
  });

  it('count the imports into ACM by account’s connection and region, and nothing else', async () => {
    expect(await app.ask('connections.importMeters', {})).toEqual([]);
    const acm = { targetService: 'acm', sourceVault: 'kv-certificates' } as const;
    const name = 'meter-contoso-example';
    const renew = () =>
      clouds.azure.vault('kv-certificates').certificates.set(name, {
        // The same key and name, so that ACM takes it; another PFX, so that Key Vault has a new version of it.
        pfxBase64: clouds.azure.vault('kv-certificates').find('vpn-contoso-example').versions.at(-1)?.value ?? '',
      });
    renew();
    const ids = await create(
      { ...acm, sourceName: name },
      { ...acm, sourceName: 'api-contoso-example', targetRegion: 'eu-west-1' },
      { targetName: 'certifyclouds/no-certificate' },
    );
    await app.sync(ids);
    await app.sync(ids);
    const meters = await app.ask('connections.importMeters', {});
    const usual = { connectionId: connections.aws, connection: 'Contoso AWS', imports: 1, quota: 5000 };
    expect(meters.toSorted((a, b) => (a.region < b.region ? -1 : 1))).toEqual([
      { ...usual, region: 'eu-west-1' },
      { ...usual, region: 'us-east-1' },
    ]);
    expect(clouds.aws.certificates.imports('us-east-1')).toHaveLength(1);
    expect(clouds.aws.certificates.imports('eu-west-1')).toHaveLength(1);
  });

  it('show both kinds of what a vault holds, and one where the other is refused', async () => {
    const list = (at: string) => app.ask('source.items', { connectionId: connections.azure, vault: at });
    const both = await list('kv-certificates');
    expect(both.refused).toEqual([]);
    expect(new Set(both.items.map(({ kind }) => kind))).toEqual(new Set(['secret', 'certificate']));
    const { clientId } = sample.app;
    clouds.azure.revoke(clientId, 'kv-certificates', 'Key Vault Certificate User');
    clouds.desk.clearArrivals();
    const secrets = await list('kv-certificates');
    expect(secrets.items.length).toBeGreaterThan(0);
    expect(secrets.items.filter(({ kind }) => kind === 'certificate')).toEqual([]);
    expect(secrets.refused).toMatchObject([
      {
        kind: 'certificate',
        sentence: expect.stringMatching(/kv-certificates/),
        fix: expect.stringMatching(/Key Vault/),
      },
    ]);
    clouds.azure.grant(clientId, 'Key Vault Certificate User', 'kv-certificates');
    expect((await list('kv-certificates')).refused).toEqual([]);
  });

  it('tell of a certificate all that can be known without its key', async () => {
    clouds.desk.clearArrivals();
    const about = (name: string) =>
      app.ask('source.certificate', { connectionId: connections.azure, vault: 'kv-certificates', name });
    expect(await about('soon-contoso-example')).toMatchObject({
      names: ['soon.contoso.example'],
      keyType: 'EC-P256',
      exportable: true,
      problems: [],
    });
    expect(await about('locked-contoso-example')).toMatchObject({ exportable: false });
    expect((await about('signing-contoso-example')).problems).toMatchObject([{ service: 'certificatemanager' }]);
    expect((await about('old-contoso-example')).problems.map(({ service }) => service)).toEqual([
      'acm',
      'certificatemanager',
    ]);
    expect(clouds.desk.arrivals({ cloud: 'keyvault', name: 'GetSecret' })).toEqual([]);
    const gone = { connectionId: connections.azure, vault: 'kv-certificates', name: 'never-there' };
    expect(await app.refuse('source.certificate', gone)).toMatchObject({ kind: 'not-found', code: 'source-missing' });
  });

  it.each([
    ['aws', ['secretsmanager', 'parameterstore', 'acm'], /acm:ImportCertificate/],
    ['gcp', ['secretmanager', 'certificatemanager'], /certificatemanager\.certs\.create/],
    ['azure', [], /Key Vault Certificate User/],
  ] as const)('offer policies for %s that name what they are for', async (provider, services, one) => {
    const policies = await app.ask('connections.policy', {
      provider,
      services: [...services],
      prefix: 'certifyclouds/',
      region: 'us-east-1',
      projectId: sample.gcp.projectId,
    });
    expect(policies.map(({ text }) => text).join('\n')).toMatch(one);
    for (const { title, explanation, text } of policies) {
      expect([title, explanation, text]).not.toContain('');
      if (provider === 'aws') expect(JSON.parse(text)).toMatchObject({ Version: '2012-10-17' });
    }
  });
});
