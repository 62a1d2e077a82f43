import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OperationName, operationNames } from '../../preload/contract/names.ts';
import type { Input } from '../../preload/contract/operations.ts';
import { firstBadOf } from '../store/builders.ts';
import { startApp, type TestApp } from '../support/app.ts';

const id = '00000000-0000-4000-8000-000000000000';
const draft = {
  provider: 'azure',
  settings: {
    provider: 'azure',
    tenantId: id,
    clientId: id,
    signIn: 'secret',
    cloud: 'custom',
    authority: 'https://login.example.com',
    resourceManager: 'https://management.example.com',
    caBundle: '-----BEGIN CERTIFICATE-----',
  },
  credential: { signIn: 'secret', clientSecret: 'hush hush' },
} as const;
const record: Input<'records.create'>['records'][number] = {
  sourceConnectionId: id,
  sourceKind: 'secret',
  sourceVault: 'kv',
  sourceName: 'a',
  targetConnectionId: id,
  targetService: 'secretsmanager',
  targetRegion: 'us-east-1',
  targetName: 'certifyclouds/a',
  shape: { kind: 'json-key', key: 'password' },
  options: {
    kmsKeyId: 'alias/own',
    replicaRegions: ['eu-west-1'],
    tier: 'standard',
    replicaLocations: ['europe-west1'],
    keepVersions: 3,
  },
  schedule: { kind: 'every', hours: 6 },
  enabled: true,
  syncOnChange: true,
  copyTags: true,
  conflictPolicy: 'default',
  deletionPolicy: 'default',
};
const schedule = { kind: 'cron', expression: '0 2 * * 1-5', timeZone: 'Europe/Berlin' } as const;
const rule: Input<'rules.save'>['rule'] = {
  name: 'Mirror kv',
  enabled: true,
  sourceConnectionId: id,
  sourceVault: 'kv',
  filter: { kind: 'secret', names: ['*-prod'], tags: ['sync=true'], contentType: 'text/*' },
  targetConnectionId: id,
  targetService: 'secretsmanager',
  targetRegion: 'us-east-1',
  template: 'certifyclouds/{name}',
  shape: { kind: 'json-key', key: 'password' },
  options: record.options,
  schedule,
  syncOnChange: true,
  copyTags: true,
  conflictPolicy: 'default',
  deletionPolicy: 'default',
  limit: 100,
};
const filter: Input<'audit.list'>['filter'] = { actor: 'user', outcome: 'failed', text: 'write', from: 1, to: 2 };

/** For each operation an input that its schema takes, with every field it knows. */
const wellFormed: { readonly [N in OperationName]: Input<N> } = {
  'app.get': {},
  'lock.open': { passphrase: 'correct horse battery' },
  'lock.startOver': {},
  'notices.dismiss': { id: 'a-notice' },
  'connections.list': {},
  'connections.save': { id, name: 'Azure', draft },
  'connections.test': { testId: id, connectionId: id, draft, services: ['acm'] },
  'connections.signIn': { signInId: id, settings: draft.settings },
  'connections.cancelSignIn': { signInId: id },
  'connections.remove': { id, withRecords: true },
  'connections.policy': {
    provider: 'aws',
    services: ['acm'],
    prefix: 'certifyclouds/',
    region: 'us-east-1',
    projectId: 'contoso',
  },
  'connections.importMeters': {},
  'source.vaults': { connectionId: id },
  'source.items': { connectionId: id, vault: 'kv' },
  'source.certificate': { connectionId: id, vault: 'kv', name: 'a' },
  'naming.preview': {
    targetConnectionId: id,
    targetService: 'secretsmanager',
    targetRegion: 'us-east-1',
    template: '{name}',
    items: [{ vault: 'kv', name: 'a' }],
  },
  'schedule.preview': { schedule },
  'records.list': {},
  'records.changes': { since: 1, limit: 10 },
  'records.get': { id },
  'records.create': { records: [record] },
  'records.preview': { records: [record] },
  'records.update': {
    ids: [id],
    change: {
      schedule,
      enabled: false,
      syncOnChange: true,
      copyTags: true,
      conflictPolicy: 'skip',
      deletionPolicy: 'follow',
    },
  },
  'records.remove': { ids: [id] },
  'records.repoint': { id, sourceConnectionId: id, sourceVault: 'kv', sourceName: 'a' },
  'records.resolve': { items: [{ id, seen: 'version:1' }], choice: 'overwrite' },
  'records.history': { id, before: 10, limit: 10 },
  'sync.plan': { ids: [id] },
  'sync.apply': { planId: id, ids: [id] },
  'sync.start': { ids: [id] },
  'sync.cancel': { runId: id },
  'sync.pause': { paused: false },
  'runs.list': { limit: 10 },
  'discovery.vaults': {},
  'discovery.items': { connectionId: id, vault: 'kv', after: { kind: 'secret', name: 'a' }, limit: 10 },
  'discovery.orphans': {},
  'discovery.scan': { vaults: [{ connectionId: id, vault: 'kv' }] },
  'exclusions.preview': { patterns: ['name:*-local'] },
  'rules.list': {},
  'rules.preview': { id, rule },
  'rules.save': { id, rule },
  'rules.remove': { id, records: 'keep' },
  'checks.start': { ids: [id], values: true },
  'checks.cancel': { id },
  'checks.list': { limit: 10 },
  'checks.rows': { id, after: 1, limit: 10, verdicts: ['changed'] },
  'checks.export': { id, format: 'csv' },
  'audit.list': { before: 10, limit: 10, filter },
  'audit.verify': {},
  'audit.export': { format: 'csv', filter },
  'settings.get': {},
  'settings.set': {
    theme: 'dark',
    conflictPolicy: 'alert',
    deletionPolicy: 'keep',
    exclusions: ['name:*-local'],
    scanMinutes: 5,
    historyDays: 90,
    checkSchedule: schedule,
    checkValues: true,
    concurrency: 8,
    network: { proxy: 'http://proxy.example.com:8080', noProxy: '.example.com', caBundle: '' },
  },
};

