import type { Quota } from '../clouds/kernel/types.ts';
import { connectGcp } from '../support/connect.ts';
import { type BenchApp, openApp, recordsFor } from './app.ts';
import { type BenchClouds, countOf, openClouds, type Tally } from './clouds.ts';
import { databaseShare, type Measure } from './report.ts';

const inSecretsManager = (action: string) => `secretsmanager:${action}`;
const inSecretManager = (method: string) => `SecretManagerService.${method}`;

/** What the providers publish (Secrets Manager quotas; Key Vault service limits; Secret Manager quotas; for SSM, AWS Support). */
const quotas: readonly Quota[] = [
  { cloud: 'keyvault', limit: 4_000, perSeconds: 10 },
  { cloud: 'aws', name: 'secretsmanager:CreateSecret', limit: 50, perSeconds: 1 },
  {
    cloud: 'aws',
    names: ['PutSecretValue', 'UpdateSecret', 'UpdateSecretVersionStage'].map(inSecretsManager),
    limit: 50,
    perSeconds: 1,
  },
  { cloud: 'aws', name: 'secretsmanager:TagResource', limit: 50, perSeconds: 1 },
  { cloud: 'aws', name: 'ssm:PutParameter', limit: 3, perSeconds: 1 },
  { cloud: 'aws', names: ['ssm:GetParameter', 'ssm:DescribeParameters'], limit: 40, perSeconds: 1 },
  {
    cloud: 'gcp',
    names: ['CreateSecret', 'UpdateSecret', 'DeleteSecret', 'AddSecretVersion'].map(inSecretManager),
    limit: 600,
    perSeconds: 60,
  },
  {
    cloud: 'gcp',
    names: ['GetSecret', 'GetSecretVersion', 'ListSecrets', 'ListSecretVersions'].map(inSecretManager),
    limit: 600,
    perSeconds: 60,
  },
];

const latencyMs = { keyvault: 8, aws: 15, gcp: 20 } as const;

interface Lane {
  readonly what: string;
  /** The write that makes a version, one a record, and how many records a second the quota lets through. */
  readonly write: string;
  readonly perSecond: number;
  /** All calls to the service, by name. */
  readonly calls: RegExp;
  /** Null: nothing was promised of it by name. */
  readonly goals: { readonly atLeast: number; readonly throttled: number } | null;
}

const promised = { atLeast: 0.95, throttled: 0.5 };
const lanes = {
  creating: {
    what: 'Secrets Manager, creating',
    write: 'secretsmanager:CreateSecret',
    perSecond: 50,
    calls: /^secretsmanager:/,
    goals: promised,
  },
  updating: {
    what: 'Secrets Manager, updating',
    write: 'secretsmanager:PutSecretValue',
    perSecond: 50,
    calls: /^secretsmanager:/,
    goals: promised,
  },
  parameters: { what: 'Parameter Store', write: 'ssm:PutParameter', perSecond: 3, calls: /^ssm:/, goals: null },
  versions: {
    what: 'GCP Secret Manager, creating',
    write: 'SecretManagerService.AddSecretVersion',
    perSecond: 5,
    calls: /^SecretManagerService\./,
    goals: null,
  },
} as const satisfies Record<string, Lane>;

/**
 * P7: how much of what the quotas allow is used, and how often they refuse. And P11 of a sync that is as long as the quota
 * makes it.
 */
