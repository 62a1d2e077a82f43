import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { z } from 'zod';
import type { TargetService } from '../../main/domain/service.ts';
import type { FaultPlan, Match, Quota } from '../clouds/kernel/types.ts';
import type { Sample } from '../clouds/sample.ts';
import type { Places } from '../support/connect.ts';

const answer = z.object({ id: z.int(), result: z.unknown(), error: z.string().optional() });
const tallies = z.array(
  z.object({
    cloud: z.string(),
    name: z.string(),
    status: z.int(),
    fault: z.string().nullable(),
    overQuota: z.boolean(),
    count: z.int(),
    first: z.number(),
    last: z.number(),
  }),
);
export type Tally = z.infer<typeof tallies>[number];

/** The stand-in clouds, running in another process: what they cost is not the app's. */
export interface BenchClouds {
  readonly places: Places;
  readonly sample: Sample;
  /** Makes a vault, or gives what is in it new values. @returns the names of its secrets */
  fill(vault: string, count: number): Promise<string[]>;
  vaultUrl(vault: string): Promise<string>;
  setLatency(milliseconds: number, match?: Match): Promise<void>;
  setQuota(quota: Quota): Promise<void>;
  addFault(plan: FaultPlan): Promise<void>;
  clearFaults(): Promise<void>;
  /** No quotas, no faults and nothing arrived. */
  reset(): Promise<void>;
  /** What arrived since `reset` or the start, by operation, status and fault. */
  arrivals(): Promise<Tally[]>;
  /**
   * @param names source and target, by name
   * @returns how many targets hold what their source does, and how many versions there are above `versions` each
   */
  compare(
    service: TargetService,
    vault: string,
    names: readonly (readonly [string, string])[],
    versions: number,
  ): Promise<{ equal: number; surplus: number }>;
  /**
   * Does `work`, and tells how busy the stand-ins were meanwhile, in percent of one processor: near 100 it is they that are
   * measured.
   */
  busyDuring<T extends object>(work: () => Promise<T>): Promise<T & { readonly cloudsBusy: number }>;
  close(): Promise<void>;
}

export async function openClouds(): Promise<BenchClouds> {
  const child = fork(join(import.meta.dirname, 'clouds-child.ts'), { execArgv: ['--no-warnings', '--import', 'tsx'] });
  const waiting = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
  let lastId = 0;
  const started = new Promise<unknown>((resolve, reject) => waiting.set(0, { resolve, reject }));
  child.on('message', (message) => {
    const { id, result, error } = answer.parse(message);
    const asked = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) asked?.resolve(result);
    else asked?.reject(new Error(error));
  });
  child.on('exit', (code) => {
    for (const { reject } of waiting.values()) reject(new Error(`the stand-in clouds ended with ${code}`));
  });
  const call = (path: string, ...args: unknown[]) =>
    new Promise<unknown>((resolve, reject) => {
      const id = ++lastId;
      waiting.set(id, { resolve, reject });
      child.send({ id, path, args });
    });
  const { places, sample } = (await started) as Pick<BenchClouds, 'places' | 'sample'>;
  return {
    places,
    sample,
    fill: async (vault, count) => z.array(z.string()).parse(await call('bench.fill', vault, count)),
    vaultUrl: async (vault) => z.string().parse(await call('azure.vaultUrl', vault)),
    async setLatency(milliseconds, match) {
      await call('desk.setLatency', milliseconds, ...(match ? [match] : []));
    },
    async setQuota(quota) {
      await call('desk.setQuota', quota);
    },
    async addFault(plan) {
      await call('desk.addFault', plan);
    },
    async clearFaults() {
      await call('desk.clearFaults');
    },
    async reset() {
      for (const what of ['Faults', 'Quotas', 'Arrivals']) await call(`desk.clear${what}`);
    },
    arrivals: async () => tallies.parse(await call('bench.arrivals')),
    compare: async (...of) => z.object({ equal: z.int(), surplus: z.int() }).parse(await call('bench.compare', ...of)),
    async busyDuring(work) {
      const used = async () => z.number().parse(await call('bench.cpu'));
      const [before, from] = [await used(), performance.now()];
      const result = await work();
      const seconds = (performance.now() - from) / 1000;
      return { ...result, cloudsBusy: (100 * ((await used()) - before)) / seconds };
    },
    async close() {
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
  };
}

/** How many of the arrivals are of this kind. */
export function countOf(arrivals: readonly Tally[], wanted: (arrival: Tally) => boolean): number {
  return arrivals.filter(wanted).reduce((sum, { count }) => sum + count, 0);
}
