import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { targetServices } from '../../main/domain/service.ts';
import { controlCalls } from '../clouds/control.ts';
import { type Calls, guarded } from '../clouds/kernel/door.ts';
import { seedSample } from '../clouds/sample.ts';
import { startClouds } from '../clouds/start.ts';
import { holdingOf } from '../support/holdings.ts';

/** The stand-in clouds in a process of their own, driven by its parent's messages: see `openClouds`. */

const clouds = await startClouds();
const sample = await seedSample(clouds);
const dayMs = 86_400_000;
const minuteMs = 60_000;
let fills = 0;
const vaults = new Set<string>();
const count = z.int().nonnegative();
const pairs = z.array(z.tuple([z.string(), z.string()]));

const calls: Calls = {
  ...controlCalls(clouds),
  /**
   * Gives the first `count` secrets of a vault, which is made if need be, a new random value. They were last changed a day
   * ago: what is younger than two hours may not be settled yet, and is looked at once more. @returns their names
   */
  'bench.fill': guarded(z.tuple([z.string(), count]), async (vault, secrets) => {
    const { azure, desk } = clouds;
    if (!vaults.has(vault)) await addVault(vault);
    // A minute after the last time: Key Vault's dates count in seconds, and two changes in one would look like none.
    fills += 1;
    desk.setClockOffset(-dayMs + fills * minuteMs);
    const names = Array.from({ length: secrets }, (_, n) => `secret-${String(n).padStart(5, '0')}`);
    for (const name of names)
      azure.vault(vault).set(name, randomBytes(24).toString('base64'), { tags: { env: 'bench' } });
    desk.setClockOffset(0);
    return names;
  }),
  /** Seconds of a processor that this process has used. */
  'bench.cpu': guarded(z.tuple([]), () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000_000;
  }),
  /** How many requests arrived, by operation, status and fault. */
  'bench.arrivals': guarded(z.tuple([]), () => {
    const counts = new Map<string, Tally>();
    for (const { cloud, name, status, fault = null, overQuota = false, at } of clouds.desk.arrivals()) {
      const key = [cloud, name, status, fault, overQuota].join('\n');
      const tally = counts.get(key) ?? { cloud, name, status, fault, overQuota, count: 0, first: at, last: at };
      counts.set(key, { ...tally, count: tally.count + 1, last: at });
    }
    return [...counts.values()];
  }),
  /** Compares targets with their sources. @param versions how many each target should have */
  'bench.compare': guarded(
    z.tuple([z.enum(targetServices), z.string(), pairs, count]),
    (service, vault, names, versions) => {
      const holding = holdingOf(clouds, sample, service);
      const wanted = (name: string) => Buffer.from(clouds.azure.vault(vault).find(name).versions.at(-1)?.value ?? '');
      return {
        equal: names.filter(([name, target]) => holding.content(target)?.equals(wanted(name))).length,
        surplus: names.reduce((sum, [, target]) => sum + Math.max(0, holding.writes(target) - versions), 0),
      };
    },
  ),
};

interface Tally {
  readonly cloud: string;
  readonly name: string;
  readonly status: number;
  readonly fault: string | null;
  readonly overQuota: boolean;
  readonly count: number;
  /** When the first and the last of them came, milliseconds since the epoch. */
  readonly first: number;
  readonly last: number;
}

async function addVault(name: string): Promise<void> {
  vaults.add(name);
  await clouds.azure.addVault(name);
  for (const role of ['Reader', 'Key Vault Secrets User'] as const) clouds.azure.grant(sample.app.clientId, role, name);
}

const question = z.strictObject({ id: z.int(), path: z.string(), args: z.array(z.unknown()) });

process.on('message', async (message) => {
  const { id, path, args } = question.parse(message);
  try {
    const result = await calls[path]?.(args);
    process.send?.({ id, result: result ?? null });
  } catch (error) {
    process.send?.({ id, error: `${path}: ${error instanceof Error ? error.message : 'failed'}` });
  }
});
// The parent is gone, however it ended.
process.on('disconnect', () => process.exit());
process.send?.({
  id: 0,
  result: {
    places: {
      caPem: clouds.caPem,
      azure: { loginUrl: clouds.azure.loginUrl, armUrl: clouds.azure.armUrl },
      aws: { url: clouds.aws.url },
      gcp: { url: clouds.gcp.url },
    },
    sample,
  },
});
