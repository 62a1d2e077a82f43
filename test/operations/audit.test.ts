import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cellsOf } from '../reports/read.ts';
import { root } from '../runtime/process.mjs';
import { startApp, type TestApp } from '../support/app.ts';

const hostile = ["=cmd|' /C calc'!A0", '\u001b[31mred', 'abc\u202egnp.exe', '<img src=x onerror=alert(1)>', 'a\r\nb'];

describe('the audit trail', () => {
  let app: TestApp;
  let chosen: string | null = null;
  const at = (n: number) => 1_700_000_000_000 + n * 1000;

  beforeAll(async () => {
    app = await startApp({ chooseFile: () => chosen });
    for (let n = 0; n < 250; n++) {
      const outcome = n % 5 === 0 ? 'failed' : 'succeeded';
      const actor = n % 2 === 0 ? 'schedule' : 'user';
      const subject = hostile[n] ?? `record ${n}`;
      app.store.audit.append({ at: at(n), actor, action: 'target update', subject, outcome, detail: `n=${n}` });
    }
  });
  afterAll(() => app.end());

  async function saved(format: 'csv' | 'jsonl', filter = {}): Promise<{ text: string; path: string; rows: number }> {
    const name = `copy-${crypto.randomUUID()}.${format}`;
    chosen = join(app.directory, name);
    const { path, rows } = await app.ask('audit.export', { format, filter });
    expect(path).toBe(chosen);
    return { text: readFileSync(chosen, 'utf8'), path: chosen, rows };
  }
  const last = async () => (await app.ask('audit.list', { limit: 1, filter: {} }))[0];

  it('is listed newest first, a page at a time, as the filter says', async () => {
    const first = await app.ask('audit.list', { limit: 10, filter: { actor: 'schedule', outcome: 'failed' } });
    expect(first.map(({ detail }) => detail)).toEqual(Array.from({ length: 10 }, (_, n) => `n=${240 - n * 10}`));
    const before = first.at(-1)?.id ?? 0;
    const [next] = await app.ask('audit.list', { limit: 1, before, filter: { actor: 'schedule', outcome: 'failed' } });
    expect(next?.detail).toBe('n=140');
    const some = await app.ask('audit.list', { limit: 500, filter: { text: 'RECORD 24', from: at(0), to: at(245) } });
    expect(some.map(({ detail }) => detail)).toEqual(['n=245', 'n=244', 'n=243', 'n=242', 'n=241', 'n=240', 'n=24']);
  });

  it('is verified to its end, and that is in the trail', async () => {
    const verdict = await app.ask('audit.verify', {});
    expect(verdict).toMatchObject({ firstBad: null });
    expect(verdict.rows).toBeGreaterThanOrEqual(250);
    expect(await last()).toMatchObject({
      action: 'verify the audit trail',
      outcome: 'succeeded',
      subject: `${verdict.rows} rows, the chain is whole`,
    });
  });

  it('is copied whole, inert as CSV, with the SHA-256 of the file in the trail', async () => {
    const { text, rows } = await saved('csv');
    const cells = cellsOf(text.slice(1)).slice(1);
    expect(cells).toHaveLength(rows);
    expect(cells.map(([id]) => Number(id))).toEqual(Array.from({ length: rows }, (_, n) => n + 1));
    for (const cell of cells.flat()) expect(cell).not.toMatch(/^[=+\-@\t\r]|[\p{Cc}\p{Cf}]/u);
    const sum = createHash('sha256').update(text).digest('hex');
    expect(await last()).toMatchObject({
      action: 'export the audit trail',
      subject: `csv, all rows, ${rows} rows, SHA-256 of the file ${sum}`,
    });
  });

  it('is copied as the filter says, and the trail says that it was a part', async () => {
    const { text, rows } = await saved('jsonl', { outcome: 'failed', text: 'record' });
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toHaveLength(rows);
    expect(lines.length).toBeGreaterThan(40);
    for (const { entry } of lines) expect(entry).toMatchObject({ outcome: 'failed' });
    expect((await last())?.subject).toMatch(/^jsonl, rows that failed, that mention a text, \d+ rows/);
  });

  it('can be checked without the app by the recipe in docs/audit.md, which finds what was changed', async () => {
    const guide = readFileSync(join(root, 'docs', 'audit.md'), 'utf8');
    const script = join(app.directory, 'check-audit.mjs');
    writeFileSync(script, guide.match(/```js\n([\s\S]*?)```/)?.[1] ?? '');
    const run = (text: string) => {
      const file = join(app.directory, 'given.jsonl');
      writeFileSync(file, text);
      const { status, stdout } = spawnSync(process.execPath, [script, file], { encoding: 'utf8', timeout: 60_000 });
      return { status, stdout };
    };
    const { text, rows } = await saved('jsonl');
    expect(run(text)).toEqual({ status: 0, stdout: `${rows} rows, none is wrong\n` });
    const lines = text.split('\n');
    const changed = lines.with(99, lines[99]?.replace('record 9', 'record 8') ?? '');
    expect(changed).not.toEqual(lines);
    expect(run(changed.join('\n'))).toEqual({ status: 1, stdout: 'wrong: row 100\n' });
    const without = run(lines.toSpliced(49, 1).join('\n'));
    expect(without.stdout).toContain('row 51: the row before is not in this file');
    const swapped = run([...lines.slice(0, 9), lines[10], lines[9], ...lines.slice(11)].join('\n'));
    expect(swapped.stdout).toContain('was not checked');
  });

  it('is not copied where the person chose no place', async () => {
    chosen = null;
    const before = readdirSync(app.directory);
    expect(await app.ask('audit.export', { format: 'csv', filter: {} })).toEqual({ path: null, rows: 0 });
    expect(readdirSync(app.directory)).toEqual(before);
  });

  it('tells in words why a copy could not be saved, and that is in the trail', async () => {
    chosen = join(app.directory, 'no-such-folder', 'copy.csv');
    const failure = await app.refuse('audit.export', { format: 'csv', filter: {} });
    expect(failure).toMatchObject({ kind: 'not-found', code: 'folder-missing' });
    expect(await last()).toMatchObject({
      action: 'export the audit trail',
      outcome: 'failed',
      detail: 'folder-missing',
    });
  });

  it('refuses filters that are none', async () => {
    for (const filter of [{ actor: 'nobody' }, { text: 'x'.repeat(201) }, { from: -1 }, { more: 1 }])
      expect(await app.refuse('audit.list', { limit: 1, filter })).toMatchObject({ code: 'input' });
    expect(await app.refuse('audit.list', { limit: 501, filter: {} })).toMatchObject({ code: 'input' });
  });
});
