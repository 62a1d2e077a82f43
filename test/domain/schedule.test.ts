import { describe, expect, it } from 'vitest';
import { nextRunAt } from '../../main/domain/schedule.ts';

const hour = 3_600_000;

describe('next run', () => {
  it('never comes for a manual record', () => {
    expect(nextRunAt({ kind: 'manual' }, 1_000, 0)).toBeNull();
  });

  it.each([1, 6, 24] as const)('is %i hours on without jitter', (hours) => {
    expect(nextRunAt({ kind: 'every', hours }, 5 * hour, 0)).toBe(5 * hour + hours * hour);
  });

  it('is pulled forward by at most a twentieth of the interval', () => {
    expect(nextRunAt({ kind: 'every', hours: 1 }, 0, 0.999_999)).toBeGreaterThanOrEqual(0.95 * hour);
    expect(nextRunAt({ kind: 'every', hours: 1 }, 0, 0.5)).toBe(0.975 * hour);
  });

  it('is counted from now, so that runs missed during sleep are not made up one by one', () => {
    const wokeUp = 100 * hour;
    expect(nextRunAt({ kind: 'every', hours: 1 }, wokeUp, 0)).toBe(101 * hour);
  });
});
