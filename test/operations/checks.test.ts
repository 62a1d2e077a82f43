import { createHash, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Check, type CheckRow, checkVerdicts } from '../../main/domain/check.ts';
import { cellsOf, pagesOfPdf } from '../reports/read.ts';
import { startApp, type TestApp } from '../support/app.ts';

describe('the operations on checks', () => {
  let app: TestApp;
  let chosen: string | null = null;
  const suggested: string[] = [];
  const dayOf = (at: number) => new Date(at).toISOString().slice(0, 10);

  beforeAll(async () => {
    app = await startApp({
      chooseFile: (name) => {
        suggested.push(name);
        return chosen;
      },
    });
  });
  afterAll(() => app.end());

  /** A check as it would have been entered, that found each verdict so often. */
  function entered(each: number, change: Partial<Check> = {}): Check {
    const startedAt = Date.now() - 60_000;
    const counts = Object.fromEntries(checkVerdicts.map((verdict) => [verdict, each]));
    const total = checkVerdicts.length * each;
    const base = { trigger: 'user', values: false, endedAt: startedAt + 5_000, cancelled: false } as const;
    const check: Check = { id: randomUUID(), ...base, startedAt, total, counts, ...change };
    const audit = { at: startedAt, actor: 'user', action: 'check targets', subject: check.id, detail: '' } as const;
    app.store.checks.start({ ...check, endedAt: null, counts: {} }, { ...audit, outcome: 'started' });
    const rows = checkVerdicts.flatMap((verdict) => Array.from({ length: each }, (_, n) => rowOf(verdict, n)));
    for (let from = 0; from < rows.length; from += 100) app.store.checks.add(check.id, rows.slice(from, from + 100));
    if (check.endedAt !== null) app.store.checks.end(check, { ...audit, outcome: 'succeeded' });
    return check;
  }
  function rowOf(verdict: CheckRow['verdict'], n: number): CheckRow {
    return {
      recordId: randomUUID(),
      source: `kv/${verdict}-${n}`,
      target: `certifyclouds/${verdict}-${n}`,
      targetService: 'secretsmanager',
      targetRegion: 'us-east-1',
      targetConnection: 'AWS',
      verdict,
      code: verdict,
      sentence: 'This was found.',
      fix: 'Do this.',
      method: 'marker',
      sourceVersion: null,
      targetVersion: '1',
      targetId: null,
      checkedAt: Date.now(),
    };
  }
  const saved = async (id: string, format: 'csv' | 'json' | 'pdf') => {
    chosen = join(app.directory, `${randomUUID()}.${format}`);
    const answer = await app.ask('checks.export', { id, format });
    expect(answer.path).toBe(chosen);
    return { rows: answer.rows, bytes: readFileSync(chosen) };
  };

  it('lists checks newest first, with how many copies want a look', async () => {
    const first = entered(1);
    const second = entered(2, { cancelled: true });
    const [newest, before] = await app.ask('checks.list', { limit: 2 });
    expect(newest).toMatchObject({ id: second.id, done: 22, attention: 16, cancelled: true });
    expect(before).toMatchObject({ id: first.id, done: 11, attention: 8, cancelled: false });
  });

  it('shows a check’s rows a page at a time, of the verdicts asked for', async () => {
    const { id } = entered(30);
    const page = await app.ask('checks.rows', { id, after: 0, limit: 20, verdicts: ['missing', 'changed'] });
    expect(page.map(({ source }) => source)).toEqual(Array.from({ length: 20 }, (_, n) => `kv/changed-${n}`));
    const after = page.at(-1)?.id ?? 0;
    const next = await app.ask('checks.rows', { id, after, limit: 20, verdicts: ['missing', 'changed'] });
    expect(next.map(({ verdict }) => verdict)).toEqual([...Array(10).fill('changed'), ...Array(10).fill('missing')]);
    expect(await app.ask('checks.rows', { id, after: 0, limit: 1000 })).toHaveLength(330);
  });

  it('saves a report of every row in each format, and keeps the file’s SHA-256 in the trail', async () => {
    const check = entered(30, { values: true });
    const csv = await saved(check.id, 'csv');
    expect(cellsOf(csv.bytes.toString()).slice(1)).toHaveLength(330);
    const json = await saved(check.id, 'json');
    expect(JSON.parse(json.bytes.toString())).toMatchObject({ rowCount: 330, check: { id: check.id } });
    const pdf = await saved(check.id, 'pdf');
    const drawn = new Set(pagesOfPdf(pdf.bytes).flat());
    for (const verdict of checkVerdicts) expect(drawn).toContain(`kv/${verdict}-29`);
    expect([csv.rows, json.rows, pdf.rows]).toEqual([330, 330, 330]);
    const sums = [pdf, json, csv].map(({ bytes }) => createHash('sha256').update(bytes).digest('hex'));
    const trail = await app.ask('audit.list', { limit: 3, filter: { text: 'export a check' } });
    for (const [index, sum] of sums.entries()) {
      expect(trail[index]).toMatchObject({ outcome: 'succeeded' });
      expect(trail[index]?.subject).toContain(`check ${check.id}`);
      expect(trail[index]?.subject).toContain(sum);
    }
    expect(suggested.at(-1)).toBe(`dr-test-${dayOf(check.startedAt)}.pdf`);
  });

  it('saves nothing where the person chose no place', async () => {
    const { id } = entered(1);
    chosen = null;
    const before = readdirSync(app.directory);
    expect(await app.ask('checks.export', { id, format: 'pdf' })).toEqual({ path: null, rows: 0 });
    expect(readdirSync(app.directory)).toEqual(before);
  });

  it('leaves no half file behind when the store fails in the middle', async () => {
    const { id } = entered(30);
    const { rows } = app.store.checks;
    app.store.checks.rows = (checkId, options) => {
      if (options.after > 0) throw Object.assign(new Error('lost'), { code: 'EIO' });
      return rows.call(app.store.checks, checkId, options);
    };
    for (const format of ['csv', 'json', 'pdf'] as const) {
      chosen = join(app.directory, `half.${format}`);
      expect(await app.refuse('checks.export', { id, format })).toMatchObject({ code: 'disk-error' });
    }
    app.store.checks.rows = rows;
    expect(readdirSync(app.directory).filter((name) => name.startsWith('half'))).toEqual([]);
  });

  it('refuses in words what is not kept, still goes on, or has nothing to look at', async () => {
    const gone = randomUUID();
    for (const name of ['checks.rows', 'checks.export'] as const) {
      const more = name === 'checks.rows' ? { after: 0, limit: 10 } : { format: 'csv' };
      expect(await app.refuse(name, { id: gone, ...more })).toMatchObject({ code: 'no-such-check' });
    }
    const { id } = entered(1, { endedAt: null });
    expect(await app.refuse('checks.export', { id, format: 'csv' })).toMatchObject({ code: 'check-going-on' });
    expect(await app.refuse('checks.start', { values: false })).toMatchObject({ code: 'nothing-to-check' });
    expect(await app.refuse('checks.start', { ids: [], values: false })).toMatchObject({ code: 'input' });
    expect(await app.ask('checks.cancel', { id: gone })).toEqual({});
  });
});
