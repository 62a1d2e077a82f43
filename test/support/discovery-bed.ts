import { randomUUID } from 'node:crypto';
import type { Clouds } from '../../main/clouds/ports.ts';
import type { SyncRecord } from '../../main/domain/record.ts';
import type { Rule } from '../../main/domain/rule.ts';
import { Discovery } from '../../main/engine/discovery.ts';
import type { TargetRules } from '../../main/engine/rules.ts';
import type { Run } from '../../main/engine/run.ts';
import type { RecordRow, ScannedVault, Trigger } from '../../main/store/ports.ts';
import { type EngineBed, openEngineBed, region } from './engine-bed.ts';

/** Discovery beside the engine, on the same store and the same memory clouds. */
export interface DiscoveryBed extends EngineBed {
  readonly discovery: Discovery;
  /** What discovery started, in order. */
  readonly started: { readonly ids: readonly string[]; readonly trigger: Trigger }[];
  /** What failed in the background. */
  readonly failed: unknown[];
  paused: boolean;
  locked: boolean;
  /** Records that count as being synced, besides those that are. */
  readonly busy: Set<string>;
  /** Names that no target takes. */
  readonly badNames: Set<string>;
  /** What the target's service makes of a name. */
  fitName: (wanted: string) => string;
  /** A scan, and all that follows from it. */
  scan(...named: string[]): Promise<number>;
  /** A second life on the same store: nothing is remembered but what was stored. */
  reborn(): Discovery;
  follower(name: string, change?: Partial<SyncRecord>): string;
  rule(change?: Partial<Rule>): Rule;
  rowsOf(rule: Rule): RecordRow[];
  vault(name?: string): ScannedVault | undefined;
  /** Calls that listed a vault's secrets. */
  listings(vault?: string): number;
}

export function openDiscoveryBed(): DiscoveryBed {
  const bed = openEngineBed();
  const openClouds = (): Clouds => ({
    source: async () => bed.vaults.open(),
    target: async () => {
      throw new Error('discovery opens no target');
    },
    close() {},
  });
  const targetRules: TargetRules = {
    nameProblems: (_service, name) => (all.badNames.has(name) ? [`${name} is no name for a target.`] : []),
    fitName: (_service, wanted) => all.fitName(wanted),
    certificateProblems: (_service, { subject }) =>
      subject === 'CN=weak' ? [{ sentence: 'Its key is too short.', fix: 'Renew it with a longer one.' }] : [],
  };
  const runs = new Set<Run>();
  const engine = {
    start(ids: readonly string[], trigger: Trigger): Run {
      all.started.push({ ids: [...ids], trigger });
      const run = bed.engine().start(ids, trigger);
      runs.add(run);
      return run;
    },
    isSyncing: (id: string) => all.busy.has(id) || bed.engine().isSyncing(id),
  };
  const make = () =>
    new Discovery({
      store: bed.store,
      openClouds,
      keyring: () => {
        if (all.locked) throw new Error('locked');
        return { seal: refuse, open: refuse, fingerprint: refuse };
      },
      settings: bed.settings,
      clock: bed.clock,
      newId: randomUUID,
      engine,
      isPaused: () => all.paused,
      targetRules,
      observer: { discovered() {}, recordsChanged() {} },
      onFailed: (thrown) => void all.failed.push(thrown),
    });
  let discovery = make();
  const more = {
    get discovery() {
      return discovery;
    },
    started: [] as { ids: readonly string[]; trigger: Trigger }[],
    failed: [] as unknown[],
    paused: false,
    locked: false,
    busy: new Set<string>(),
    badNames: new Set<string>(),
    fitName: (wanted: string) => wanted,
    async scan(...named: string[]) {
      const refs = named.map((vault) => ({ connectionId: 'source', vault }));
      const { vaults, finished } = await discovery.scan(named.length > 0 ? refs : undefined);
      await finished;
      await Promise.all([...runs].map((run) => run.finished));
      runs.clear();
      return vaults;
    },
    reborn() {
      discovery = make();
      return discovery;
    },
    follower: (name: string, change: Partial<SyncRecord> = {}) => bed.add(name, { syncOnChange: true, ...change }),
    rule(change: Partial<Rule> = {}): Rule {
      const rule: Rule = {
        id: randomUUID(),
        name: 'Mirror kv',
        enabled: true,
        sourceConnectionId: 'source',
        sourceVault: 'kv',
        filter: { kind: 'secret', names: [], tags: [], contentType: '' },
        targetConnectionId: 'target',
        targetService: bed.service,
        targetRegion: region,
        template: 'certifyclouds/{name}',
        shape: { kind: 'whole' },
        options: {},
        schedule: { kind: 'manual' },
        syncOnChange: true,
        copyTags: true,
        conflictPolicy: 'default',
        deletionPolicy: 'default',
        limit: 1000,
        createdAt: bed.clock.now(),
        ...change,
      };
      bed.store.rules.save(rule);
      return rule;
    },
    rowsOf: ({ id }: Rule) => bed.store.records.list().filter(({ record }) => record.ruleId === id),
    vault: (name = 'kv') => bed.store.discovery.vaults().find(({ vault }) => vault === name),
    listings: (vault = 'kv') =>
      bed.vaults.made.filter(({ operation, subject }) => operation === 'listPage' && subject === vault).length,
  };
  // Both have accessors, which a spread would freeze.
  const all: DiscoveryBed = Object.defineProperties(bed, Object.getOwnPropertyDescriptors(more)) as typeof bed &
    typeof more;
  return all;
}

function refuse(): never {
  throw new Error('not used: discovery reads no value');
}
