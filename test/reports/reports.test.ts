import { createHash, randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Check, type CheckRow, checkVerdicts } from '../../main/domain/check.ts';
import { auditCopy, checkReport } from '../../main/reports/index.ts';
import { bytesOf, cellsOf, paged, pagesOfPdf, textOf } from './read.ts';

const maker = { product: 'CertifyClouds Sync', version: '1.2.3', exportedAt: 1_800_000_000_000 };
/** Texts that act where they are not shown as what they are. */
const hostile = {
  formula: "=cmd|' /C calc'!A0",
  minus: '-2+3+cmd',
  at: '@SUM(A1)',
  tab: '\t=1+1',
  ansi: '\u001b[31mred\u001b[0m',
  direction: 'abc\u202egnp.exe',
  markup: '<img src=x onerror=alert(1)>',
  lines: 'one\r\ntwo\u2028three',
  quote: 'say "hi", then; go',
  escape: 'not \\u{202e} itself',
  half: 'half \ud83d of a pair',
};
const acting = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

function row(change: Partial<CheckRow> = {}): CheckRow {
  return {
    recordId: randomUUID(),
    source: 'kv-prod/api-key',
    target: 'certifyclouds/api-key',
    targetService: 'secretsmanager',
    targetRegion: 'us-east-1',
    targetConnection: 'Contoso AWS',
    verdict: 'same-version',
    code: 'unchanged',
    sentence: 'Source and target are as the last sync left them.',
    fix: '',
    method: 'marker',
    sourceVersion: '0123456789abcdef0123456789abcdef',
    targetVersion: 'marker-1',
    targetId: 'arn:aws:secretsmanager:us-east-1:1:secret:certifyclouds/api-key',
    checkedAt: 1_800_000_000_000,
    ...change,
  };
}

function checkOf(rows: readonly CheckRow[]): Check {
  const counts: Partial<Record<CheckRow['verdict'], number>> = {};
  for (const { verdict } of rows) counts[verdict] = (counts[verdict] ?? 0) + 1;
  const times = { startedAt: 1_799_999_000_000, endedAt: 1_799_999_900_000 };
  return { id: randomUUID(), trigger: 'user', values: true, ...times, cancelled: false, total: rows.length, counts };
}

const ofEachKind = checkVerdicts.map((verdict) => row({ verdict, code: verdict }));
const fromHostile = Object.values(hostile).map((target) => row({ target, sentence: target, targetConnection: target }));

describe('a check as CSV', () => {
  it('has one line for each record, with all that is known of it', async () => {
    const csv = await textOf(checkReport('csv', checkOf(ofEachKind), maker, paged(ofEachKind, 4)));
    expect(csv.charCodeAt(0)).toBe(0xfeff);
    const [head = [], ...lines] = cellsOf(csv.slice(1));
    expect(lines).toHaveLength(checkVerdicts.length);
    for (const [index, line] of lines.entries()) {
      expect(line).toHaveLength(head.length);
      const { recordId, targetId, verdict, sourceVersion } = ofEachKind[index] ?? row();
      expect(line).toEqual(expect.arrayContaining([recordId, targetId, verdict, sourceVersion]));
      expect(line[head.indexOf('Checked at')]).toBe('2027-01-15T08:00:00.000Z');
    }
    const right = lines.filter((line) => line[head.indexOf('Copy is right')] === 'yes').map(([words]) => words);
    expect(right).toEqual(['Same value', 'Same version', 'Left out']);
  });

  it('holds nothing that a spreadsheet or a terminal would act on', async () => {
    const csv = await textOf(checkReport('csv', checkOf(fromHostile), maker, paged(fromHostile)));
    const lines = cellsOf(csv.slice(1)).slice(1);
    expect(lines).toHaveLength(fromHostile.length);
    for (const cell of lines.flat()) {
      expect(cell).not.toMatch(/^[=+\-@\t\r]/);
      expect(cell).not.toMatch(acting);
    }
    const cells = new Set(lines.flat());
    expect(cells).toContain(`'${hostile.formula}`);
    expect(cells).toContain(hostile.markup);
    expect(cells).toContain(hostile.quote);
    expect(cells).toContain('\\u{1b}[31mred\\u{1b}[0m');
    expect(cells).toContain('abc\\u{202e}gnp.exe');
    // What looks like an escape already is told from one.
    expect(cells).toContain('not \\u{5c}u{202e} itself');
  });
});

