import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { consentTo } from '../../main/domain/decision.ts';
import { conflictPolicies, deletionPolicies } from '../../main/domain/record.ts';
import { patience } from '../conformance/outcome.ts';
import { type EngineBed, openEngineBed } from '../support/engine-bed.ts';
import { calm, faultsAt, play } from '../support/faults.ts';

const day = 24 * 3_600_000;

const fault = faultsAt(
  ...['describe', 'listPage', 'read', 'inspect', 'write', 'shell', 'tag', 'holds', 'remove', 'restore'],
  ...['openIntent', 'sealIntent', 'onDisk', 'finish'],
);
const secret = fc.nat({ max: 2 });
const oneOf = <T extends string>(...words: T[]) => fc.record({ do: fc.constantFrom(...words), secret });
const faults = fc.array(fault, { maxLength: 4 });
const command = fc.oneof(
  // A source that goes, or comes back, and a sync that finds out, whatever goes wrong in it.
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('vanish' as const, 'return' as const), secret, faults }) },
  { weight: 4, arbitrary: oneOf('set') },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('tag' as const), secret, tag: fc.constantFrom('a', 'b', 'c') }) },
  { weight: 2, arbitrary: oneOf('disable', 'enable', 'exclude', 'include') },
  { weight: 3, arbitrary: oneOf('delete', 'recover') },
  {
    weight: 3,
    arbitrary: oneOf('foreign-put', 'foreign-same', 'foreign-delete', 'foreign-purge', 'foreign-untag', 'foreign-tag'),
  },
  { weight: 3, arbitrary: oneOf('overwrite', 'adopt', 'keep') },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('settings' as const),
      policy: fc.constantFrom(...conflictPolicies),
      deletions: fc.constantFrom(...deletionPolicies),
    }),
  },
  {
    weight: 9,
    arbitrary: fc.record({ do: fc.constant('sync' as const), faults }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(100, 900, 5_000, 3 * 3_600_000) }),
  },
);
const history = fc.record({
  policy: fc.constantFrom(...conflictPolicies),
  deletions: fc.constantFrom<(typeof deletionPolicies)[number]>('follow', 'follow', 'keep'),
  commands: fc.array(command, { minLength: 1, maxLength: 16 }),
});

