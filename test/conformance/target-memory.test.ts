import { memoryFailure } from '../support/memory-calls.ts';
import { memorySecrets } from '../support/memory-target.ts';
import { describeTarget } from './target.ts';
import type { TargetBed } from './target-bed.ts';

describeTarget('the memory store', async (): Promise<TargetBed> => {
  const store = memorySecrets();
  const { hooks } = store;
  const now = () => Date.UTC(2026, 0, 1);

  /** Steps in once, at the next call of an operation. */
  function once(when: 'before' | 'after', operation: string, act: () => void | Promise<void>) {
    hooks[when] = (call) => {
      if (call.operation !== operation) return undefined;
      hooks[when] = undefined;
      return act();
    };
  }

  return {
    open: async (rights) => store.open(rights),
    held(name) {
      const secret = store.secrets.get(name);
      if (!secret) return undefined;
      const { versions, current, tags } = secret;
      return { value: versions.get(current) ?? '', versions: versions.size, tags };
    },
    putOutside: (name, value) => void store.putOutside(name, value),
    tagOutside: store.tagOutside,
    removeOutside: store.removeOutside,
    throttleNext(operation, retryAfter) {
      const ms = typeof retryAfter === 'string' ? Date.parse(retryAfter) - now() : (retryAfter ?? Number.NaN) * 1000;
      once('before', operation, () => {
        throw memoryFailure('throttled', 'memory-throttled', Number.isNaN(ms) ? {} : { retryAfterMs: ms });
      });
    },
    loseNextWrite() {
      once('after', 'write', () => {
        throw memoryFailure('network', 'connection-lost');
      });
    },
    holdNext(operation) {
      let told = () => {};
      const arrived = new Promise<void>((resolve) => {
        told = resolve;
      });
      once('before', operation, () => {
        told();
        return new Promise(() => {});
      });
      return () => arrived;
    },
    asked: () => store.made.map(({ operation }) => operation),
    clearAsked: () => void store.made.splice(0),
    valueReads: ['read'],
    now,
    close: async () => {},
  };
});
