import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isWell } from '../../main/domain/check.ts';
import { type EngineBed, openEngineBed, settle } from '../support/engine-bed.ts';

const names = ['a', 'b', 'c'] as const;

/** What may have happened to one record's source or target since it was synced. */
const edit = fc.record({
  name: fc.constantFrom(...names),
  what: fc.constantFrom(
    'nothing',
    'source set',
    'source tagged',
    'source disabled',
    'source deleted',
    'target edited',
    'target deleted',
    'target scheduled for deletion',
    'target untagged',
    'target taken by another',
    'excluded',
  ),
});

function apply(bed: EngineBed, { name, what }: { name: string; what: string }, nth: number, gone: Set<string>): void {
  // What was deleted from the vault is not changed any more.
  if (what.startsWith('source') && gone.has(name)) return;
  const target = bed.secrets.secrets.get(bed.targetOf(name));
  const isThere = target !== undefined && !target.pendingDeletion;
  bed.clock.time += 5_000;
  switch (what) {
    case 'source set':
      bed.vaults.set('kv', name, `newer ${nth}`);
      break;
    case 'source tagged':
      bed.vaults.update('kv', name, { tags: { nth: `${nth}` } });
      break;
    case 'source disabled':
      bed.vaults.update('kv', name, { enabled: false });
      break;
    case 'source deleted':
      bed.vaults.remove('kv', name);
      gone.add(name);
      break;
    case 'excluded':
      bed.exclusions.push(`name:${name}`);
      break;
    case 'target edited':
      if (isThere) bed.secrets.putOutside(bed.targetOf(name), `theirs ${nth}`);
      break;
    case 'target deleted':
      if (target) bed.secrets.removeOutside(bed.targetOf(name), 'for-good');
      break;
    case 'target scheduled for deletion':
      if (isThere) bed.secrets.removeOutside(bed.targetOf(name), 'recoverably');
      break;
    case 'target untagged':
      if (target) target.tags = {};
      break;
    case 'target taken by another':
      if (isThere) bed.secrets.tagOutside(bed.targetOf(name), { 'certifyclouds:record': 'another' });
      break;
  }
}

it('a check says of every record what a sync then finds, and writes nothing itself', { timeout: 60_000 }, async () => {
  const scenario = fc.record({
    service: fc.constantFrom('secretsmanager' as const, 'parameterstore' as const, 'secretmanager' as const),
    policy: fc.constantFrom('alert' as const, 'skip' as const, 'overwrite' as const),
    deletions: fc.constantFrom('keep' as const, 'follow' as const),
    values: fc.boolean(),
    edits: fc.array(edit, { maxLength: 5 }),
  });
  await fc.assert(
    fc.asyncProperty(scenario, async ({ service, policy, deletions, values, edits }) => {
      const bed = openEngineBed();
      try {
        Object.assign(bed, { service, policy, deletions });
        const ids = names.map((name) => {
          bed.vaults.set('kv', name, `value of ${name}`);
          return bed.add(name);
        });
        await bed.sync(...ids);
        const gone = new Set<string>();
        for (const [nth, one] of edits.entries()) apply(bed, one, nth, gone);
        const before = bed.secrets.made.length;
        const { id } = await bed.checker().start(null, values, 'user');
        while (bed.checker().active()) await settle(1);
        const calls = bed.secrets.made.slice(before).map(({ operation }) => operation);
        expect(calls.filter((call) => !['inspect', 'overviewPage', 'holds'].includes(call))).toEqual([]);
        const rows = new Map(bed.store.checks.rows(id, { after: 0, limit: 10 }).map((row) => [row.recordId, row]));
        const shown = ids.map((one) => bed.row(one));
        await bed.sync(...ids);
        for (const [index, one] of ids.entries()) {
          const { status, conflictSeen } = shown[index] ?? bed.row(one);
          const { verdict } = rows.get(one) ?? { verdict: 'failed' as const };
          const [outcome] = bed.outcomes(one);
          const after = bed.row(one);
          const context = JSON.stringify({ verdict, status, outcome, after: after.status });
          if (isWell(verdict)) expect(['unchanged', 'excluded', 'kept'], context).toContain(outcome);
          else expect(outcome, context).not.toBe('excluded');
          if (status.status === 'failed') {
            expect([after.status.code, after.conflictSeen], context).toEqual([status.code, conflictSeen]);
          }
          if (status.status === 'synced') expect(outcome, context).toBe('unchanged');
          // What the next sync was said to do, it did: written, removed, or found to need no write after all.
          if (status.status === 'pending') expect(['synced', 'unchanged', 'deleted'], context).toContain(outcome);
        }
      } finally {
        bed.close();
      }
    }),
    { numRuns: 60 },
  );
});
