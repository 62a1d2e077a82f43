import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { documents } from '../../main/store/rows.ts';
import { Sql } from '../../main/store/sql.ts';
import { type Sample, seedSample } from '../clouds/sample.ts';
import { type Clouds, startClouds } from '../clouds/start.ts';
import { startApp } from '../support/app.ts';
import { connectSample, newRecord } from '../support/connect.ts';

const vault = 'kv-dev';

describe('a start on', () => {
  let clouds: Clouds;
  let sample: Sample;
  let count = 0;
  beforeAll(async () => {
    clouds = await startClouds();
    sample = await seedSample(clouds);
  });
  beforeEach(() => clouds.desk.clearArrivals());
  afterAll(() => clouds.close());

  const newSecret = () => {
    const name = `start-${++count}`;
    clouds.azure.vault(vault).set(name, `value ${count}`);
    return name;
  };
  const restart = async (change: (directory: string) => void | Promise<void>) => {
    const first = await startApp();
    const at = await connectSample(first, clouds, sample);
    await first.end({ keep: true });
    await change(first.directory);
    return { directory: first.directory, secretKey: first.secretKey, at };
  };

  it('a damaged database: put aside, told, and the app works', async () => {
    let damage = Buffer.alloc(0);
    const before = await restart((directory) => {
      const file = join(directory, 'sync.db');
      damage = Buffer.from(readFileSync(file));
      damage.fill(0xa5, 100, damage.length);
      writeFileSync(file, damage);
    });
    const again = await startApp(before);
    const { notices } = await again.ask('app.get', {});
    const [notice] = notices.filter(({ id }) => id.startsWith('store-damaged'));
    expect(notice?.sentence).toMatch(/damaged; it was kept as sync\.db\.damaged-/);
    const kept = notice?.sentence.match(/sync\.db\.damaged-\w+/)?.[0] ?? '';
    expect(readFileSync(join(again.directory, kept)).equals(damage)).toBe(true);
    const at = await connectSample(again, clouds, sample);
    const [record] = await again.ask('records.create', {
      records: [newRecord(at, { vault, name: newSecret() })],
    });
    await again.sync([record?.id ?? '']);
    expect(await again.record(record?.id ?? '')).toMatchObject({ status: 'synced' });
    await again.ask('notices.dismiss', { id: notice?.id ?? '' });
    expect((await again.ask('app.get', {})).notices).toEqual([]);
    await again.end();
  });

  it('a store of a newer version: left as it is, and said so', async () => {
    let bytes = Buffer.alloc(0);
    const before = await restart((directory) => {
      const file = join(directory, 'sync.db');
      const sql = new Sql(file, 0);
      const row = sql.first("SELECT CAST(doc AS BLOB) AS doc, sum FROM meta WHERE key = 'schema'");
      if (!row) throw new Error('no schema row');
      const { tables } = documents.schema.decode(row);
      sql.run(
        "UPDATE meta SET doc = ?, sum = ? WHERE key = 'schema'",
        documents.schema.encode({ version: 999, tables }),
      );
      sql.exec('PRAGMA user_version = 999');
      sql.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      sql.close();
      bytes = Buffer.from(readFileSync(file));
    });
    await expect(startApp(before)).rejects.toMatchObject({
      detail: {
        code: 'store-newer',
        sentence: expect.stringMatching(/newer version/),
        fix: expect.stringMatching(/Install/),
      },
    });
    expect(readFileSync(join(before.directory, 'sync.db')).equals(bytes)).toBe(true);
    rmSync(before.directory, { recursive: true });
  });

  it('another SECRET_KEY: locked, nothing lost, and open again with the right one', async () => {
    const before = await restart(() => {});
    const { directory, at } = before;
    clouds.desk.clearArrivals();
    const wrong = await startApp({ directory, secretKey: 'another key than before' });
    expect((await wrong.ask('app.get', {})).lock).toMatchObject({
      state: 'key-lost',
      sentence: expect.stringMatching(/SECRET_KEY/),
    });
    const records = [newRecord(at, { vault, name: newSecret() })];
    const [record] = await wrong.ask('records.create', { records });
    const id = record?.id ?? '';
    for (const [name, input] of [
      ['sync.start', { ids: [id] }],
      ['source.vaults', { connectionId: at.azure }],
      ['connections.test', { testId: crypto.randomUUID(), connectionId: at.aws }],
    ] as const) {
      expect(await wrong.refuse(name, input)).toMatchObject({ kind: 'auth', code: 'store-locked' });
    }
    expect(clouds.desk.arrivals()).toEqual([]);
    await wrong.end({ keep: true });
    const right = await startApp(before);
    await right.sync([id]);
    expect(await right.record(id)).toMatchObject({ status: 'synced' });
    await right.end();
  });

  it('a profile that another app has open', async () => {
    const first = await startApp();
    const { directory, secretKey } = first;
    await expect(startApp({ directory, secretKey })).rejects.toMatchObject({ detail: { code: 'store-in-use' } });
    await first.end();
  });
});