const own = { endpoint: 'https://example.com', caBundle: '-----BEGIN CERTIFICATE-----' };
/** Connections of the other providers, with all that they can be told. */
const moreDrafts: readonly Input<'connections.save'>['draft'][] = [
  {
    provider: 'aws',
    settings: {
      provider: 'aws',
      signIn: 'sso',
      profile: 'default',
      sso: { startUrl: 'https://example.com/start', region: 'us-east-1', accountId: '123456789012', roleName: 'Admin' },
      assumeRole: { roleArn: 'arn:aws:iam::123456789012:role/sync', externalId: 'an-id', sessionName: 'sync' },
      region: 'us-east-1',
      ...own,
    },
    credential: {
      accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
      secretAccessKey: 'hush hush hush hush',
      sessionToken: 'hush hush',
    },
  },
  {
    provider: 'gcp',
    settings: {
      provider: 'gcp',
      projectId: 'contoso',
      signIn: 'key',
      impersonate: 'sync@contoso.iam.gserviceaccount.com',
      location: 'global',
      ...own,
    },
    credential: { serviceAccountKey: 'hush hush' },
  },
];
const cases: readonly (readonly [OperationName, object])[] = [
  ...operationNames.map((name) => [name, wellFormed[name]] as const),
  ...moreDrafts.map((typed) => ['connections.save', { name: 'Another', draft: typed }] as const),
];

type Path = readonly (string | number)[];

/** The path of every leaf and every object or list in a value, the value itself left out. */
function pathsIn(value: unknown, at: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [at];
  const inner = Object.entries(value).flatMap(([key, part]) =>
    pathsIn(part, [...at, Array.isArray(value) ? Number(key) : key]),
  );
  return at.length === 0 ? inner : [at, ...inner];
}

function replaced(value: unknown, [key, ...rest]: Path, by: unknown): unknown {
  if (key === undefined) return by;
  const copy: Record<string | number, unknown> = Array.isArray(value)
    ? ([...value] as unknown as Record<number, unknown>)
    : { ...(value as object) };
  copy[key] = replaced(copy[key], rest, by);
  return copy;
}

function at(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((part, key) => (part as Record<string | number, unknown>)[key], value);
}

const megabytes = 'A'.repeat(10_000_000);
const dashes = `aa${'-a'.repeat(5_000_000)}`;

