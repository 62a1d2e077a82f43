interface Timer {
  readonly at: number;
  readonly end: () => void;
}

/** Time that passes only when told to, and in which sleeps end in order. */
export interface VirtualTime {
  now(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** How many sleep. */
  sleeping(): number;
  /** Lets so many milliseconds pass, each sleep ending at its own instant. */
  pass(ms: number): Promise<void>;
  /** Puts the clock back or forth, as a person may. */
  set(time: number): void;
}

export function virtualTime(start = Date.UTC(2026, 10, 24, 10)): VirtualTime {
  let time = start;
  // What timers go by: no clock on the wall changes it.
  let passed = 0;
  const timers = new Set<Timer>();
  return {
    now: () => time,
    sleeping: () => timers.size,
    set(to) {
      time = to;
    },
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const timer = {
          at: passed + ms,
          end() {
            timers.delete(timer);
            signal?.removeEventListener('abort', stop);
            resolve();
          },
        };
        const stop = () => {
          timers.delete(timer);
          reject(signal?.reason);
        };
        signal?.addEventListener('abort', stop, { once: true });
        timers.add(timer);
      }),
    async pass(ms) {
      const until = passed + ms;
      for (;;) {
        await goOn();
        const next = [...timers].sort((a, b) => a.at - b.at)[0];
        if (!next || next.at > until) break;
        time += next.at - passed;
        passed = next.at;
        next.end();
      }
      time += until - passed;
      passed = until;
      await goOn();
    },
  };
}

/** Lets everything that can go on without time passing go on. */
async function goOn(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}