export async function measureQuota(only: ReadonlySet<string>, quick: boolean): Promise<Measure[]> {
  const clouds = await openClouds();
  const app = await openApp(clouds);
  try {
    for (const [cloud, milliseconds] of Object.entries(latencyMs) as [keyof typeof latencyMs, number][])
      await clouds.setLatency(milliseconds, { cloud });
    const count = quick ? 60 : 2_000;
    const ids = await app.create(recordsFor(app, 'kv-quota', await clouds.fill('kv-quota', count)));
    const created = await limited(clouds, () => ran(app, ids));
    const share = databaseShare(`first sync of ${count} at 50 a second`, created, count);
    const measures: Measure[] = only.has('P11') ? [{ ...share, note: 'as fast as a real account lets it' }] : [];
    if (!only.has('P7')) return measures;
    measures.push(...figuresOf(lanes.creating, created, created.arrivals));

    const changed = ids.slice(0, count / 2);
    await clouds.fill('kv-quota', changed.length);
    const updated = await limited(clouds, () => ran(app, changed));
    measures.push(...figuresOf(lanes.updating, updated, updated.arrivals));
    return [...measures, ...(await slowLanes(clouds, app, quick))];
  } finally {
    await app.end();
    await clouds.close();
  }
}

/** At the same time: both quotas are far below what this machine can do, so neither hinders the other. */
async function slowLanes(clouds: BenchClouds, app: BenchApp, quick: boolean): Promise<Measure[]> {
  const connections = { ...app.connections, gcp: await connectGcp(app, clouds.places, clouds.sample) };
  const vault = 'kv-quota-slow';
  const names = await clouds.fill(vault, quick ? 12 : 375);
  const parameters = recordsFor({ connections }, vault, names.slice(0, quick ? 6 : 120), {
    targetService: 'parameterstore',
  });
  const versions = recordsFor({ connections }, vault, names, { targetService: 'secretmanager' });
  const [parameterIds, versionIds] = [await app.create(parameters), await app.create(versions)];
  const slow = await limited(clouds, async () => {
    const [first, second] = await Promise.all([ran(app, parameterIds), ran(app, versionIds)]);
    return { first, second };
  });
  return [
    ...figuresOf(lanes.parameters, slow.first, slow.arrivals),
    ...figuresOf(lanes.versions, slow.second, slow.arrivals),
  ];
}

async function limited<T extends object>(
  clouds: BenchClouds,
  work: () => Promise<T>,
): Promise<T & { readonly arrivals: readonly Tally[] }> {
  await clouds.reset();
  for (const quota of quotas) await clouds.setQuota(quota);
  return { ...(await work()), arrivals: await clouds.arrivals() };
}

async function ran(app: BenchApp, ids: readonly string[]) {
  const { seconds, databaseSeconds, written, attention } = await app.sync(ids);
  return { seconds, databaseSeconds, written, attention, records: ids.length };
}

function figuresOf(
  lane: Lane,
  { seconds, written, attention, records }: Awaited<ReturnType<typeof ran>>,
  arrivals: readonly Tally[],
): Measure[] {
  const { what, write, perSecond, calls, goals } = lane;
  const accepted = arrivals.find(({ name, status }) => name === write && status < 300);
  const span = accepted ? (accepted.last - accepted.first) / 1000 : Number.NaN;
  const own = arrivals.filter(({ name }) => calls.test(name));
  const refused = own.filter(({ overQuota }) => overQuota);
  const requests = countOf(own, () => true);
  const throttled = countOf(own, ({ overQuota }) => overQuota);
  return [
    {
      promise: 'P7',
      what: `throughput ÷ quota: ${what}`,
      goal: goals && { atLeast: goals.atLeast },
      figure: written / seconds / perSecond,
      unit: '',
      sides: {
        records,
        'sync s': seconds,
        'written a second': written / seconds,
        'quota a second': perSecond,
        'without the listing before the first write': ((accepted?.count ?? 0) - 1) / span / perSecond,
      },
      ...(attention > 0 ? { note: `${attention} records failed, which throttling must never cause` } : {}),
    },
    {
      promise: 'P7',
      what: `share of requests that were throttled: ${what}`,
      goal: goals && { atMost: goals.throttled },
      figure: (100 * throttled) / requests,
      unit: '%',
      sides: { throttled, requests, ...Object.fromEntries(refused.map(({ name, count }) => [name, count])) },
    },
  ];
}
