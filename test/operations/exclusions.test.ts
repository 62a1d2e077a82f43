import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SourceItem } from '../../main/domain/item.ts';
import { connectionNamed, idOf, pending, recordNamed } from '../store/builders.ts';
import { startApp, type TestApp } from '../support/app.ts';

describe('exclusions that are being typed', () => {
  let app: TestApp;
  beforeEach(async () => {
    app = await startApp();
    for (const name of ['azure', 'aws']) app.store.connections.save(connectionNamed(name), null);
  });
  afterEach(() => app.end());

  const records = (...names: string[]) =>
    app.store.records.insert(names.map((name) => ({ record: recordNamed(name), status: pending, nextRunAt: null })));
  /** What a scan has seen of a vault. */
  const seen = (vault: string, items: readonly Partial<SourceItem>[], deletedAt: number | null = null) => {
    const known = items.map(
      (item): SourceItem => ({
        kind: 'secret',
        vault,
        name: '',
        enabled: true,
        updatedOn: 1,
        tags: {},
        managed: false,
        ...item,
      }),
    );
    for (const kind of ['secret', 'certificate'] as const) {
      const changed = known
        .filter((item) => item.kind === kind)
        .map((item) => ({ connectionId: idOf('azure'), item, firstSeenAt: 1, changedAt: 1, deletedAt }));
      app.store.discovery.enterScan({ connectionId: idOf('azure'), vault, kind, at: 1, changed });
    }
  };
  const preview = (...patterns: string[]) => app.ask('exclusions.preview', { patterns });

  it('show what each would match, of items and of records', async () => {
    records('db-local', 'api-key', 'unscanned-local');
    seen('kv-prod', [
      { name: 'DB-local' },
      { name: 'api-key', tags: { 'No-Sync': 'true' } },
      { name: 'web', kind: 'certificate' },
      { name: 'web', managed: true },
    ]);
    seen('kv-dev', [{ name: 'cache-local' }, { name: 'plain' }]);
    seen('kv-gone', [{ name: 'old-local' }], 5);
    const shown = await preview('name:*-local', 'vault:kv-dev', 'tag:no-sync=true', 'oops', 'name:nothing');
    expect(shown.patterns).toMatchObject([
      { pattern: 'name:*-local', problem: null, matches: 2, records: 2 },
      { pattern: 'vault:kv-dev', problem: null, matches: 2, records: 0 },
      { pattern: 'tag:no-sync=true', problem: null, matches: 1, records: 1 },
      { pattern: 'oops', problem: expect.stringMatching(/name:/), matches: 0, records: 0 },
      { pattern: 'name:nothing', problem: null, matches: 0, records: 0, examples: [] },
    ]);
    expect(shown.patterns[0]?.examples).toEqual(
      expect.arrayContaining([
        { vault: 'kv-prod', name: 'DB-local' },
        { vault: 'kv-dev', name: 'cache-local' },
      ]),
    );
    expect(shown).toMatchObject({ items: 5, excluded: 4, records: 3, recordsExcluded: 3, warning: expect.any(String) });
  });

  it('warn where nothing would be left', async () => {
    expect((await preview('name:*')).warning).toMatch(/matches everything/);
    expect((await preview('vault:**')).warning).toMatch(/matches everything/);
    expect((await preview('name:*-local')).warning).toBeNull();
    seen('kv', [{ name: 'a1' }, { name: 'a2' }]);
    expect((await preview('name:a?')).warning).toMatch(/nothing would be left/);
    expect((await preview('name:a1')).warning).toBeNull();
    records('b1', 'b2');
    expect((await preview('name:b*')).warning).toMatch(/Every record \(2\)/);
    expect((await preview('name:b1')).warning).toBeNull();
    expect((await preview()).warning).toBeNull();
  });

  it('of many items and patterns are counted whole, with few examples', async () => {
    for (let from = 0; from < 2_000; from += 500)
      seen(
        'kv',
        Array.from({ length: 500 }, (_, index) => ({ name: `s${from + index}` })),
      );
    const hostile = Array.from({ length: 200 }, (_, index) => `name:${'*s'.repeat(120)}${index}`);
    const shown = await preview(...hostile.slice(0, 199), 'name:s*');
    expect(shown).toMatchObject({ items: 2_000, excluded: 2_000 });
    expect(shown.patterns.at(-1)?.examples).toHaveLength(20);
  });

  it('stop being counted when nobody waits for it any more', async () => {
    seen('kv', [{ name: 'a' }]);
    const left = new AbortController();
    left.abort();
    expect(await app.call('exclusions.preview', { patterns: ['name:a'] }, left.signal)).toMatchObject({
      ok: false,
      failure: { kind: 'cancelled' },
    });
  });
});
