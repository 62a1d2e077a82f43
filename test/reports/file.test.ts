import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { saveWhole } from '../../main/reports/file.ts';
import { diskFull } from '../support/engine-bed.ts';

describe('a saved file', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sync-report-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  async function* pieces(failure?: Error): AsyncGenerator<string | Uint8Array> {
    yield 'one ';
    yield Buffer.from('two');
    if (failure) throw failure;
  }
  const failureOf = (path: string, failure?: Error) =>
    saveWhole(path, pieces(failure)).catch((thrown) => thrown.detail);

  it('is whole, its owner’s alone, and told by its SHA-256', async () => {
    const path = join(folder, 'report.csv');
    expect(await saveWhole(path, pieces())).toBe(createHash('sha256').update('one two').digest('hex'));
    expect(readFileSync(path, 'utf8')).toBe('one two');
    expect(readdirSync(folder)).toEqual(['report.csv']);
    if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('replaces another only once it is whole', async () => {
    const path = join(folder, 'report.csv');
    writeFileSync(path, 'before', { mode: 0o644 });
    expect(await failureOf(path, diskFull())).toMatchObject({ code: 'disk-full' });
    expect(readFileSync(path, 'utf8')).toBe('before');
    expect(readdirSync(folder)).toEqual(['report.csv']);
    await saveWhole(path, pieces());
    expect(readFileSync(path, 'utf8')).toBe('one two');
    if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('is refused in words where it can’t be, and leaves nothing', async () => {
    mkdirSync(join(folder, 'taken'));
    expect(await failureOf(join(folder, 'taken'))).toMatchObject({ code: 'disk-denied' });
    expect(await failureOf(join(folder, 'gone', 'report.csv'))).toMatchObject({ code: 'folder-missing' });
    const errno = Object.assign(new Error('no space'), { code: 'ENOSPC' });
    expect(await failureOf(join(folder, 'full.csv'), errno)).toMatchObject({ code: 'disk-full' });
    expect(readdirSync(folder)).toEqual(['taken']);
  });
});
