import { expect } from 'vitest';
import type { AttemptView } from '../../preload/contract/views.ts';
import type { TestApp } from './app.ts';

/** What a person is to be told. */
interface Told {
  readonly code: string;
  readonly sentence: RegExp;
  readonly fix: RegExp;
}

/** Syncs, and demands that status and history tell the same failure, that nothing was written, and nothing is half-done. */
export async function expectTold(
  app: TestApp,
  id: string,
  { code, sentence, fix }: Told,
  outcome: AttemptView['outcome'] = 'failed',
): Promise<void> {
  const before = app.store.journal.history(id, 100).length;
  const ledger = app.store.records.get(id)?.ledger ?? null;
  expect(await app.sync([id])).toMatchObject({ phase: 'done', total: 1, done: 1, written: 0, attention: 1 });
  const said = {
    code,
    sentence: expect.stringMatching(sentence),
    fix: expect.stringMatching(fix),
  };
  expect(await app.record(id)).toMatchObject({ status: 'failed', ...said });
  expect(await app.lastAttempt(id)).toMatchObject({ outcome, ...said });
  expect(app.store.journal.history(id, 100)).toHaveLength(before + 1);
  expect(app.store.records.get(id)?.ledger ?? null).toEqual(ledger);
  expect(app.store.journal.openIntents()).toEqual([]);
}
