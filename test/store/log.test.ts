import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { traceOf } from '../../main/clouds/failures.ts';
import { Failure, toFailure } from '../../main/domain/failure.ts';
import { openLog } from '../../main/store/log.ts';
import { epoch, temporaryFolder } from './builders.ts';

const secret = 'canary-7f3a';

async function logged(failure: Failure): Promise<string> {
  const folder = join(temporaryFolder(), 'logs');
  const file = join(folder, 'failures.log');
  openLog(folder, () => epoch)('ref', 'sync.start', failure);
  await vi.waitFor(() => expect(existsSync(file) && readFileSync(file, 'utf8')).toMatch(/\n$/));
  expect(statSync(file).mode & 0o777).toBe(0o600);
  return readFileSync(file, 'utf8');
}

test('keeps the places in the code of a failure, and nothing of what its message quotes', async () => {
  // A value of several lines, one of which looks like a place in the code.
  const foreign = new Error(`could not read "\n    at ${secret} (file)\n" as JSON`);
  for (const failure of [toFailure(foreign), toFailure(traceOf(foreign))]) {
    const line = await logged(failure);
    expect(line).not.toContain(secret);
    expect(line).toContain('log.test.ts');
  }
});

test('keeps no place of an error whose message was changed: what its stack quotes is not known', async () => {
  const foreign = new Error(`first\n    at ${secret}`);
  foreign.message = 'second';
  expect(await logged(toFailure(foreign))).not.toContain(secret);
});

test('keeps a failure’s own sentence out, which may name what it is about', async () => {
  const failure = new Failure({ kind: 'bug', code: 'x', sentence: `about ${secret}\n    at ${secret}`, fix: '' });
  expect(await logged(failure)).not.toContain(secret);
});
