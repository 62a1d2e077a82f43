import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Page } from '../../main/clouds/ports.ts';
import { exclusionsIn } from '../../main/domain/exclusions.ts';
import { listAll } from '../../main/engine/discover.ts';
import { groupBy, scan } from '../../main/engine/scan.ts';
import { failureOf, overviewOf, patience } from '../conformance/outcome.ts';
import { type EngineBed, fakeClock, openEngineBed } from '../support/engine-bed.ts';
import { memoryFailure } from '../support/memory-calls.ts';

describe('scan', () => {
  let bed: EngineBed;
  beforeEach(() => {
    bed = openEngineBed();
  });
  afterEach(() => bed.close());

  const names = (count: number) => Array.from({ length: count }, (_, n) => `s-${String(n).padStart(3, '0')}`);
  const addAll = (count: number) =>
    names(count).map((name) => {
      bed.vaults.set('kv', name, `value of ${name}`);
      return bed.add(name);
    });
  const look = (ids: string[]) =>
    scan(
      bed.store.records.getMany(ids),
      {
        clouds: {
          source: async () => bed.vaults.open(),
          target: async (_c, _s, place) => bed.secretsIn(place).open(bed.rights),
          close() {},
        },
        clock: bed.clock,
        concurrency: 8,
        exclusions: exclusionsIn(bed.exclusions),
        follows: () => bed.deletions === 'follow',
      },
      patience(),
    );
  const calls = (made: readonly { operation: string }[]) =>
    Object.fromEntries([...groupBy(made, ({ operation }) => operation)].map(([name, { length }]) => [name, length]));

  it('asks for few one by one', async () => {
    const ids = addAll(10);
    const { source, target } = await look(ids);
    expect(calls(bed.vaults.made)).toEqual({ describe: 10 });
    expect(calls(bed.secrets.made)).toEqual({ inspect: 10 });
    expect(ids.map((id) => source.get(id)?.kind)).toEqual(ids.map(() => 'found'));
    expect(ids.map((id) => target.get(id)?.kind)).toEqual(ids.map(() => 'absent'));
  });

  it('lists for many, and asks again for nothing', async () => {
    const ids = addAll(60);
    const { source, target } = await look(ids);
    expect(calls(bed.vaults.made)).toEqual({ listPage: 3 });
    expect(calls(bed.secrets.made)).toEqual({ overviewPage: 1 });
    expect(source.size).toBe(60);
    expect([...target.values()].every(({ kind }) => kind === 'absent')).toBe(true);
  });

  it('reads no value, ever', async () => {
    await look(addAll(60));
    expect(bed.vaults.count('read')).toBe(0);
  });

  it('finds a source whatever the case of its name, and knows when it is missing', async () => {
    const ids = addAll(12);
    const other = bed.add('S-000', { targetName: 'certifyclouds/other' });
    const gone = bed.add('gone');
    const { source } = await look([...ids, other, gone]);
    expect(source.get(other)).toMatchObject({ kind: 'found', item: { name: 's-000' } });
    expect(source.get(gone)).toEqual({ kind: 'missing' });
  });

  it('falls back to asking one by one where the credential may not list', async () => {
    bed.rights = 'write-only';
    const ids = addAll(25);
    const { target } = await look(ids);
    expect(calls(bed.secrets.made)).toEqual({ overviewPage: 1, inspect: 25 });
    expect([...target.values()].every(({ kind }) => kind === 'unreadable')).toBe(true);
  });

  it('does not fall back for any other failure: all of the target failed', async () => {
    const ids = addAll(25);
    bed.secrets.hooks.before = ({ operation }) => {
      if (operation === 'overviewPage') throw memoryFailure('auth', 'bad-key');
    };
    const { target, source } = await look(ids);
    expect(bed.secrets.count('inspect')).toBe(0);
    for (const id of ids) {
      expect(target.get(id)).toMatchObject({ kind: 'failed', failure: { code: 'bad-key' } });
      expect(source.get(id)).toMatchObject({ kind: 'found' });
    }
  });

  it('does not believe an overview that disagrees with the ledger', async () => {
    const ids = addAll(25);
    await bed.sync(...ids);
    const [lagging = '', changed = ''] = ids;
    bed.secrets.putOutside('certifyclouds/s-001', 'by hand');
    bed.secrets.made.length = 0;
    // The overview has not heard of the first secret yet.
    const target = bed.secrets.open();
    const stale = await overviewOf(target)(undefined, patience());
    const scanned = await scan(
      bed.store.records.getMany(ids),
      {
        clouds: {
          source: async () => bed.vaults.open(),
          target: async () => ({
            ...target,
            overviewPage: async () => ({ items: stale.items.filter(({ name }) => name !== 'certifyclouds/s-000') }),
          }),
          close() {},
        },
        clock: bed.clock,
        concurrency: 8,
        exclusions: exclusionsIn(bed.exclusions),
        follows: () => bed.deletions === 'follow',
      },
      patience(),
    );
    const ledgerVersion = bed.row(lagging).ledger?.targetVersion;
    expect(scanned.target.get(lagging)).toMatchObject({ kind: 'present', version: ledgerVersion });
    expect(scanned.target.get(changed)).toMatchObject({ version: expect.stringMatching(/^outside/) });
    expect(bed.secrets.count('inspect')).toBe(2);
  });

  it('marks only the records of a dead vault or a dead target', async () => {
    bed.vaults.addVault('shut', { open: false });
    bed.vaults.set('kv', 'a', '1');
    bed.vaults.set('kv', 'b', '2');
    const good = bed.add('a');
    const shut = bed.add('x', { sourceVault: 'shut' });
    const dead = bed.add('b', { targetRegion: 'eu-west-1' });
    bed.secretsIn('eu-west-1').hooks.before = () => {
      throw memoryFailure('network', 'dead');
    };
    const { source, target } = await look([good, shut, dead]);
    expect([good, shut, dead].map((id) => source.get(id)?.kind)).toEqual(['found', 'failed', 'found']);
    expect([good, shut, dead].map((id) => target.get(id)?.kind)).toEqual(['absent', 'absent', 'failed']);
  });

  it('takes no part of a listing for the whole: what it named is there, and nothing is missing', async () => {
    const ids = addAll(60);
    const gone = bed.add('gone');
    bed.vaults.hooks.before = ({ count }) => {
      if (count > 1) throw memoryFailure('denied', 'page-refused');
    };
    const { source } = await look([...ids, gone]);
    const page = 25;
    expect(ids.map((id) => source.get(id)?.kind)).toEqual(ids.map((_, n) => (n < page ? 'found' : 'failed')));
    expect(source.get(gone)?.kind).toBe('failed');
  });

  it('repeats a page alone that fails in passing', async () => {
    const ids = addAll(60);
    let failed = false;
    bed.vaults.hooks.before = ({ count }) => {
      if (count !== 2 || failed) return;
      failed = true;
      throw memoryFailure('network', 'reset');
    };
    const { source } = await look(ids);
    expect([...source.values()].every(({ kind }) => kind === 'found')).toBe(true);
    expect(bed.vaults.count('listPage')).toBe(4);
  });

  it('plans from a scan without touching anything', async () => {
    const ids = addAll(3);
    const steps = await bed.engine().plan(ids, patience());
    expect(steps.map(({ action }) => action)).toEqual(['create', 'create', 'create']);
    expect(bed.secrets.count('write')).toBe(0);
    expect(bed.secrets.secrets.size).toBe(0);
    expect(ids.flatMap((id) => bed.outcomes(id))).toEqual([]);
  });
});

describe('listing', () => {
  const pages =
    (...nexts: (string | undefined)[]) =>
    async (asked: string | undefined): Promise<Page<string>> => {
      const next = nexts[asked === undefined ? 0 : Number(asked.slice(1))];
      return { items: [asked ?? 'first'], ...(next === undefined ? {} : { next }) };
    };

  it('goes through all pages', async () => {
    expect(await listAll(fakeClock(), patience(), pages('p1', 'p2', undefined))).toEqual(['first', 'p1', 'p2']);
  });

  it('goes on through an empty page that has a continuation', async () => {
    const empty = async (asked: string | undefined): Promise<Page<string>> =>
      asked === undefined ? { items: [], next: 'p1' } : { items: ['found'] };
    expect(await listAll(fakeClock(), patience(), empty)).toEqual(['found']);
  });

  it('ends when cancelled between pages', async () => {
    const abort = new AbortController();
    const cancelling = async (): Promise<Page<string>> => {
      abort.abort();
      return { items: [], next: 'p1' };
    };
    expect(await failureOf(listAll(fakeClock(), abort.signal, cancelling))).toMatchObject({ kind: 'cancelled' });
  });
});
