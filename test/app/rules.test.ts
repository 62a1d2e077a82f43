import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { NewRule } from '../../preload/contract/watch.ts';
import { type Sample, seedSample } from '../clouds/sample.ts';
import { type Clouds, startClouds } from '../clouds/start.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { type Connections, connectAll, connectSample, newRecord } from '../support/connect.ts';
import { scanned } from '../support/scanned.ts';

const vault = 'kv-dev';
/** One for each test, so that none finds what another wrote. */
const regions = [
  'us-east-1',
  'us-west-2',
  'eu-west-1',
  'eu-central-1',
  'ap-south-1',
  'ap-northeast-1',
  'sa-east-1',
  'ca-central-1',
  'eu-north-1',
  'us-east-2',
];

describe('rules', { timeout: 30_000 }, () => {
  let clouds: Clouds;
  let sample: Sample;
  let app: TestApp & { readonly secretKey: string };
  let connections: Connections;
  let region = '';

  beforeAll(async () => {
    clouds = await startClouds();
    sample = await seedSample(clouds);
  }, 60_000);
  afterAll(() => clouds.close());
  beforeEach(async () => {
    region = regions.shift() ?? '';
    app = await startApp();
    connections = await connectAll(app, clouds, sample);
  });
  afterEach(() => app.end());

  const ruleOf = (change: Partial<NewRule> = {}): NewRule => ({
    ...{ name: 'Mirror dev', enabled: true, sourceConnectionId: connections.azure, sourceVault: vault },
    filter: { kind: 'secret', names: [], tags: [], contentType: '' },
    ...{ targetConnectionId: connections.aws, targetService: 'secretsmanager', targetRegion: region },
    ...{ template: 'certifyclouds/{name}', shape: { kind: 'whole' }, options: {}, schedule: { kind: 'manual' } },
    ...{ syncOnChange: true, copyTags: true, conflictPolicy: 'default', deletionPolicy: 'default', limit: 1000 },
    ...change,
  });
  const names = (change: string[]) => ({ kind: 'secret' as const, names: change, tags: [], contentType: '' });
  const save = async (change: Partial<NewRule> = {}, id?: string) => {
    const rule = await app.ask('rules.save', { rule: ruleOf(change), ...(id === undefined ? {} : { id }) });
    await app.idle();
    return rule;
  };
  const recordsOf = async (ruleId: string) =>
    (await app.ask('records.list', {})).filter((record) => record.ruleId === ruleId);
  const inAws = (name: string) => clouds.aws.secretValue(region, name);

  it('mirror a vault: what is there when they are saved, and what comes later', async () => {
    const preview = await app.ask('rules.preview', { rule: ruleOf() });
    expect(preview).toMatchObject({ has: 0, refused: 0, problem: null });
    expect(preview.creates).toBe(preview.matches);
    expect(preview.names).toContainEqual({
      ...{ vault, name: 'api-key', targetName: 'certifyclouds/api-key', problem: null },
    });
    expect(await app.ask('records.list', {})).toEqual([]);

    const rule = await save();
    expect(rule).toMatchObject({
      ...{ records: preview.matches, sourceConnection: 'Contoso Azure', targetConnection: 'Contoso AWS' },
      state: { matches: preview.matches, refused: 0, problems: [], stopped: null },
    });
    const records = await recordsOf(rule.id);
    expect(records.map(({ status }) => status)).toEqual(records.map(() => 'synced'));
    expect(records[0]).toMatchObject({ rule: 'Mirror dev', syncOnChange: true });
    const trail = app.store.audit.list(100);
    expect(trail.filter(({ action }) => action === 'create sync records')).toMatchObject([
      { actor: 'user', outcome: 'succeeded' },
      { actor: 'user', outcome: 'started' },
    ]);
    expect(trail.find(({ action }) => action === 'save a rule')).toMatchObject({ subject: 'Mirror dev' });

    clouds.azure.vault(vault).set('brand-new', 'fresh');
    await scanned(app);
    expect(inAws('certifyclouds/brand-new')).toBe('fresh');
    expect((await app.ask('rules.list', {}))[0]?.records).toBe(preview.matches + 1);
  });

  it('mirror certificates, but none that could not arrive', async () => {
    const rule = await save({
      sourceVault: 'kv-certificates',
      filter: { kind: 'certificate', names: [], tags: [], contentType: '' },
      targetService: 'acm',
    });
    const made = (await recordsOf(rule.id)).map(({ sourceName }) => sourceName);
    expect(made).toContain('api-contoso-example');
    expect(made).not.toContain('locked-contoso-example');
    expect(made).not.toContain('old-contoso-example');
    const told = rule.state?.problems.map(({ name, sentence }) => `${name}: ${sentence}`).join('\n') ?? '';
    expect(told).toMatch(/locked-contoso-example: .*never leaves Key Vault/);
    expect(told).toMatch(/old-contoso-example: .*expired/);
  });

  it('are refused before they are saved where they could not work, in words', async () => {
    const refuse = async (change: Partial<NewRule>) => {
      const rule = ruleOf(change);
      const preview = await app.ask('rules.preview', { rule });
      expect(preview).toMatchObject({ creates: 0, problem: { sentence: expect.stringMatching(/./) } });
      const failure = await app.refuse('rules.save', { rule });
      expect(failure.fix).toMatch(/./);
      expect(await app.ask('rules.list', {})).toEqual([]);
      return { code: failure.code, sentence: failure.sentence, path: failure.fields?.[0]?.path };
    };
    expect(await refuse({ template: '{nme}' })).toMatchObject({ path: 'rule.template' });
    expect(await refuse({ template: 'fixed' })).toMatchObject({ path: 'rule.template' });
    expect(await refuse({ filter: names(['under_score']) })).toMatchObject({ path: 'rule.filter.names.0' });
    expect(await refuse({ filter: { ...names([]), tags: ['=x'] } })).toMatchObject({ path: 'rule.filter.tags.0' });
    expect(await refuse({ targetService: 'acm' })).toMatchObject({ path: 'rule.targetService' });
    expect(await refuse({ targetConnectionId: connections.azure })).toMatchObject({ path: 'rule.targetConnectionId' });
    expect(await refuse({ targetRegion: 'nowhere' })).toMatchObject({ path: 'rule.targetRegion' });
    expect(await refuse({ shape: { kind: 'pfx' } })).toMatchObject({ path: 'rule.shape' });
    const cron = (expression: string) =>
      ({ schedule: { kind: 'cron', expression, timeZone: 'Europe/Berlin' } }) as const;
    expect(await refuse(cron('0 0 30 2 *'))).toMatchObject({ path: 'rule.schedule' });
    expect(await refuse(cron('* * * * *'))).toMatchObject({ path: 'rule.schedule' });
    expect((await refuse({ sourceVault: 'kv-nowhere' })).sentence).toMatch(/kv-nowhere/);
    expect(await refuse({ limit: 3 })).toMatchObject({
      code: 'rule-limit',
      sentence: expect.stringMatching(/would create \d+ records; its limit is 3/),
    });
    expect(await app.ask('records.list', {})).toEqual([]);
  });

  it('that would write 10,000 records, or what another rule writes, are refused', async () => {
    const shelf = clouds.azure.vault('kv-staging');
    for (let n = 0; n < 1100; n++) shelf.set(`bulk-${n}`, 'value');
    const failure = await app.refuse('rules.save', { rule: ruleOf({ sourceVault: 'kv-staging' }) });
    expect(failure).toMatchObject({ kind: 'invalid', code: 'rule-limit' });
    expect(failure.sentence).toMatch(/would create 1,1\d\d records; its limit is 1,000/);

    await save();
    const second = await app.refuse('rules.save', { rule: ruleOf({ name: 'Again' }) });
    expect(second).toMatchObject({ kind: 'invalid', code: 'rule-collides' });
    // Part of it collides: each is told.
    const part = await app.ask('rules.preview', {
      rule: ruleOf({ name: 'Staging', sourceVault: 'kv-staging', filter: names(['api-key', 'load-test-user']) }),
    });
    expect(part).toMatchObject({ matches: 2, creates: 1, refused: 1, problem: null });
    expect(part.names.find(({ name }) => name === 'api-key')?.problem).toMatch(/kv-dev\/api-key/);
  });

  it('leave a record that a person made as it is', async () => {
    const [mine] = await app.ask('records.create', {
      records: [newRecord(connections, { vault, name: 'api-key' }, { targetRegion: region })],
    });
    const rule = await save({ filter: names(['api-key', 'session-secret']) });
    expect((await recordsOf(rule.id)).map(({ sourceName }) => sourceName)).toEqual(['session-secret']);
    expect((await app.record(mine?.id ?? '')).ruleId).toBeNull();
    expect(rule.state).toMatchObject({ refused: 1, problems: [{ name: 'api-key' }] });
  });

  it('take their records along when they are changed, but for what a person set and for targets', async () => {
    const filter = names(['api-key', 'session-secret']);
    const rule = await save({ filter });
    const [one, two] = (await recordsOf(rule.id)).map(({ id }) => id);
    await app.ask('records.update', { ids: [one ?? ''], change: { copyTags: false } });
    const change = {
      filter,
      schedule: { kind: 'every', hours: 6 },
      conflictPolicy: 'skip',
      template: 'new/{name}',
    } as const;
    const preview = await app.ask('rules.preview', { id: rule.id, rule: ruleOf(change) });
    expect(preview).toMatchObject({ matches: 2, has: 2, creates: 0, problem: null });
    expect(preview.names[0]).toMatchObject({
      targetName: 'new/api-key',
      problem: expect.stringMatching(/new records/),
    });
    await save(change, rule.id);
    for (const id of [one, two])
      expect(await app.record(id ?? '')).toMatchObject({
        ...{ schedule: { kind: 'every', hours: 6 }, conflictPolicy: 'skip', nextRunAt: expect.any(Number) },
        targetName: expect.stringMatching(/^certifyclouds\//),
      });
    expect((await app.record(one ?? '')).copyTags).toBe(false);
    clouds.azure.vault(vault).set('api-key-2', 'value');
    await save({ ...change, filter: names(['api-key*']) }, rule.id);
    expect(inAws('new/api-key-2')).toBe('value');
    const { state } = (await app.ask('rules.list', {}))[0] ?? {};
    expect(state?.problems).toMatchObject([{ name: 'session-secret', sentence: expect.stringMatching(/No longer/) }]);
    expect(await recordsOf(rule.id)).toHaveLength(3);
  });

  it('ask outside the window before targets may be deleted with their sources', async () => {
    await save({ filter: names(['api-key']), deletionPolicy: 'follow' });
    const asked = app.sent.filter((text) => text.startsWith('["confirm"'));
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatch(/1 records? in AWS Secrets Manager/);
    const [{ id } = { id: '' }] = await app.ask('rules.list', {});
    const questions = () => app.sent.filter((text) => text.startsWith('["confirm"')).length;
    await save({ name: 'Renamed', filter: names(['api-key']), deletionPolicy: 'follow' }, id);
    expect(questions()).toBe(1);
    // More targets are another question.
    await save({ filter: names(['api-key', 'session-secret']), deletionPolicy: 'follow' }, id);
    expect(questions()).toBe(2);
    await app.end();
    app = await startApp({ confirm: false });
    connections = { ...(await connectSample(app, clouds, sample)), gcp: '' };
    expect(await app.refuse('rules.save', { rule: ruleOf({ deletionPolicy: 'follow' }) })).toMatchObject({
      kind: 'cancelled',
    });
    expect(await app.ask('rules.list', {})).toEqual([]);
    expect(await app.ask('records.list', {})).toEqual([]);
  });

  it('that are removed leave their records to the person, or take them along; targets stay', async () => {
    const filter = names(['api-key', 'session-secret']);
    const kept = await save({ filter });
    expect(await app.ask('rules.remove', { id: kept.id, records: 'keep' })).toEqual({ records: 2 });
    expect((await app.ask('records.list', {})).map(({ ruleId }) => ruleId)).toEqual([null, null]);
    const gone = await save({
      name: 'GCP',
      filter,
      targetConnectionId: connections.gcp,
      targetService: 'secretmanager',
      targetRegion: 'global',
      template: 'certifyclouds_{name}',
    });
    expect(await recordsOf(gone.id)).toHaveLength(2);
    expect(await app.ask('rules.remove', { id: gone.id, records: 'remove' })).toEqual({ records: 2 });
    expect(await app.ask('records.list', {})).toHaveLength(2);
    expect(await app.ask('rules.list', {})).toEqual([]);
    await scanned(app);
    expect(await app.ask('records.list', {})).toHaveLength(2);
    expect(inAws('certifyclouds/api-key')).toBeDefined();
    expect(await app.refuse('rules.remove', { id: gone.id, records: 'keep' })).toMatchObject({ kind: 'not-found' });
  });

  it('keep their connection from being removed', async () => {
    await save({ filter: names(['matches-nothing']) });
    expect(await app.refuse('connections.remove', { id: connections.azure, withRecords: false })).toMatchObject({
      kind: 'conflict',
    });
  });

  // The last: it takes the sample's own secret away.
  it('are refused where the connection they read through is dead', async () => {
    clouds.azure.removeAppSecrets(sample.app.clientId);
    await app.end({ keep: true });
    app = await startApp({ directory: app.directory, secretKey: app.secretKey });
    expect((await app.ask('rules.preview', { rule: ruleOf() })).problem?.sentence).toMatch(/./);
    expect(await app.refuse('rules.save', { rule: ruleOf() })).toMatchObject({ kind: 'auth' });
    expect(await app.ask('rules.list', {})).toEqual([]);
    // Off it can be kept, and put right later.
    expect(await save({ enabled: false })).toMatchObject({ enabled: false, records: 0, state: null });
  });
});
