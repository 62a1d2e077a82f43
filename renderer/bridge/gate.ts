/** Clock and timer, handed in so that tests can turn the time by hand. */
interface Timing {
  now(): number;
  /** @returns a function that calls the timer off */
  after(milliseconds: number, run: () => void): () => void;
}

interface Gate<K> {
  /** Lets `keys` through now, or as soon as each one's gap is over; marks that arrive meanwhile are one. */
  mark(keys: readonly K[]): void;
  close(): void;
}

/**
 * Lets each key through at once and then at most once per gap, never losing the last mark.
 * @param gapOf milliseconds to leave between two passages of a key, asked at each passage
 * @param pass called with every key that is let through at the same moment
 */
export function createGate<K>(
  gapOf: (key: K) => number,
  pass: (keys: ReadonlySet<K>) => void,
  timing: Timing,
): Gate<K> {
  const openAt = new Map<K, number>();
  const waiting = new Map<K, () => void>();

  function letThrough(keys: ReadonlySet<K>): void {
    for (const key of keys) openAt.set(key, timing.now() + gapOf(key));
    pass(keys);
  }

  return {
    mark(keys) {
      const ready = new Set<K>();
      for (const key of keys) {
        if (waiting.has(key)) continue;
        const wait = (openAt.get(key) ?? 0) - timing.now();
        if (wait <= 0) {
          ready.add(key);
          continue;
        }
        const callOff = timing.after(wait, () => {
          waiting.delete(key);
          letThrough(new Set([key]));
        });
        waiting.set(key, callOff);
      }
      if (ready.size > 0) letThrough(ready);
    },
    close() {
      for (const callOff of waiting.values()) callOff();
      waiting.clear();
    },
  };
}
