import { PerformanceObserver, performance } from 'node:perf_hooks';

/** Something done in one go, without the event loop getting its turn. Times are `performance.now()`. */
interface Spell {
  readonly name: string;
  readonly from: number;
  readonly milliseconds: number;
}

/** How long the event loop kept others waiting, in milliseconds. */
export interface Blocked {
  /** What asks at a random moment waits no longer than this 99 times out of 100. */
  readonly p99: number;
  readonly longest: number;
  /** What was done in the longest block, as far as anybody told. */
  readonly longestWas: string;
  /** Blocks of more than 20 ms. */
  readonly long: number;
  /** What took most of the time in these, with how many. */
  readonly longWere: string;
}

export interface LoopWatch {
  /** Tells that something was done in one go from then (`performance.now()`) until now. */
  tell(name: string, from: number): void;
  stop(): Blocked;
}

interface Gap {
  readonly until: number;
  readonly milliseconds: number;
}

interface Sum {
  readonly milliseconds: number;
  readonly count: number;
}

/** Shorter ones are not remembered. */
const worthTelling = 1;
const longMs = 20;
const unwatched = 'nothing that was watched';

/**
 * Watches the event loop of this process: a timer that is due each millisecond tells how long it had to wait. Unlike the
 * percentiles of `monitorEventLoopDelay`, in which a block of a second counts once, as does one of a millisecond, each counts
 * here for as long as it lasts.
 */
export function watchLoop(): LoopWatch {
  const gaps: Gap[] = [];
  const spells: Spell[] = [];
  const collections = new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries())
      if (duration > worthTelling) spells.push({ name: 'garbage collection', from: startTime, milliseconds: duration });
  });
  collections.observe({ entryTypes: ['gc'] });
  const startedAt = performance.now();
  let last = startedAt;
  const timer = setInterval(() => {
    const now = performance.now();
    gaps.push({ until: now, milliseconds: now - last - 1 });
    last = now;
  }, 1);
  return {
    tell(name, from) {
      const milliseconds = performance.now() - from;
      if (milliseconds > worthTelling) spells.push({ name, from, milliseconds });
    },
    stop() {
      clearInterval(timer);
      collections.disconnect();
      const long = gaps.filter(({ milliseconds }) => milliseconds > longMs);
      const [longest] = gaps.toSorted((a, b) => b.milliseconds - a.milliseconds);
      const blocks = gaps.map(({ milliseconds }) => milliseconds);
      return {
        p99: waitOf(blocks, performance.now() - startedAt),
        longest: longest?.milliseconds ?? 0,
        longestWas: longest ? worded(within(spells, longest)) : '',
        long: long.length,
        longWere: worded(mostOf(spells, long)),
      };
    },
  };
}

/** The wait that a hundredth of all moments exceeds: at x ms before a block's end, x ms are left to wait. */
export function waitOf(blocks: readonly number[], total: number): number {
  let low = 0;
  let high = blocks.reduce((a, b) => Math.max(a, b), 0);
  while (high - low > 0.05) {
    const middle = (low + high) / 2;
    const longer = blocks.reduce((sum, block) => sum + Math.max(0, block - middle), 0);
    if (longer > total / 100) low = middle;
    else high = middle;
  }
  return high;
}

/** What was done in a block, by name. */
function within(spells: readonly Spell[], { until, milliseconds: length }: Gap): Map<string, Sum> {
  const sums = new Map<string, Sum>();
  for (const { name, from, milliseconds } of spells) {
    if (from >= until || from + milliseconds <= until - length - 1) continue;
    const sum = sums.get(name) ?? { milliseconds: 0, count: 0 };
    sums.set(name, { milliseconds: sum.milliseconds + milliseconds, count: sum.count + 1 });
  }
  return sums;
}

/** Of each block, what took most of it. */
function mostOf(spells: readonly Spell[], blocks: readonly Gap[]): Map<string, Sum> {
  const sums = new Map<string, Sum>();
  for (const block of blocks) {
    const inside = [...within(spells, block)].sort(([, a], [, b]) => b.milliseconds - a.milliseconds);
    const name = inside[0]?.[0] ?? unwatched;
    const sum = sums.get(name) ?? { milliseconds: 0, count: 0 };
    sums.set(name, { milliseconds: sum.milliseconds + block.milliseconds, count: sum.count + 1 });
  }
  return sums;
}

function worded(sums: ReadonlyMap<string, Sum>): string {
  const told = [...sums].sort(([, a], [, b]) => b.milliseconds - a.milliseconds).slice(0, 6);
  return (
    told.map(([name, { milliseconds, count }]) => `${count} ${name} (${milliseconds.toFixed(0)} ms)`).join(', ') ||
    unwatched
  );
}
