import { Failure, type FailureKind } from '../../main/domain/failure.ts';

/** One call to a memory source or target, as the hooks see it. */
interface MemoryCall {
  readonly operation: string;
  /** The vault, secret or target it is about; '' for everything. */
  readonly subject: string;
  /** How many calls of this operation there have been, this one included. */
  readonly count: number;
}

/**
 * Where a test can step in. Both may throw what the call shall fail with, and may take their time.
 */
interface MemoryHooks {
  /** Before the call takes effect: throwing refuses it. */
  before?: ((call: MemoryCall) => void | Promise<void>) | undefined;
  /** After it took effect: throwing loses the reply. */
  after?: ((call: MemoryCall) => void | Promise<void>) | undefined;
}

/** Every call that was made, and the hooks around each. */
export interface MemoryCalls {
  readonly hooks: MemoryHooks;
  readonly made: MemoryCall[];
  /** How many calls of an operation were made. */
  count(operation: string): number;
  /** Runs one call: aborts if the signal is, then hooks around `effect`. */
  run<T>(operation: string, subject: string, signal: AbortSignal, effect: () => T): Promise<T>;
}

export function memoryCalls(): MemoryCalls {
  const hooks: MemoryHooks = {};
  const made: MemoryCall[] = [];
  const count = (operation: string) => made.filter((call) => call.operation === operation).length;
  return {
    hooks,
    made,
    count,
    async run(operation, subject, signal, effect) {
      const call = { operation, subject, count: count(operation) + 1 };
      made.push(call);
      await givenUp(signal, async () => hooks.before?.(call));
      const result = effect();
      await givenUp(signal, async () => hooks.after?.(call));
      return result;
    },
  };
}

/** Waits for `work`, or fails as soon as the caller gives up. */
async function givenUp(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  const cancelled = () => memoryFailure('cancelled', 'cancelled');
  if (signal.aborted) throw cancelled();
  await new Promise<void>((resolve, reject) => {
    const stop = () => reject(cancelled());
    signal.addEventListener('abort', stop, { once: true });
    work()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', stop));
  });
}

/** A Failure as a memory cloud words it. */
export function memoryFailure(kind: FailureKind, code: string, more: { readonly retryAfterMs?: number } = {}): Failure {
  return new Failure({ kind, code, sentence: `The memory cloud says ${code}.`, fix: 'Change the test.', ...more });
}