describe('a check as JSON', () => {
  const report = z.object({
    product: z.string(),
    version: z.string(),
    exportedAt: z.string(),
    check: z.object({ askedBy: z.string(), records: z.number(), counts: z.record(z.string(), z.number()) }),
    rows: z.array(z.record(z.string(), z.unknown())),
    rowCount: z.number(),
    rowsSha256: z.string(),
  });

  it('says who made it, what was asked, and holds every row exactly', async () => {
    const rows = [...ofEachKind, ...fromHostile];
    const text = await textOf(checkReport('json', checkOf(rows), maker, paged(rows, 3)));
    expect(text.replaceAll('\n', '')).not.toMatch(acting);
    const read = report.parse(JSON.parse(text));
    expect(read).toMatchObject({ product: maker.product, version: maker.version, rowCount: rows.length });
    expect(read.check).toMatchObject({ askedBy: 'a person', records: rows.length });
    expect(read.rows.map(({ target }) => target)).toEqual(rows.map(({ target }) => target));
    expect(read.rows.map(({ recordId }) => recordId)).toEqual(rows.map(({ recordId }) => recordId));
  });

  it('has a number over its rows that a copy can be compared by, counted as it says', async () => {
    const count = async (rows: readonly CheckRow[], size: number) => {
      const text = await textOf(checkReport('json', checkOf(rows), maker, paged(rows, size)));
      const lines = text.split('\n').filter((line) => line.startsWith('{"recordId"'));
      const hash = createHash('sha256');
      for (const line of lines) hash.update(`${line.replace(/,$/, '')}\n`);
      expect(report.parse(JSON.parse(text)).rowsSha256).toBe(hash.digest('hex'));
      return report.parse(JSON.parse(text)).rowsSha256;
    };
    const number = await count(ofEachKind, 2);
    expect(await count(ofEachKind, 100)).toBe(number);
    expect(await count(ofEachKind.slice(1), 2)).not.toBe(number);
    expect(await count([{ ...row(), target: 'another' }, ...ofEachKind.slice(1)], 2)).not.toBe(number);
  });

  it('is JSON with no row at all', async () => {
    const text = await textOf(checkReport('json', checkOf([]), maker, paged([])));
    expect(report.parse(JSON.parse(text))).toMatchObject({ rows: [], rowCount: 0 });
  });
});

describe('a check as PDF', () => {
  it('begins with what was asked, how it came out and what each method proves', async () => {
    const pages = pagesOfPdf(await bytesOf(checkReport('pdf', checkOf(ofEachKind), maker, paged(ofEachKind))));
    const first = pages[0]?.join('\n') ?? '';
    for (const words of ['DR test', 'a person', '2027-01-15T08:00:00.000Z', 'By value', 'By version', 'Not compared'])
      expect(first).toContain(words);
    for (const words of ['Same value', 'Changed', 'Mark removed']) expect(first).toContain(words);
  });

  it('has every record, on numbered pages that each begin with the titles', async () => {
    const rows = Array.from({ length: 60 }, (_, n) => row({ source: `kv/s-${n}` }));
    const pages = pagesOfPdf(await bytesOf(checkReport('pdf', checkOf(rows), maker, paged(rows))));
    expect(pages.length).toBeGreaterThan(3);
    for (const [index, page] of pages.entries()) {
      expect(page).toContain(`Page ${index + 1}`);
      expect(page).toContain('Evidence');
    }
    for (const { source } of rows) expect(pages.flat().filter((text) => text === source)).toHaveLength(1);
  });

  it('wraps long names and loses nothing of them, and says so where it shortens', async () => {
    const long = `certifyclouds/${'x'.repeat(400)}`;
    const wrapped = pagesOfPdf(
      await bytesOf(checkReport('pdf', checkOf([row()]), maker, paged([row({ target: long })]))),
    );
    expect(wrapped.flat().join('')).toContain(long);
    const endless = row({ target: 'y'.repeat(2048), sentence: hostile.direction.repeat(90) });
    const shortened = pagesOfPdf(await bytesOf(checkReport('pdf', checkOf([endless]), maker, paged([endless]))));
    expect(shortened.flat().join('\n')).toContain('shortened');
  });

  it('shows what its fonts do not have, and what would act, as escapes', async () => {
    const rows = [...fromHostile, row({ target: '東京 Grüße’s' })];
    const bytes = await bytesOf(checkReport('pdf', checkOf(rows), maker, paged(rows)));
    const all = pagesOfPdf(bytes).flat();
    for (const character of all.join('')) expect(character.charCodeAt(0)).toBeGreaterThanOrEqual(32);
    expect(all).toContain('\\u{6771}\\u{4eac} Grüße\u0092s');
    expect(all).toContain('abc\\u{202e}gnp.exe');
    expect(all.join('')).toContain('\\u{1b}[31mred');
    expect(bytes.includes('/JavaScript')).toBe(false);
    expect(bytes.includes('/URI')).toBe(false);
  });
});

describe('a copy of the audit trail', () => {
  const rows = Object.values(hostile).map((subject, index) => ({
    id: index + 1,
    hash: createHash('sha256').update(subject).digest('hex'),
    at: 1_800_000_000_000 + index,
    actor: 'user' as const,
    action: 'target update',
    subject,
    outcome: 'succeeded' as const,
    detail: subject,
  }));

  it('is inert as CSV', async () => {
    const [head = [], ...lines] = cellsOf((await textOf(auditCopy('csv', paged(rows, 2)))).slice(1));
    expect(head[0]).toBe('Id');
    expect(lines.map(([id]) => Number(id))).toEqual(rows.map(({ id }) => id));
    for (const cell of lines.flat()) {
      expect(cell).not.toMatch(/^[=+\-@\t\r]/);
      expect(cell).not.toMatch(acting);
    }
    expect(lines.map((line) => line.at(-1))).toEqual(rows.map(({ hash }) => hash));
  });

  it('is exact as JSON Lines, and inert all the same', async () => {
    const text = await textOf(auditCopy('jsonl', paged(rows, 2)));
    expect(text.replaceAll('\n', '')).not.toMatch(acting);
    const read = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(read).toEqual(rows.map(({ id, hash, ...entry }) => ({ id, hash, entry })));
  });
});
