/**
 * Runs in a process of its own: `<what> <folder> [argument]`.
 * - `kill`: enters batches of outcomes, and is killed inside the transaction of the one given.
 * - `hold`: opens the store, says so and waits to be killed.
 * - `write`: enters batches until something fails, and says what.
 */
import { Failure } from '../../main/domain/failure.ts';
import { openStore } from '../../main/store/index.ts';
import type { Outcome } from '../../main/store/ports.ts';
import { epoch, idOf, outcomeOf } from './builders.ts';

const [what, folder = '', argument = ''] = process.argv.slice(2);
const names = Array.from({ length: 20 }, (_, n) => `secret-${n}`);

function batch(number: number): Outcome[] {
  return names.map((name) => {
    const outcome = outcomeOf(idOf(name));
    return { ...outcome, attempt: { ...outcome.attempt, durationMs: number } };
  });
}

/** A batch whose outcome in the middle ends the process as soon as the store reads it. */
function deadlyBatch(number: number): Outcome[] {
  return batch(number).map((outcome, index) =>
    index === 10
      ? Object.defineProperty({ ...outcome }, 'attempt', {
          get: () => {
            process.kill(process.pid, 'SIGKILL');
            return outcome.attempt;
          },
        })
      : outcome,
  );
}

try {
  const { store } = openStore(folder, { now: () => epoch });
  process.stdout.write('open\n');
  if (what === 'kill') {
    for (let n = 0; n < Number(argument); n += 1) store.journal.finish(batch(n));
    store.journal.finish(deadlyBatch(Number(argument)));
  }
  if (what === 'hold') setInterval(() => {}, 60_000);
  if (what === 'write') {
    for (let n = 0; n < 200; n += 1) {
      store.journal.finish(batch(n));
      process.stdout.write(`entered ${n}\n`);
    }
  }
} catch (error) {
  process.stdout.write(`${error instanceof Failure ? error.detail.code : 'not a Failure'}\n`);
}
