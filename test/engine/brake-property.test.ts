import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openEngineBed } from '../support/engine-bed.ts';
import { calm, faultsAt, play } from '../support/faults.ts';

const day = 24 * 3_600_000;

describe('the brake, whatever happens', () => {
  const count = 14;
  const some = fc.uniqueArray(fc.nat({ max: count - 1 }), { minLength: 1, maxLength: count });
  const step = fc.oneof(
    fc.record({ do: fc.constantFrom('delete' as const, 'recover' as const), some }),
    fc.record({
      do: fc.constant('sync' as const),
      some,
      faults: fc.array(faultsAt('describe', 'listPage', 'inspect', 'remove', 'openIntent', 'finish'), { maxLength: 3 }),
    }),
    fc.record({ do: fc.constant('wait' as const), hours: fc.integer({ min: 1, max: 20 }) }),
  );

  it('never lets more than ten go within a day', { timeout: 60_000 }, async () => {
    let rounds = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 12 }), async (steps) => {
        rounds += 1;
        const bed = openEngineBed();
        try {
          bed.deletions = 'follow';
          bed.vaults.set('kv', 'stays', 'x');
          const names = Array.from({ length: count }, (_, n) => `s-${n}`);
          for (const name of names) bed.vaults.set('kv', name, name);
          const ids = names.map((name) => bed.add(name));
          await bed.sync(...ids);
          const removals: number[] = [];
          const before = new Map<string, number>();
          const effect = (operation: string, target: string) => {
            const deletions = bed.secrets.secrets.get(target)?.deletions ?? 0;
            if (operation === 'remove' && deletions > (before.get(target) ?? 0)) removals.push(bed.clock.time);
            before.set(target, deletions);
          };
          for (const one of steps) {
            if (one.do === 'wait') bed.clock.time += one.hours * 3_600_000;
            else if (one.do === 'sync') {
              play(bed, one.faults, effect);
              await bed.sync(...one.some.map((n) => ids[n] ?? ''));
              calm(bed);
            } else
              for (const n of one.some) {
                if (one.do === 'delete') bed.vaults.remove('kv', names[n] ?? '');
                else bed.vaults.recover('kv', names[n] ?? '');
              }
          }
          for (const at of removals)
            expect(removals.filter((other) => other <= at && other > at - day).length).toBeLessThanOrEqual(10);
        } finally {
          bed.close();
        }
      }),
      { numRuns: 60, interruptAfterTimeLimit: 15_000, markInterruptAsFailure: false },
    );
    expect(rounds).toBeGreaterThan(5);
  });
});
