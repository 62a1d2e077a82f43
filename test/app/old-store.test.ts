import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { migrate, migrations, versionOf } from '../../main/store/migrations.ts';
import { Sql, textOf } from '../../main/store/sql.ts';
import { type Sample, seedSample } from '../clouds/sample.ts';
import { type Clouds, startClouds } from '../clouds/start.ts';
import { firstBadOf } from '../store/builders.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { connectSample, newRecord } from '../support/connect.ts';

const vault = 'kv-production';
const region = 'us-east-1';

type Doc = Record<string, unknown>;
const doc = z.record(z.string(), z.unknown());

/** The tables of the first released version, each with its key; parents before children. */
const tables = {
  meta: 'key',
  connections: 'id',
  tokens: 'connection_id',
  former_keys: 'id',
  records: 'id',
  ledger: 'record_id',
  intents: 'record_id',
  runs: 'id',
  attempts: 'id',
  audit: 'id',
} as const;
type Table = keyof typeof tables;
const numbered: ReadonlySet<Table> = new Set<Table>(['former_keys', 'attempts', 'audit']);

/** A row as the first released version wrote it: it knew one kind of source, one service, and one way to sign in to AWS. */
function asBefore(table: Table, row: Doc): Doc {
  const part = (key: string) => doc.parse(row[key]);
  switch (table) {
    case 'connections': {
      const { credentialExpiresAt: _, account: _account, settings: _settings, ...rest } = row;
      const { signIn, ...settings } = part('settings');
      return { ...rest, settings: settings['provider'] === 'aws' ? settings : { ...settings, signIn } };
    }
    case 'records': {
      const { sourceKind: _, targetAccount: _account, shape: _shape, options: _options, ...record } = part('record');
      const place = ['targetConnectionId', 'targetService', 'targetRegion', 'targetName'].map((key) => record[key]);
      return { ...row, record, place: place.join('\n') };
    }
    case 'attempts': {
      const { writtenTo: _, ...rest } = row;
      return rest;
    }
    default:
      return row;
  }
}

/** Makes a profile of schema version 1 with what another one's store holds. @returns its folder */
function takenBack(directory: string): string {
  const older = mkdtempSync(join(tmpdir(), 'sync-app-'));
  const from = new Sql(join(directory, 'sync.db'), 1_000);
  const to = new Sql(join(older, 'sync.db'), 1_000);
  migrate(to, 0, migrations.slice(0, 1));
  for (const [table, key] of Object.entries(tables) as [Table, string][]) {
    const hash = table === 'audit' ? ', hash' : '';
    for (const row of from.all(`SELECT CAST(${key} AS BLOB) AS id, CAST(doc AS BLOB) AS doc${hash} FROM ${table}`)) {
      const id = textOf(row.id);
      if (table === 'meta' && id === 'schema') continue;
      insert(to, table, id, asBefore(table, doc.parse(JSON.parse(textOf(row.doc)))), row.hash);
    }
  }
  expect(versionOf(to)).toBe(1);
  from.close();
  to.close();
  return older;
}

/** With the checksum of main/store/documents, but without its schemas: those know only today's shapes. */
function insert(sql: Sql, table: Table, id: string, row: Doc, hash?: unknown): void {
  const text = JSON.stringify(row);
  const key = numbered.has(table) ? Number(id) : id;
  const columns = `${tables[table]}, doc, sum`;
  const values = [key, text, crc32(Buffer.from(text), crc32(table))];
  if (hash === undefined) sql.run(`INSERT INTO ${table} (${columns}) VALUES (?, ?, ?)`, values);
  else
    sql.run(`INSERT INTO ${table} (${columns}, hash) VALUES (?, ?, ?, ?)`, [
      ...values,
      new Uint8Array(z.instanceof(ArrayBuffer).parse(hash)),
    ]);
}

