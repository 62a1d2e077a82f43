import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Scheduler } from '../../main/scheduler/index.ts';
import { type EngineBed, gate, openEngineBed, settle } from '../support/engine-bed.ts';
import { memoryFailure } from '../support/memory-calls.ts';
import { scheduleOn } from './real-runs.ts';

const minute = 60_000;
const hour = 60 * minute;

/** Where a scheduled sync has got to when the machine falls asleep. */
const moments = [
  ['while the vault is asked', 'vaults', 'describe', 'before'],
  ['before the value is read', 'vaults', 'read', 'before'],
  ['before the write takes effect', 'secrets', 'write', 'before'],
  ['after the write took effect', 'secrets', 'write', 'after'],
] as const;
/** What the clock shows when it goes on, against what it showed before. */
const jumps = [
  ['a moment later', 0],
  ['an hour later', hour],
  ['a night later', 9 * hour],
  ['a month later', 30 * 24 * hour],
  ['an hour earlier', -hour],
  ['three hours earlier', -3 * hour],
] as const;

// One service whose versions are the writer's keys, and one that counts them and has no key to repeat a write with.
describe.each(['secretsmanager', 'secretmanager'] as const)('a machine asleep in mid-sync to %s', (service) => {
  let bed: EngineBed;
  let scheduler: Scheduler;
  let id: string;
  beforeEach(() => {
    bed = openEngineBed();
    bed.service = service;
    bed.vaults.set('kv', 'api-key', 'first');
    id = bed.add('api-key', { schedule: { kind: 'every', hours: 1 } });
    bed.store.records.setNextRuns([{ id, at: bed.clock.time }], bed.clock.time);
    scheduler = scheduleOn(bed);
  });
  afterEach(() => {
    scheduler.stop();
    expect(bed.firstBadAudit()).toBeNull();
    bed.close();
  });

  const ended = async () => {
    for (let turn = 0; turn < 2_000 && bed.engine().active().length > 0; turn++) await settle(1);
    expect(bed.engine().active()).toEqual([]);
  };
  /** Time goes by with its heartbeats. @returns how many runs were started */
  const pass = async (ms: number) => {
    const before = bed.store.journal.runs(100).length;
    for (const end = bed.clock.time + ms; bed.clock.time < end; ) {
      bed.clock.time += minute;
      await scheduler.beat();
      await ended();
    }
    return bed.store.journal.runs(100).length - before;
  };

  for (const [where, place, operation, moment] of moments)
    it.each(jumps)(`${where}, that wakes up %s: goes on, catches up once at most, and writes once`, async (_, jump) => {
      const { passed, open } = gate();
      let asleep = false;
      bed[place].hooks[moment] = async (call) => {
        if (call.operation !== operation || asleep) return;
        asleep = true;
        await passed;
        // Whoever slept finds its connections cut.
        throw memoryFailure('network', 'connection-reset');
      };
      await scheduler.beat();
      for (let turn = 0; turn < 500 && !asleep; turn++) await settle(1);
      expect(asleep).toBe(true);

      bed.clock.time += jump;
      // The heartbeats that were missed may come at once, and one for waking up.
      for (let beats = 0; beats < 5; beats++) await scheduler.beat();
      expect(bed.store.journal.runs(100)).toHaveLength(1);
      open();
      await ended();

      // Nothing is made up for run by run: what was cut off is tried again, and then the schedule goes on.
      expect(await pass(30 * minute)).toBeLessThanOrEqual(1);
      expect(await pass(3 * hour)).toBeGreaterThanOrEqual(2);
      expect(bed.row(id)).toMatchObject({ status: { status: 'synced' }, conflictSeen: null });
      expect([bed.held('api-key'), bed.versions('api-key')]).toEqual(['first', 1]);
      expect(bed.store.journal.openIntents()).toEqual([]);
    });
});
