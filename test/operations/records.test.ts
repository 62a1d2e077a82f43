import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Clouds } from '../clouds/start.ts';
import type { TestApp } from '../support/app.ts';
import { type AppBed, openAppBed } from '../support/app-bed.ts';
import { type Connections, newRecord } from '../support/connect.ts';

const region = 'us-east-1';
const vault = 'kv-dev';

describe('a record is refused for', () => {
  let clouds: Clouds;
  let app: TestApp;
  let end: AppBed['end'];
  let connections: Connections;
  let count = 0;
  beforeAll(async () => {
    ({ clouds, app, connections, end } = await openAppBed());
    clouds.desk.clearArrivals();
  }, 60_000);
  afterAll(async () => {
    // None of it needed a word with a cloud.
    expect(clouds.desk.arrivals()).toEqual([]);
    await end();
  });

  const newSecret = () => `secret-${++count}`;
  const create = async ({ sourceName }: { readonly sourceName: string }) => {
    const records = [newRecord(connections, { vault, name: sourceName })];
    const [record] = await app.ask('records.create', { records });
    return record?.id ?? '';
  };

  it('a name the target refuses', async () => {
    const choice = {
      targetConnectionId: connections.aws,
      targetService: 'secretsmanager',
      targetRegion: region,
    } as const;
    const items = [{ vault, name: 'api-key' }];
    for (const [template, problem] of [
      ['café/{name}', /"é"/],
      ['a b/{name}', /space or an invisible/],
      [`${'x'.repeat(510)}{name}`, /517 characters/],
    ] as const) {
      const { names, templateProblem } = await app.ask('naming.preview', { ...choice, template, items });
      expect(templateProblem).toBeNull();
      expect(names[0]?.problems.join()).toMatch(problem);
      const targetName = names[0]?.targetName ?? '';
      const good = newRecord(connections, { vault, name: newSecret() });
      const bad = newRecord(connections, { vault, name: 'api-key' }, { targetName });
      const before = (await app.ask('records.list', {})).length;
      const refused = await app.refuse('records.create', { records: [good, bad] });
      expect(refused).toMatchObject({ kind: 'invalid', fields: [{ path: 'records.1.targetName' }] });
      expect(refused.sentence).toMatch(problem);
      expect(await app.ask('records.list', {})).toHaveLength(before);
    }
    for (const [template, problem] of [
      ['fixed', /\{name\}/],
      ['{name}/{owner}', /no field \{owner\}.*\{name\} and \{vault\}/],
      ['{name', /not closed/],
      ['', /Type a naming rule/],
    ] as const) {
      const { templateProblem, names } = await app.ask('naming.preview', { ...choice, template, items });
      expect(templateProblem).toMatch(problem);
      expect(names).toEqual([]);
    }
  });

  it.each([
    ['parameterstore', 'certifyclouds/x', /wants a \/ in front/],
    ['parameterstore', '/aws/x', /begin with aws or ssm/],
    ['acm', 'certifyclouds/x ', /begins or ends with a space/],
    ['secretmanager', 'certifyclouds/x', /holds "\/"/],
    ['certificatemanager', 'Www', /holds "W".*lower-case/],
    ['certificatemanager', 'x'.repeat(64), /64 characters.*allows 63/],
  ] as const)('a name that %s refuses: %s', async (targetService, targetName, problem) => {
    const record = newRecord(connections, { vault, name: newSecret() }, { targetService, targetName });
    expect(await app.refuse('records.create', { records: [record] })).toMatchObject({
      kind: 'invalid',
      fields: [{ path: 'records.0.targetName', sentence: expect.stringMatching(problem) }],
    });
  });

  it('a name that a naming rule gives is fitted to GCP, and stays apart from others', async () => {
    const preview = async (targetService: 'secretmanager' | 'certificatemanager', template: string) => {
      const items = [
        { vault, name: 'Web-Shop' },
        { vault, name: 'web-shop' },
      ];
      const place = { targetConnectionId: connections.gcp, targetService, targetRegion: 'global' };
      return (await app.ask('naming.preview', { ...place, template, items })).names;
    };
    expect(await preview('secretmanager', '{vault}/{name}')).toMatchObject([
      { targetName: `${vault}_Web-Shop`, problems: [] },
      { targetName: `${vault}_web-shop`, problems: [] },
    ]);
    const [changed, same] = await preview('certificatemanager', '{name}');
    expect(changed).toMatchObject({ targetName: expect.stringMatching(/^web-shop-[0-9a-f]{8}$/), problems: [] });
    expect(same).toMatchObject({ targetName: 'web-shop', problems: [] });
  });

  it('a place that the service does not have', async () => {
    const wrong = [
      ['parameterstore', 'global'],
      ['acm', 'europe-west1'],
      ['secretmanager', 'us-east-1'],
      ['certificatemanager', 'nowhere'],
    ] as const;
    for (const [targetService, targetRegion] of wrong) {
      const record = newRecord(connections, { vault, name: newSecret() }, { targetService, targetRegion });
      expect(await app.refuse('records.create', { records: [record] })).toMatchObject({
        fields: [{ path: 'records.0.targetRegion' }],
      });
    }
  });

  it('a form that the source cannot take, and a secret for a service that keeps certificates', async () => {
    const wrong = [
      [{ targetService: 'acm', sourceKind: 'secret' }, 'targetService', /keeps certificates only/],
      [{ targetService: 'certificatemanager', sourceKind: 'secret' }, 'targetService', /keeps certificates only/],
      [{ targetService: 'acm', shape: { kind: 'pem' } }, 'shape', /certificate can’t be written/],
      [{ sourceKind: 'certificate' }, 'shape', /certificate can’t be written/],
      [{ sourceKind: 'certificate', shape: { kind: 'base64' } }, 'shape', /certificate can’t be written/],
      [{ shape: { kind: 'pfx' } }, 'shape', /secret can’t be written/],
      [{ targetService: 'parameterstore', shape: { kind: 'pem' } }, 'shape', /secret can’t be written/],
    ] as const;
    for (const [change, path, sentence] of wrong) {
      const record = newRecord(connections, { vault, name: newSecret() }, change);
      expect(await app.refuse('records.create', { records: [record] })).toMatchObject({
        kind: 'invalid',
        fields: [{ path: `records.0.${path}`, sentence: expect.stringMatching(sentence) }],
      });
    }
  });

  it('a target that is taken: in the preview, in one batch, by an existing record, and in a race', async () => {
    const name = newSecret();
    const id = await create({ sourceName: name });
    const targetName = `certifyclouds/${name}`;
    const other = newRecord(connections, { vault, name: newSecret() }, { targetName });
    const fresh = newRecord(connections, { vault, name: newSecret() });
    const before = (await app.ask('records.list', {})).length;

    const { names } = await app.ask('naming.preview', {
      targetConnectionId: connections.aws,
      targetService: 'secretsmanager',
      targetRegion: region,
      template: 'certifyclouds/{name}',
      items: [
        { vault, name },
        { vault: 'kv-dev', name: 'twice' },
        { vault: 'kv-staging', name: 'twice' },
      ],
    });
    expect(names.map(({ problems }) => problems.join())).toEqual([
      expect.stringMatching(`${vault}/${name} writes this target already`),
      expect.stringMatching(/same target name/),
      expect.stringMatching(/same target name/),
    ]);

    expect(await app.refuse('records.create', { records: [fresh, other] })).toMatchObject({
      kind: 'invalid',
      fields: [{ path: 'records.1.targetName', sentence: expect.stringMatching(/already/) }],
    });
    const twice = [fresh, { ...other, targetName: fresh.targetName }];
    expect(await app.refuse('records.create', { records: twice })).toMatchObject({
      fields: [{ path: 'records.1.targetName' }],
    });

    // Whatever was checked before, the store's index has the last word, for all or none.
    const row = app.store.records.get(id);
    if (!row) throw new Error('the record is gone');
    const { record, status } = row;
    const raced = [
      { ...record, id: crypto.randomUUID(), targetName: 'certifyclouds/raced' },
      { ...record, id: crypto.randomUUID() },
    ];
    expect(() => app.store.records.insert(raced.map((one) => ({ record: one, status, nextRunAt: null })))).toThrow(
      expect.objectContaining({ detail: expect.objectContaining({ code: 'duplicate-target', kind: 'conflict' }) }),
    );
    expect(await app.ask('records.list', {})).toHaveLength(before);
  });

  it('settings that its service does not have, or that contradict its place', async () => {
    for (const [options, path] of [
      [{ tier: 'standard' }, 'tier'],
      [{ keepVersions: 2 }, 'keepVersions'],
      [{ replicaRegions: ['eu-west-1', region] }, 'replicaRegions'],
    ] as const) {
      const records = [newRecord(connections, { vault, name: newSecret() }, { options: { ...options } as object })];
      expect(await app.refuse('records.create', { records })).toMatchObject({
        kind: 'invalid',
        fields: [{ path: `records.0.options.${path}` }],
      });
    }
  });

  it('connections that are of the wrong kind or do not exist', async () => {
    const swapped = { azure: connections.aws, aws: connections.azure };
    for (const at of [
      swapped,
      { azure: connections.gcp, aws: connections.gcp },
      { azure: crypto.randomUUID(), aws: crypto.randomUUID() },
    ]) {
      const refused = await app.refuse('records.create', { records: [newRecord(at, { vault, name: newSecret() })] });
      expect(refused.fields?.map(({ path }) => path)).toEqual([
        'records.0.sourceConnectionId',
        'records.0.targetConnectionId',
      ]);
    }
  });

  it('a connection in use is not removed', async () => {
    await create({ sourceName: newSecret() });
    expect(await app.refuse('connections.remove', { id: connections.aws, withRecords: false })).toMatchObject({
      kind: 'conflict',
      code: 'connection-in-use',
    });
  });
});