describe('a profile of the first released version', () => {
  let clouds: Clouds;
  let sample: Sample;
  let connections: { azure: string; aws: string };
  let synced: string;
  let open: string;
  let app: TestApp;

  beforeEach(async () => {
    clouds = await startClouds();
    sample = await seedSample(clouds);
    const first = await startApp();
    connections = await connectSample(first, clouds, sample);
    const records = ['api-key', 'redis-url'].map((name) => newRecord(connections, { vault, name }));
    [synced = '', open = ''] = (await first.ask('records.create', { records })).map(({ id }) => id);
    await first.sync([synced]);
    await first.end({ keep: true });
    const directory = takenBack(first.directory);
    rmSync(first.directory, { recursive: true });
    addOpenWrite(directory);
    clouds.desk.clearArrivals();
    app = await startApp({ directory, secretKey: first.secretKey });
    await app.idle();
  }, 60_000);
  afterEach(async () => {
    await app.end();
    await clouds.close();
  });

  /** The app was killed while it wrote `redis-url` for the first time, before AWS had got it. */
  function addOpenWrite(directory: string): void {
    const sql = new Sql(join(directory, 'sync.db'), 1_000);
    const { versions } = clouds.azure.vault(vault).find('redis-url');
    insert(sql, 'intents', open, {
      recordId: open,
      runId: randomUUID(),
      mode: 'create',
      startedAt: Date.now(),
      targetSeen: 'absent',
      targetId: null,
      sealed: {
        sourceVersion: versions[0]?.version,
        sourceUpdatedOn: 0,
        sourceMetadata: '',
        settled: true,
        idempotencyKey: randomUUID(),
        fingerprint: '',
        tagsWritten: {},
      },
    });
    sql.close();
  }
  const inAws = (name: string) => clouds.aws.secretValue(region, `certifyclouds/${name}`);
  const inAzure = (name: string) => clouds.azure.vault(vault).find(name).versions.at(-1)?.value;
  const awsWrites = () => clouds.desk.arrivals({ cloud: 'aws' }).filter(({ name }) => /Create|Put|Tag/.test(name));

  it('is shown as it was', async () => {
    expect((await app.ask('app.get', {})).notices).toEqual([]);
    const listed = await app.ask('connections.list', {});
    expect(listed.toSorted((a, b) => (a.name < b.name ? -1 : 1))).toMatchObject([
      { name: 'Contoso AWS', settings: { provider: 'aws', signIn: 'keys' }, credentialExpiresAt: null, records: 2 },
      { name: 'Contoso Azure', settings: { provider: 'azure', signIn: 'secret' }, credentialExpiresAt: null },
    ]);
    expect(await app.record(synced)).toMatchObject({
      sourceKind: 'secret',
      shape: { kind: 'whole' },
      options: {},
      status: 'synced',
    });
    expect(await app.lastAttempt(synced)).toMatchObject({ outcome: 'synced', action: 'create' });
    expect(await app.ask('connections.importMeters', {})).toEqual([]);
    expect(firstBadOf(app.store.audit)).toBeNull();
  });

  it('finishes the write that was under way, once', async () => {
    expect(app.store.journal.openIntents()).toEqual([]);
    await app.sync([open]);
    expect(await app.record(open)).toMatchObject({ status: 'synced' });
    expect(inAws('redis-url') === inAzure('redis-url')).toBe(true);
    expect(clouds.aws.secret(region, 'certifyclouds/redis-url')?.versions).toHaveLength(1);
  });

  it('goes on syncing from where it was', async () => {
    clouds.desk.clearArrivals();
    expect(await app.sync([synced])).toMatchObject({ unchanged: 1, attention: 0 });
    expect(clouds.desk.arrivals({ cloud: 'keyvault', name: 'GetSecret' })).toEqual([]);
    expect(awsWrites()).toEqual([]);
    clouds.azure.vault(vault).set('api-key', 'changed');
    expect(await app.sync([synced])).toMatchObject({ written: 1, attention: 0 });
    expect(inAws('api-key') === 'changed').toBe(true);
    expect(clouds.aws.secret(region, 'certifyclouds/api-key')?.versions).toHaveLength(2);
  });

  it('lets no second record write the same target, also once its connection has told its account', async () => {
    const again = {
      records: [newRecord(connections, { vault, name: 'mail-api-key' }, { targetName: 'certifyclouds/api-key' })],
    };
    const refusal = { fields: [{ path: 'records.0.targetName' }] };
    expect(await app.refuse('records.create', again)).toMatchObject(refusal);
    const settings = (await app.ask('connections.list', {})).find(({ id }) => id === connections.aws)?.settings;
    if (settings?.provider !== 'aws') throw new Error('the connection is gone');
    await app.ask('connections.save', {
      id: connections.aws,
      name: 'Contoso AWS',
      draft: { provider: 'aws', settings },
    });
    expect(await app.refuse('records.create', again)).toMatchObject(refusal);
  });
});
