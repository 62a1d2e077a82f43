import { openApp, recordsFor } from './app.ts';
import type { Blocked } from './blocked.ts';
import { type BenchClouds, countOf, openClouds, type Tally } from './clouds.ts';
import { databaseShare, type Measure, median } from './report.ts';
import { withWindow } from './window.ts';

/** The most that a page of each list has: see main/clouds/azure/key-vault and main/clouds/aws/secrets-manager. */
const perPage = { vault: 25, secretsManager: 100 };
/** A near region. */
const latencyMs = 5;
const writes = /^secretsmanager:(Create|Put|Update|Tag|Untag|Delete|Restore)/;

interface Ran {
  readonly seconds: number;
  readonly databaseSeconds: number;
  readonly cpuSeconds: number;
  readonly cloudsBusy: number;
  readonly blocked: Blocked;
}

/** P9, P11, P12 and P14: a vault of many secrets, synced to Secrets Manager for the first time and then without a change. */
export async function measureLarge(only: ReadonlySet<string>, quick: boolean): Promise<Measure[]> {
  const many = quick ? 150 : 10_000;
  const clouds = await openClouds();
  try {
    await clouds.setLatency(latencyMs);
    const small = only.has('P14') ? await smallRuns(clouds, many / 10) : undefined;
    const large = await runsOver(clouds, 'kv-large', many, 'us-east-1');
    const measures: Measure[] = [];
    if (only.has('P9')) {
      const note = `a sync of ${many} records of which none changed`;
      measures.push(...noChange('', large.arrivals, many, { note, overview: true }));
      const blind = await blindRun(clouds, many);
      const rights = 'the documented four actions: no target is looked at';
      measures.push(...noChange(', write-only credentials', blind, many, { note: rights, overview: false }));
    }
    if (only.has('P11')) {
      const note = 'at the pace that AWS publishes for one region, 50 writes a second';
      measures.push({ ...databaseShare(`first sync of ${many}`, large.full, many), note });
      measures.push({ ...databaseShare(`no-change sync of ${many}`, large.unchanged, many), goal: null });
    }
    if (only.has('P12')) {
      measures.push(blockedFor(`first sync of ${many}, window open`, large.full));
      measures.push(blockedFor(`no-change sync of ${many}, window open`, large.unchanged));
    }
    if (small) {
      const few = {
        unchanged: median(small.map(({ unchangedSeconds }) => unchangedSeconds)),
        full: median(small.map(({ full }) => full.seconds)),
      };
      const unchanged = { ...large.unchanged, seconds: large.unchangedSeconds };
      measures.push(growth('no-change sync', unchanged, few.unchanged, many));
      measures.push(growth('first sync', large.full, few.full, many));
    }
    return measures;
  } finally {
    await clouds.close();
  }
}

/** One to get warm, which doesn't count, and three that do, each in a region of its own. */
async function smallRuns(clouds: BenchClouds, few: number) {
  const runs = [];
  for (const [n, region] of ['us-west-1', 'us-west-2', 'eu-west-1', 'eu-central-1'].entries())
    runs.push(await runsOver(clouds, `kv-small-${n}`, few, region));
  return runs.slice(1);
}

/** On a new profile: a first sync and three without a change, with what arrived in the first of these. */
async function runsOver(clouds: BenchClouds, vault: string, count: number, region: string) {
  const app = await openApp(clouds);
  try {
    const names = await clouds.fill(vault, count);
    const ids = await app.create(recordsFor(app, vault, names, { targetRegion: region }));
    const full = await clouds.busyDuring(() => withWindow(app, () => app.sync(ids)));
    if (full.written !== count) throw new Error(`only ${full.written} of ${count} records were written`);
    await clouds.reset();
    const again = async () => {
      const ran = await clouds.busyDuring(() => withWindow(app, () => app.sync(ids)));
      if (ran.unchanged !== count) throw new Error(`only ${ran.unchanged} of ${count} records were unchanged`);
      return ran;
    };
    const unchanged = await again();
    const arrivals = await clouds.arrivals();
    const all = [unchanged, await again(), await again()];
    return { full, unchanged, unchangedSeconds: median(all.map(({ seconds }) => seconds)), arrivals };
  } finally {
    await app.end();
  }
}

async function blindRun(clouds: BenchClouds, count: number): Promise<Tally[]> {
  const app = await openApp(clouds, { key: 'writeOnlyKey' });
  try {
    const names = await clouds.fill('kv-large', count);
    const change = { prefix: 'certifyclouds/blind/', targetRegion: 'us-east-1' };
    const ids = await app.create(recordsFor(app, 'kv-large', names, change));
    const { written } = await app.sync(ids);
    if (written !== count) throw new Error(`only ${written} of ${count} records were written blindly`);
    await clouds.reset();
    await app.sync(ids);
    return await clouds.arrivals();
  } finally {
    await app.end();
  }
}

function noChange(
  who: string,
  arrivals: readonly Tally[],
  count: number,
  { note, overview }: { readonly note: string; readonly overview: boolean },
): Measure[] {
  const pages = Math.ceil(count / perPage.vault) + (overview ? Math.ceil(count / perPage.secretsManager) : 0);
  const calls = countOf(arrivals, () => true);
  const kinds = Object.fromEntries(arrivals.map(({ name, count: times }) => [name, times]));
  return [
    {
      promise: 'P9',
      what: `no change: requests that write${who}`,
      goal: { atMost: 0 },
      figure: countOf(arrivals, ({ name }) => writes.test(name)),
      unit: '',
      sides: {},
      note,
    },
    {
      promise: 'P9',
      what: `no change: values read${who}`,
      goal: { atMost: 0 },
      figure: countOf(arrivals, ({ name }) => name === 'GetSecret' || name === 'secretsmanager:GetSecretValue'),
      unit: '',
      sides: {},
    },
    {
      promise: 'P9',
      what: `no change: calls ÷ list pages${who}`,
      goal: { atMost: 1.05 },
      figure: calls / pages,
      unit: '',
      sides: { calls, 'list pages': pages, ...kinds },
    },
  ];
}

function blockedFor(what: string, { blocked }: Ran): Measure {
  const { p99, longest, longestWas, long, longWere } = blocked;
  return {
    promise: 'P12',
    what: `main blocked, p99: ${what}`,
    goal: { atMost: 20 },
    figure: p99,
    unit: ' ms',
    sides: { 'longest ms': longest, 'blocks over 20 ms': long, 'mostly of': longWere, 'in the longest': longestWas },
    note: 'how long what comes at a random moment waits for the event loop',
  };
}

function growth(what: string, large: Omit<Ran, 'blocked'>, fewSeconds: number, many: number): Measure {
  const few = many / 10;
  return {
    promise: 'P14',
    what: `growth: ${what} of ${many} ÷ of ${few}`,
    goal: { atMost: 11 },
    figure: large.seconds / fewSeconds,
    unit: '×',
    sides: {
      [`${many} s`]: large.seconds,
      [`${few} s`]: fewSeconds,
      'app’s processor ms a record': (1000 * large.cpuSeconds) / many,
      'stand-ins busy %': large.cloudsBusy,
    },
  };
}
