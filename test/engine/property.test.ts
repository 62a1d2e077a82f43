import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FailureKind } from '../../main/domain/failure.ts';
import { diskFull, type EngineBed, openEngineBed, region } from '../support/engine-bed.ts';
import { memoryFailure } from '../support/memory-calls.ts';

interface Fault {
  readonly operation: string;
  readonly moment: 'before' | 'after';
  /** The how-manieth call of this operation from now. */
  readonly nth: number;
  readonly kind: FailureKind | 'kill' | 'disk';
}

const journalSteps: ReadonlySet<string> = new Set(['openIntent', 'sealIntent', 'finish']);

const secret = fc.nat({ max: 2 });
const edit = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('set' as const), secret }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('tag' as const), secret, tag: fc.constantFrom('a', 'b', 'c') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('disable' as const, 'enable' as const), secret }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete' as const), secret }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom('foreign-put' as const, 'foreign-delete' as const), secret }),
  },
);
const fault = fc.record({
  operation: fc.constantFrom('describe', 'read', 'inspect', 'write', 'tag', 'openIntent', 'sealIntent', 'finish'),
  moment: fc.constantFrom('before' as const, 'after' as const),
  nth: fc.integer({ min: 1, max: 3 }),
  kind: fc.constantFrom<Fault['kind']>('network', 'timeout', 'throttled', 'denied', 'bug', 'kill', 'disk'),
});
const sync = fc.record({ do: fc.constant('sync' as const), faults: fc.array(fault, { maxLength: 4 }) });
const wait = fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(100, 900, 5_000, 3 * 3_600_000) });
const history = fc.array(
  fc.oneof({ weight: 3, arbitrary: edit }, { weight: 3, arbitrary: sync }, { weight: 1, arbitrary: wait }),
  { minLength: 1, maxLength: 14 },
);

