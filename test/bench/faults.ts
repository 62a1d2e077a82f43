import { serviceFacts, type TargetService } from '../../main/domain/service.ts';
import type { Fault } from '../clouds/kernel/types.ts';
import { connectGcp } from '../support/connect.ts';
import { openApp, recordsFor } from './app.ts';
import { type BenchClouds, countOf, openClouds } from './clouds.ts';
import type { Measure } from './report.ts';

const share = 0.2;
const kinds: readonly Fault[] = [
  { kind: 'throttle' },
  { kind: 'throttle', retryAfter: 1 },
  { kind: 'status', status: 500 },
  { kind: 'status', status: 503 },
  { kind: 'reset' },
  { kind: 'lose-reply' },
];
/** More syncs than it should ever take. */
const mostSyncs = 10;
const services = ['secretsmanager', 'parameterstore', 'secretmanager'] as const satisfies readonly TargetService[];

/**
 * P10: every request meets one of six faults with a chance of one in five. Counts requests, so the app's waits before it
 * repeats one are cut short.
 */
export async function measureFaults(_only: ReadonlySet<string>, quick: boolean): Promise<Measure[]> {
  const measures: Measure[] = [];
  for (const service of services) {
    const count = (quick ? 30 : 250) * (service === 'secretsmanager' ? 2 : 1);
    const clean = await syncedTwice(service, count, false);
    const faulty = await syncedTwice(service, count, true);
    measures.push(...figuresOf(service, count, clean, faulty));
  }
  return measures;
}

interface Outcome {
  /** Requests until everything had converged, for a first sync and for one after every value changed. */
  readonly requests: number;
  readonly byName: ReadonlyMap<string, number>;
  readonly faults: number;
  /** How many syncs it took: one of each at least. */
  readonly syncs: number;
  /** Of all records, twice, how many were Synced after one sync. */
  readonly afterOne: number;
  readonly converged: number;
  readonly surplusVersions: number;
}

async function syncedTwice(service: TargetService, count: number, faulty: boolean): Promise<Outcome> {
  const clouds = await openClouds();
  const app = await openApp(clouds, { impatient: true });
  try {
    const gcp = await connectGcp(app, clouds.places, clouds.sample);
    const names = await clouds.fill('kv-faults', count);
    const records = recordsFor({ connections: { ...app.connections, gcp } }, 'kv-faults', names, {
      targetService: service,
    });
    const ids = await app.create(records);
    const pairs = records.map(({ sourceName, targetName }) => [sourceName, targetName] as const);
    await clouds.reset();
    let [syncs, afterOne, converged, surplusVersions] = [0, 0, 0, 0];
    for (const versions of [1, 2]) {
      if (versions === 2) await clouds.fill('kv-faults', count);
      if (faulty) await addFaults(clouds);
      let left = ids;
      for (let n = 1; n <= mostSyncs; n++) {
        await app.sync(left);
        syncs += 1;
        const { equal, surplus } = await clouds.compare(service, 'kv-faults', pairs, versions);
        // By themselves, only those that failed are tried again.
        const rows = app.store.records.getMany(ids);
        left = rows.filter(({ status }) => status.status !== 'synced').map(({ record }) => record.id);
        if (n === 1) afterOne += count - left.length;
        surplusVersions = surplus;
        if (n < mostSyncs && left.length > 0) continue;
        converged += Math.min(equal, count - left.length);
        break;
      }
      await clouds.clearFaults();
    }
    const arrivals = await clouds.arrivals();
    const requests = countOf(arrivals, () => true);
    const byName = new Map<string, number>();
    for (const { name, count: times } of arrivals) byName.set(name, (byName.get(name) ?? 0) + times);
    return {
      requests,
      byName,
      faults: countOf(arrivals, ({ fault }) => fault !== null),
      syncs,
      afterOne,
      converged,
      surplusVersions,
    };
  } finally {
    await app.end();
    await clouds.close();
  }
}

/** Plans are tried one after the other, so that a later one is reached by what the earlier ones let through alone. */
async function addFaults(clouds: BenchClouds): Promise<void> {
  const each = share / kinds.length;
  for (const [index, fault] of kinds.entries()) await clouds.addFault({ fault, chance: each / (1 - index * each) });
}

function figuresOf(service: TargetService, count: number, clean: Outcome, faulty: Outcome): Measure[] {
  const { title } = serviceFacts[service];
  const [targets, promise] = [2 * count, 'P10'];
  return [
    {
      promise,
      what: `20 % faults: requests ÷ fault-free minimum, ${title}`,
      goal: { atMost: 1.35 },
      figure: faulty.requests / clean.requests,
      unit: '',
      sides: {
        'with faults': faulty.requests,
        'without any': clean.requests,
        'share that met one %': (100 * faulty.faults) / faulty.requests,
        'each more often': moreOften(clean, faulty),
      },
      note: `first sync of ${count} records, and one after each value changed`,
    },
    {
      promise,
      what: `20 % faults: converged, ${title}`,
      goal: { atLeast: 100 },
      figure: (100 * faulty.converged) / targets,
      unit: '%',
      sides: {
        'after one sync %': (100 * faulty.afterOne) / targets,
        'syncs needed': `${faulty.syncs} instead of ${clean.syncs}`,
        'versions too many': faulty.surplusVersions,
      },
      note: 'the target holds the source’s value and the record says Synced, faults still going on',
    },
    {
      promise,
      what: `20 % faults: versions written twice, ${title}`,
      goal: { atMost: 0 },
      figure: faulty.surplusVersions,
      unit: '',
      sides: {},
    },
  ];
}

function moreOften(clean: Outcome, faulty: Outcome): string {
  const changes = [...faulty.byName].map(([name, times]) => ({ name, times, without: clean.byName.get(name) ?? 0 }));
  const most = changes.sort((a, b) => b.times - b.without - (a.times - a.without)).slice(0, 5);
  return most.map(({ name, times, without }) => `${name} ${without} → ${times}`).join(', ');
}
