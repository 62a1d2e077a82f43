import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type DiscoveryBed, openDiscoveryBed } from '../support/discovery-bed.ts';
import { memoryFailure } from '../support/memory-calls.ts';

/** Followed secrets, each on a page of its own of the vault's listing, among others that nobody copies. */
const followed = ['a-first', 'm-middle', 'z-last'] as const;
const others = Array.from({ length: 60 }, (_, n) => `${'bnx'[n % 3]}-${n}`);

const name = fc.constantFrom(...followed);
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('set' as const), name }) },
  fc.record({ do: fc.constantFrom('tag', 'disable', 'enable', 'remove', 'bring back'), name }),
  fc.record({ do: fc.constant('remove others' as const), from: fc.nat(59), to: fc.nat(59) }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(300, 1_000, 61_000, 2 * 3_600_000, -600_000) }),
  fc.record({ do: fc.constantFrom('pause', 'resume', 'restart', 'sync') }),
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('scan' as const),
      /** The page that fails, how often, and how; or what is changed between two pages. */
      fault: fc.option(
        fc.record({
          page: fc.integer({ min: 1, max: 3 }),
          times: fc.nat(8),
          kind: fc.constantFrom('network', 'denied'),
        }),
      ),
      between: fc.option(fc.record({ page: fc.integer({ min: 1, max: 3 }), name })),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

test('whatever happens to a vault and its listings, nothing is taken for deleted that is there, and each change is acted on once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
      const bed = openDiscoveryBed();
      try {
        await live(bed, steps);
      } finally {
        bed.close();
      }
    }),
    { numRuns: 60, endOnFailure: true },
  );
}, 120_000);

/** What is in the vault, as the test knows it. */
interface Secret {
  value: string;
  enabled: boolean;
  /** Values it had so far, each of which may become one version of the target. */
  changes: number;
}

async function live(bed: DiscoveryBed, steps: readonly Step[]): Promise<void> {
  const truth = new Map<string, Secret>();
  const changes = new Map<string, number>();
  let count = 0;
  const set = (secret: string) => {
    count += 1;
    const value = `${secret} ${count}`;
    changes.set(secret, (changes.get(secret) ?? 0) + 1);
    bed.vaults.set('kv', secret, value);
    truth.set(secret, { value, enabled: true, changes: changes.get(secret) ?? 0 });
  };
  const change = (secret: string, props: { enabled?: boolean; tags?: Record<string, string> }) => {
    const known = truth.get(secret);
    if (!known) return;
    bed.vaults.update('kv', secret, props);
    truth.set(secret, { ...known, enabled: props.enabled ?? known.enabled });
  };
  const remove = (secret: string) => {
    if (truth.delete(secret)) bed.vaults.remove('kv', secret);
  };
  for (const secret of [...followed, ...others]) set(secret);
  const ids = new Map(followed.map((secret) => [secret, bed.follower(secret)]));

  for (const one of steps) {
    switch (one.do) {
      case 'set':
        set(one.name);
        break;
      case 'tag':
        change(one.name, { tags: { turn: String(++count) } });
        break;
      case 'disable':
      case 'enable':
        change(one.name, { enabled: one.do === 'enable' });
        break;
      case 'remove':
        remove(one.name);
        break;
      case 'bring back':
        if (!truth.has(one.name)) set(one.name);
        break;
      case 'remove others':
        for (const secret of others.slice(one.from, one.to)) remove(secret);
        break;
      case 'wait':
        bed.clock.time += one.ms;
        break;
      case 'pause':
      case 'resume':
        bed.paused = one.do === 'pause';
        break;
      case 'restart':
        bed.reborn();
        break;
      case 'sync':
        await bed.sync(...ids.values());
        break;
      case 'scan':
        await faultyScan(bed, one, set, truth);
        break;
    }
  }

  // No more faults: an empty vault is believed the second time, and a date of one second needs a look later on, by a clock
  // that has come past what it was set back.
  bed.paused = false;
  for (let look = 0; look < 3; look++) {
    bed.clock.time += 3 * 3_600_000;
    await bed.scan();
  }
  for (const [secret, id] of ids) {
    const { status } = bed.row(id);
    const known = truth.get(secret);
    if (known?.enabled) expect([secret, bed.held(secret), status.status]).toEqual([secret, known.value, 'synced']);
    else if (known) expect([secret, status.code]).toEqual([secret, 'source-disabled']);
    else expect([secret, status.code]).toEqual([secret, 'source-missing']);
    expect(bed.versions(secret)).toBeLessThanOrEqual(changes.get(secret) ?? 0);
  }
  const present = [...bed.store.discovery.items('source', 'kv', 'secret').values()].filter(
    ({ deletedAt }) => deletedAt === null,
  );
  expect(present.map(({ item }) => item.name).sort()).toEqual([...truth.keys()].sort());
  // Then it is quiet.
  bed.clock.time += 3 * 3_600_000;
  await bed.scan();
  bed.clock.time += 61_000;
  const [reads, writes, starts] = [bed.vaults.count('read'), bed.secrets.count('write'), bed.started.length];
  await bed.scan();
  expect([bed.vaults.count('read'), bed.secrets.count('write'), bed.started.length]).toEqual([reads, writes, starts]);
  expect(bed.failed).toEqual([]);
  expect(bed.failures).toEqual([]);
}

/** A scan whose listing may fail, or be of a vault that changes meanwhile. */
async function faultyScan(
  bed: DiscoveryBed,
  { fault, between }: Extract<Step, { readonly do: 'scan' }>,
  set: (secret: string) => void,
  truth: ReadonlyMap<string, Secret>,
): Promise<void> {
  const known = () => [...bed.store.discovery.items('source', 'kv', 'secret').values()];
  const deleted = () => new Set(known().flatMap(({ item, deletedAt }) => (deletedAt === null ? [] : [item.name])));
  const before = deleted();
  const everThere = new Set(truth.keys());
  let page = 0;
  let failed = 0;
  bed.vaults.hooks.before = ({ operation, subject }) => {
    if (operation !== 'listPage' || subject !== 'kv') return;
    // A page that is asked for again is the same page.
    if (fault && page + 1 === fault.page && failed < fault.times) {
      failed += 1;
      throw memoryFailure(fault.kind === 'network' ? 'network' : 'denied', 'page-lost');
    }
    page += 1;
    if (between?.page === page) set(between.name);
  };
  try {
    await bed.scan();
  } finally {
    bed.vaults.hooks.before = undefined;
  }
  const fresh = [...deleted()].filter((secret) => !before.has(secret));
  if (bed.vault()?.scans.some(({ failure }) => failure !== null)) expect(fresh).toEqual([]);
  else expect(fresh.filter((secret) => everThere.has(secret))).toEqual([]);
}