describe('hostile callers', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(async () => {
    // After all of it the app still works, and nothing was taken in.
    expect(await app.ask('connections.list', {})).toEqual([]);
    expect(await app.ask('records.list', {})).toEqual([]);
    expect(firstBadOf(app.store.audit)).toBeNull();
    expect('polluted' in {}).toBe(false);
    await app.end();
  });

  const refused = async (name: OperationName, input: unknown) => {
    const failure = await app.refuse(name, input);
    expect([name, failure.kind, failure.code]).toEqual([name, 'invalid', 'input']);
    expect(failure.fix).not.toBe('');
    // A refusal repeats no more than a little of what was sent.
    expect(JSON.stringify(failure).length).toBeLessThan(200_000);
  };

  for (const [name, good] of cases) {
    describe(name, () => {
      it('takes nothing but an object with the fields it knows', async () => {
        for (const input of [undefined, null, 0, 1n, '', 'text', true, [], [good], () => good, Symbol('s')])
          await refused(name, input);
        const extras: Record<string, unknown>[] = [
          { extra: 1 },
          { [megabytes]: 1 },
          { constructor: { prototype: {} } },
        ];
        for (const extra of extras) await refused(name, { ...good, ...extra });
        const { __proto__: _, ...rest } = JSON.parse('{"__proto__":{"polluted":true},"polluted":true}');
        await refused(name, { ...good, ...rest });
      });

      it('lets nothing through to a prototype', async () => {
        const text = JSON.stringify({ ...good, marker: 1 }).replace('"marker":1', '"__proto__":{"polluted":true}');
        const answer = await app.call(name, JSON.parse(text), new AbortController().signal);
        expect(answer.ok ? 'ok' : answer.failure.kind).not.toBe('bug');
        expect('polluted' in {}).toBe(false);
      });

      it('takes each field in its own type only, however large', async () => {
        for (const path of pathsIn(good)) {
          const there = at(good, path);
          const wrong: unknown[] = [{ hostile: true }, [[[]]], Number.NaN, Number.POSITIVE_INFINITY, () => 1];
          if (typeof there !== 'number') wrong.push(-1);
          if (typeof there !== 'boolean') wrong.push(true);
          if (typeof there === 'string') wrong.push(megabytes, dashes, '');
          else wrong.push('text');
          for (const value of wrong) {
            if (value === '' && emptyIsFine.has(`${name} ${path.join('.')}`)) continue;
            await refused(name, replaced(good, path, value));
          }
        }
      });
    });
  }

  it('refuses names that are no operation', async () => {
    const evil = { toString: 1, valueOf: 1 };
    const throwing = {
      toString() {
        throw new Error('from toString');
      },
    };
    const names = ['toString', '__proto__', 'constructor', '', 'app.get ', megabytes, null, undefined, 7, {}, evil];
    for (const name of [...names, throwing, Object.create(null), Symbol('app.get'), ['app.get']]) {
      const answer = await app.call(name, {}, new AbortController().signal);
      expect(answer).toMatchObject({ ok: false, failure: { kind: 'invalid', code: 'unknown-operation' } });
      expect(JSON.stringify(answer).length).toBeLessThan(1_000);
    }
  });

  it('survives many records and ids at once', async () => {
    const ids = Array.from({ length: 100_000 }, () => id);
    expect(await app.refuse('sync.start', { ids })).toMatchObject({ kind: 'not-found' });
    expect(await app.ask('sync.plan', { ids })).toMatchObject({ steps: [] });
    await refused('sync.start', { ids: [...ids, id] });
    await refused('records.create', { records: Array.from({ length: 10_001 }, () => record) });
  });

  it('puts no credential that was sent into an answer, an event or the log', () => {
    expect(app.sent.join('\n')).not.toContain('hush hush');
    expect(app.sent.join('\n')).not.toContain('correct horse');
  });
});

/** Texts that may be empty: they narrow nothing, or are looked up and not found. */
const emptyIsFine = new Set([
  'notices.dismiss id',
  'connections.policy prefix',
  'connections.policy region',
  'connections.policy projectId',
  'naming.preview template',
  'naming.preview items.0.vault',
  'naming.preview items.0.name',
  'rules.preview rule.template',
  'rules.preview rule.filter.contentType',
  'rules.save rule.template',
  'rules.save rule.filter.contentType',
  'exclusions.preview patterns.0',
  'audit.list filter.text',
  'audit.export filter.text',
  'settings.set network.proxy',
  'settings.set network.noProxy',
  'settings.set network.caBundle',
]);