// One service whose versions are the writer's keys, and one that counts them and has no key to repeat a write with.
describe.each(['secretsmanager', 'secretmanager'] as const)('whatever happens, to %s', (service) => {
  let bed: EngineBed;
  let round = 0;
  beforeAll(() => {
    bed = openEngineBed();
    bed.service = service;
    bed.vaults.set('kv', 'stays', 'so that the vault is never empty');
  });
  afterAll(() => bed.close());

  /** What three records and their secrets went through, and what can be expected of them. */
  class World {
    readonly names = [0, 1, 2].map((n) => `p${round}-${n}`);
    readonly ids: string[];
    /** What the source holds, if it is there. */
    readonly source = new Map<string, { value: string; enabled: boolean; tags: Record<string, string> }>();
    readonly deleted = new Map<string, { value: string; enabled: boolean; tags: Record<string, string> }>();
    /** How often somebody else has touched a target: writing the same again over that is no double. */
    readonly touched = new Map<string, number>();
    readonly excluded = new Set<string>();
    /** Records that a person decided about at some time. */
    readonly keptOnce = new Set<string>();
    readonly writes: string[] = [];
    readonly wrong: string[] = [];
    readonly #known = new Set<string>();
    /**
     * The tags of targets that were made and not filled in the same attempt. Of those that are gone from the source by the time it is
     * filled nothing remembers that they are on it, so they stay: no value is wrong by it.
     */
    readonly #shells = new Map<string, string[]>();
    /** Versions that somebody else wrote, and no person has adopted. */
    readonly #foreign = new Set<string>();
    #values = 0;

    constructor() {
      for (const name of this.names) this.put(name, { value: `value ${++this.#values}` });
      this.ids = this.names.map((name) => bed.add(name));
    }

    readonly effect = (operation: string, target: string): void => {
      const name = target.slice(bed.targetOf('').length);
      const held = bed.secrets.secrets.get(target);
      if (operation === 'remove') {
        if (this.source.has(name)) this.wrong.push(`${name} was removed though its source is there`);
        if (bed.deletions !== 'follow') this.wrong.push(`${name} was removed though nobody wanted it`);
        if (this.excluded.has(name)) this.wrong.push(`${name} was removed though it is excluded`);
        if (this.#foreign.has(`${held?.id} ${held?.current}`))
          this.wrong.push(`${name} was removed though it is not ours`);
      }
      if (operation === 'shell') this.#shells.set(name, Object.keys(held?.tags ?? {}));
      if (operation !== 'write') return;
      if (this.excluded.has(name)) this.wrong.push(`${name} was written though it is excluded`);
      for (const version of held?.versions.keys() ?? []) {
        if (this.#known.has(`${held?.id} ${version}`)) continue;
        this.#known.add(`${held?.id} ${version}`);
        this.writes.push(`${name} ${this.source.get(name)?.value} ${this.touched.get(name) ?? 0}`);
      }
    };

    put(name: string, change: Partial<{ value: string; enabled: boolean; tags: Record<string, string> }>): void {
      const now = { value: '', enabled: true, tags: {}, ...this.source.get(name), ...change };
      this.source.set(name, now);
      const props = { enabled: now.enabled, tags: now.tags };
      if (change.value === undefined) bed.vaults.update('kv', name, props);
      else bed.vaults.set('kv', name, now.value, props);
    }

    async do(one: (typeof history extends fc.Arbitrary<infer H> ? H : never)['commands'][number]): Promise<void> {
      if (one.do === 'wait') bed.clock.time += one.ms;
      else if (one.do === 'settings') Object.assign(bed, { policy: one.policy, deletions: one.deletions });
      else if (one.do === 'sync' || one.do === 'vanish' || one.do === 'return') {
        if (one.do !== 'sync') this.#edit(one.do === 'vanish' ? 'delete' : 'recover', this.names[one.secret] ?? '', '');
        play(bed, one.faults, this.effect);
        await bed.sync(...this.ids);
        calm(bed);
      } else {
        const name = this.names[one.secret] ?? '';
        if (one.do.startsWith('foreign')) this.#touch(one.do, name);
        else if (one.do === 'overwrite' || one.do === 'adopt' || one.do === 'keep') await this.#decide(one.do, name);
        else this.#edit(one.do, name, 'tag' in one ? one.tag : '');
      }
    }

    #edit(what: string, name: string, tag: string): void {
      const now = this.source.get(name);
      const before = this.deleted.get(name);
      if (what === 'set') this.put(name, { value: `value ${++this.#values}` });
      if (what === 'exclude') this.excluded.add(name);
      if (what === 'include') this.excluded.delete(name);
      bed.exclusions = [...this.excluded].map((one) => `name:${one}`);
      if (what === 'recover' && !now && before) {
        this.source.set(name, before);
        bed.vaults.recover('kv', name);
      }
      if (!now) return;
      if (what === 'tag') this.put(name, { tags: { [tag]: `${this.#values}` } });
      if (what === 'disable') this.put(name, { enabled: false });
      if (what === 'enable') this.put(name, { enabled: true });
      if (what === 'delete') {
        this.deleted.set(name, now);
        this.source.delete(name);
        bed.vaults.remove('kv', name);
      }
    }

    #touch(what: string, name: string): void {
      const target = bed.targetOf(name);
      const held = bed.secrets.secrets.get(target);
      if (!held || (held.pendingDeletion && what !== 'foreign-purge')) return;
      this.touched.set(name, (this.touched.get(name) ?? 0) + 1);
      const mine = this.source.get(name)?.value ?? 'foreign';
      if (what === 'foreign-put' || what === 'foreign-same') {
        const version = bed.secrets.putOutside(target, what === 'foreign-put' ? 'foreign' : mine);
        this.#known.add(`${bed.secrets.secrets.get(target)?.id} ${version}`);
        if (what === 'foreign-put') this.#foreign.add(`${held.id} ${version}`);
      }
      if (what === 'foreign-delete') bed.secrets.removeOutside(target);
      if (what === 'foreign-purge') bed.secrets.removeOutside(target, 'for-good');
      if (what === 'foreign-tag') bed.secrets.tagOutside(target, { theirs: 'x' });
      if (what === 'foreign-untag') held.tags = {};
    }

    async #decide(choice: 'overwrite' | 'adopt' | 'keep', name: string): Promise<void> {
      const id = this.idOf(name);
      const { conflictSeen } = bed.row(id);
      if (conflictSeen === null) return;
      if (choice !== 'keep') return bed.store.records.setConsent(id, consentTo(choice, conflictSeen));
      this.keptOnce.add(name);
      // It may not be as it was when the record was last looked at.
      await bed
        .engine()
        .keep(id, conflictSeen, patience())
        .catch(({ detail }: { detail: { code: string } }) =>
          expect(['seen-changed', 'source-disabled', 'target-pending-deletion']).toContain(detail.code),
        );
    }

    idOf(name: string): string {
      return this.ids[this.names.indexOf(name)] ?? '';
    }

    /** After faults stopped and two syncs passed: whatever differs has a reason that is not ours. */
    explain(name: string): void {
      const row = bed.row(this.idOf(name));
      const { status, code } = row.status;
      const source = this.source.get(name);
      const touched = this.touched.has(name);
      const context = `${name}: ${status} ${code}`;
      if (this.excluded.has(name)) return void expect(code, context).toBe('excluded');
      if (code === 'kept') return void expect(this.keptOnce.has(name), context).toBe(true);
      if (!source) {
        const follows = bed.deletions === 'follow' && row.ledger !== null;
        const wanted = !follows && row.ledger?.removedAt == null ? ['source-missing'] : ['deleted'];
        expect(touched ? [...wanted, 'source-missing', 'delete-changed', 'deleted'] : wanted, context).toContain(code);
        return;
      }
      if (!source.enabled) return void expect(code, context).toBe('source-disabled');
      if (status !== 'synced') {
        expect(touched, context).toBe(true);
        expect(row.conflictSeen, context).not.toBeNull();
        return;
      }
      expect(bed.held(name), context).toBe(source.value);
      const stay = ['theirs', ...(this.#shells.get(name) ?? []).filter((key) => !Object.hasOwn(source.tags, key))];
      const held = Object.entries(bed.secrets.secrets.get(bed.targetOf(name))?.tags ?? {});
      const tags = Object.fromEntries(held.filter(([key]) => key.startsWith('certifyclouds') || !stay.includes(key)));
      const marks = { 'certifyclouds:record': row.record.id, 'certifyclouds:source': `kv/${name}` };
      expect(tags, context).toEqual({ ...source.tags, ...marks });
    }
  }

  const changing = ['write', 'shell', 'tag', 'remove', 'restore'];
  const changes = () => [...changing.map((operation) => bed.secrets.count(operation)), bed.vaults.count('read')];

  it('ends with targets as planned, writes only what changed, and removes only what may go', {
    timeout: 120_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(history, async ({ policy, deletions, commands }) => {
        round += 1;
        bed.clock.time += 2 * day;
        bed.exclusions = [];
        Object.assign(bed, { policy, deletions });
        const world = new World();
        for (const one of commands) await world.do(one);

        play(bed, [], world.effect);
        for (let n = 0; n < 2; n++) {
          bed.clock.time += 3 * 3_600_000;
          await bed.sync(...world.ids);
        }
        expect(bed.store.journal.openIntents()).toEqual([]);
        for (const name of world.names) world.explain(name);
        const before = changes();
        await bed.sync(...world.ids);
        expect(changes()).toEqual(before);

        // A person agrees where nothing but a person may decide; then nothing differs any more.
        for (let n = 0; n < 3; n++) {
          bed.clock.time += 3 * 3_600_000;
          for (const id of world.ids) {
            const { conflictSeen, status } = bed.row(id);
            if (conflictSeen !== null && status.code !== 'delete-changed')
              bed.store.records.setConsent(id, consentTo('overwrite', conflictSeen));
          }
          await bed.sync(...world.ids);
        }
        for (const name of world.names) {
          world.explain(name);
          const { status, code } = bed.row(world.idOf(name)).status;
          const isSettled = world.source.get(name)?.enabled && !world.excluded.has(name) && code !== 'kept';
          if (isSettled) expect(`${name} ${status}`).toBe(`${name} synced`);
        }
        calm(bed);
        expect(world.wrong).toEqual([]);
        expect(world.writes).toEqual([...new Set(world.writes)]);
      }),
      { numRuns: 400, interruptAfterTimeLimit: 20_000, markInterruptAsFailure: false },
    );
    expect(bed.firstBadAudit()).toBeNull();
    expect(round).toBeGreaterThan(20);
  });
});
