import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { waitOf } from './blocked.ts';
import { tableOf, verdictOf } from './report.ts';

const reported = z.object({
  date: z.iso.datetime(),
  machine: z.object({ cores: z.int().positive(), node: z.string() }),
  quick: z.literal(true),
  measures: z.array(z.object({ promise: z.literal('P9'), what: z.string(), figure: z.number(), verdict: z.string() })),
});

describe('the bench', { timeout: 120_000 }, () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'bench-test-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const bench = (...args: string[]) =>
    promisify(execFile)(
      process.execPath,
      [
        '--no-warnings',
        '--import',
        'tsx',
        join(import.meta.dirname, 'main.ts'),
        ...args,
        '--out',
        join(folder, 'b.json'),
      ],
      { encoding: 'utf8' },
    );

  it('counts what a sync without a change costs, and writes it down', async () => {
    const { stdout } = await bench('--quick', '--only', 'P9');
    const { measures } = reported.parse(JSON.parse(readFileSync(join(folder, 'b.json'), 'utf8')));
    expect(measures).toHaveLength(6);
    const [writes, reads, calls] = measures;
    expect([writes?.figure, reads?.figure]).toEqual([0, 0]);
    expect([writes?.verdict, reads?.verdict]).toEqual(['met', 'met']);
    // At least one call a page, or it did not look.
    expect(calls?.figure).toBeGreaterThanOrEqual(1);
    for (const { what } of measures) expect(stdout).toContain(what);
    expect(stdout).toContain('too few records to mean much');
  });

  it('says what it can measure when asked for something else', async () => {
    await expect(bench('--only', 'P9,P99')).rejects.toMatchObject({
      code: 2,
      stderr: /no P99 to measure; there are P7/,
    });
  });
});

describe('a figure', () => {
  const measure = { promise: 'P0', what: 'a ÷ b', unit: '' as const, sides: { a: 12_345, b: 2.5 } };

  it('meets its goal or not, and is never met by not being measured', () => {
    expect(verdictOf({ ...measure, goal: { atMost: 1.05 }, figure: 1.05 })).toBe('met');
    expect(verdictOf({ ...measure, goal: { atMost: 1.05 }, figure: 1.06 })).toBe('NOT met');
    expect(verdictOf({ ...measure, goal: { atLeast: 20 }, figure: 19.9 })).toBe('NOT met');
    expect(verdictOf({ ...measure, goal: { atLeast: 20 }, figure: Number.NaN })).toBe('NOT met');
    expect(verdictOf({ ...measure, goal: { atLeast: 20 }, figure: null })).toBe('not measured');
  });

  it('is printed with its goal and what it was made of', () => {
    const table = tableOf([{ ...measure, goal: { atMost: 1 }, figure: 0.5, note: 'why' }]);
    expect(table).toBe('P0  a ÷ b  ≤ 1  0.500  met\n      a 12,345; b 2.500\n      why');
  });
});

describe('how long the event loop keeps others waiting', () => {
  it('is the wait that one moment in a hundred exceeds', () => {
    // In the first 10 ms of the long block, of 1,000 ms in all, more than 90 ms are left.
    expect(waitOf([100, 5, 5], 1000)).toBeCloseTo(90, 0);
    expect(waitOf([5, 5], 1000)).toBeCloseTo(0, 0);
    expect(waitOf([], 1000)).toBe(0);
  });
});
