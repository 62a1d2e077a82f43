import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from './deps.ts';

/** The machine's own clock, timers and randomness. */
export const systemClock: Clock = {
  now: () => Date.now(),
  random: () => Math.random(),
  sleep: (ms, signal) => sleep(ms, undefined, { signal }),
};