// One service whose versions are the writer's keys, and one that counts them and has no key to repeat a write with.
describe.each(['secretsmanager', 'secretmanager'] as const)('whatever happens, to %s', (service) => {
  let bed: EngineBed;
  let round = 0;
  beforeAll(() => {
    bed = openEngineBed();
    bed.policy = 'overwrite';
    bed.service = service;
  });
  afterAll(() => bed.close());

  function calm(): void {
    bed.storeHook = undefined;
    bed.vaults.hooks.before = bed.vaults.hooks.after = undefined;
    bed.secrets.hooks.before = undefined;
    bed.secrets.hooks.after = undefined;
  }

  /** Plays these faults on the next calls; `written` is told of each write that took effect. */
  function play(faults: readonly Fault[], written: (target: string) => void): void {
    const made = new Map<string, number>();
    const strike = (operation: string, moment: 'before' | 'after') => {
      const key = `${operation} ${moment}`;
      const count = (made.get(key) ?? 0) + 1;
      made.set(key, count);
      const hit = faults.find((one) => one.operation === operation && one.moment === moment && one.nth === count);
      if (!hit) return;
      // A refusal comes before the effect: what took effect can lose its answer, but is not refused afterwards.
      const refusal = hit.kind === 'denied' || hit.kind === 'throttled' || hit.kind === 'disk';
      if (moment === 'after' && refusal && !journalSteps.has(operation)) throw memoryFailure('network', 'played');
      if (hit.kind === 'kill') {
        bed.kill();
        throw new Error('killed');
      }
      throw hit.kind === 'disk'
        ? diskFull()
        : hit.kind === 'bug'
          ? new Error('unforeseen')
          : memoryFailure(hit.kind, 'played');
    };
    bed.storeHook = strike;
    bed.vaults.hooks.before = ({ operation }) => strike(operation, 'before');
    bed.vaults.hooks.after = ({ operation }) => strike(operation, 'after');
    bed.secrets.hooks.before = ({ operation }) => strike(operation, 'before');
    bed.secrets.hooks.after = ({ operation, subject }) => {
      if (operation === 'write') written(subject);
      strike(operation, 'after');
    };
  }

  it('ends with the target equal to the source, and no version written twice', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(history, async (commands) => {
        round += 1;
        const names = [0, 1, 2].map((n) => `p${round}-${n}`);
        const nameOf = (n: number) => names[n] ?? '';
        const { targetOf } = bed;
        let values = 0;
        /** What the source holds, if it is there. */
        const source = new Map<string, { value: string; enabled: boolean; tags: Record<string, string> }>();
        /** How often somebody else has touched a target: writing the same again over that is no double. */
        const touched = new Map<string, number>();
        const known = new Set<string>();
        const writes: string[] = [];
        const written = (target: string) => {
          const name = target.slice(targetOf('').length);
          const held = bed.secrets.secrets.get(target);
          for (const version of held?.versions.keys() ?? []) {
            if (known.has(`${held?.id} ${version}`)) continue;
            known.add(`${held?.id} ${version}`);
            writes.push(`${name} ${source.get(name)?.value} ${touched.get(name) ?? 0}`);
          }
        };
        const put = (
          name: string,
          change: Partial<{ value: string; enabled: boolean; tags: Record<string, string> }>,
        ) => {
          const now = { value: '', enabled: true, tags: {}, ...source.get(name), ...change };
          source.set(name, now);
          if (change.value !== undefined)
            bed.vaults.set('kv', name, now.value, { enabled: now.enabled, tags: now.tags });
          else bed.vaults.update('kv', name, { enabled: now.enabled, tags: now.tags });
        };
        for (const name of names) put(name, { value: `value ${++values}` });
        const ids = names.map((name) => bed.add(name));

        for (const command of commands) {
          if (command.do === 'wait') {
            bed.clock.time += command.ms;
          } else if (command.do === 'sync') {
            play(command.faults, written);
            await bed.sync(...ids);
            calm();
          } else {
            const name = nameOf(command.secret);
            const there = source.has(name);
            if (command.do === 'set') put(name, { value: `value ${++values}` });
            if (command.do === 'tag' && there) put(name, { tags: { [command.tag]: `${values}` } });
            if (command.do === 'disable' && there) put(name, { enabled: false });
            if (command.do === 'enable' && there) put(name, { enabled: true });
            if (command.do === 'delete' && there) {
              source.delete(name);
              bed.vaults.remove('kv', name);
            }
            if (command.do.startsWith('foreign') && bed.secrets.secrets.has(targetOf(name))) {
              touched.set(name, (touched.get(name) ?? 0) + 1);
              if (command.do === 'foreign-put') {
                const version = bed.secrets.putOutside(targetOf(name), 'foreign');
                known.add(`${bed.secrets.secrets.get(targetOf(name))?.id} ${version}`);
              } else bed.secrets.removeOutside(targetOf(name), 'for-good');
            }
          }
        }

        // Faults have stopped; a person agrees where nothing but a person may decide.
        play([], written);
        for (let n = 0; n < 3; n++) {
          bed.clock.time += 3 * 3_600_000;
          await bed.sync(...ids);
          for (const id of ids) {
            const { conflictSeen } = bed.row(id);
            if (conflictSeen !== null) bed.store.records.setConsent(id, conflictSeen);
          }
        }
        const reads = bed.vaults.count('read');
        const before = bed.secrets.count('write');
        await bed.sync(...ids);
        calm();

        expect(bed.vaults.count('read')).toBe(reads);
        expect(bed.secrets.count('write')).toBe(before);
        expect(bed.store.journal.openIntents()).toEqual([]);
        for (const [name, { value, enabled, tags }] of source) {
          const row = bed.row(ids[names.indexOf(name)] ?? '');
          if (!enabled) {
            expect(row.status.code).toBe('source-disabled');
            continue;
          }
          expect(row.status.status).toBe('synced');
          expect(bed.held(name, region)).toBe(value);
          const marks = { 'certifyclouds:record': row.record.id, 'certifyclouds:source': `kv/${name}` };
          expect(bed.secrets.secrets.get(targetOf(name))?.tags).toEqual({ ...tags, ...marks });
        }
        expect(writes).toEqual([...new Set(writes)]);
      }),
      { numRuns: 150, interruptAfterTimeLimit: 15_000, markInterruptAsFailure: false },
    );
    expect(bed.store.audit.verify()).toBeNull();
    expect(round).toBeGreaterThan(10);
  });
});
