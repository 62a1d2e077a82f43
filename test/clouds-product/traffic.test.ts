import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { readBundle } from '../../main/certificates/index.ts';
import type { CallSignal, Target, WriteRequest } from '../../main/clouds/ports.ts';
import { openTarget } from '../../main/clouds/registry.ts';
import { openTraffic, type Traffic } from '../../main/clouds/traffic.ts';
import type { ConnectionSettings } from '../../main/domain/connection.ts';
import { Failure, neverSent } from '../../main/domain/failure.ts';
import type { TargetService } from '../../main/domain/service.ts';
import { withRetry } from '../../main/engine/retry.ts';
import { createIssuer } from '../clouds/kernel/certificate-chain.ts';
import { failureOf, patience } from '../conformance/outcome.ts';
import { letInBefore } from '../conformance/target-cloud-bed.ts';
import { type CloudBed, connectionTo, openCloudBed } from '../support/cloud-bed.ts';
import { allowing } from './aws-bed.ts';
import { type VirtualTime, virtualTime } from './virtual-time.ts';

const region = 'eu-central-1';
const project = 'contoso-sync';

/** Calls pass in no time at all: time goes on only while no request is on its way. */
function openRoads(time: VirtualTime) {
  let sent = 0;
  const counted = (traffic: Traffic): Traffic => ({
    of: (account) => counted(traffic.of(account)),
    lane(...where) {
      const lane = traffic.lane(...where);
      return {
        during: (stop, send) =>
          lane.during(stop, async () => {
            sent += 1;
            return send().finally(() => {
              sent -= 1;
            });
          }),
      };
    },
    wake: traffic.wake,
  });
  return {
    traffic: counted(openTraffic(time)),
    /** Lets time pass until the work has ended. @returns how many milliseconds it took */
    async until(work: Promise<unknown>): Promise<number> {
      const startedAt = time.now();
      let ended = false;
      const done = work.finally(() => {
        ended = true;
      });
      while (!ended) {
        await new Promise((resolve) => setImmediate(resolve));
        if (sent === 0 && !ended) await time.pass(1);
      }
      await done;
      return time.now() - startedAt;
    },
  };
}

describe('traffic to the clouds', { timeout: 60_000 }, () => {
  let bed: CloudBed;
  let time: VirtualTime;
  let names = 0;
  const opened: Target[] = [];

  beforeAll(async () => {
    // On the machine's time, which signatures carry; it passes when a test says so.
    time = virtualTime(Math.floor(Date.now() / 1000) * 1000);
    bed = await openCloudBed({}, time.now);
    bed.gcp.addProject(project);
  });
  afterEach(() => {
    bed.desk.clearFaults();
    bed.desk.clearQuotas();
    bed.desk.clearArrivals();
    bed.gcp.certificates.setPollsBeforeDone(0);
    for (const target of opened.splice(0)) target.close();
  });
  afterAll(() => bed.close());

  async function open(
    service: TargetService,
    traffic: Traffic,
    { id = 'c1', account = null }: { id?: string; account?: string | null } = {},
    timeoutMs = bed.deps.callTimeoutMs,
  ): Promise<Target> {
    const gcp = service === 'secretmanager' || service === 'certificatemanager';
    const [settings, credential] = gcp ? await gcpLogin(service) : awsLogin();
    const connection = { ...connectionTo(settings), id, account };
    const deps = { ...bed.deps, traffic, callTimeoutMs: timeoutMs };
    const target = await openTarget(connection, credential, service, gcp ? 'global' : region, deps);
    opened.push(target);
    return target;
  }
  function awsLogin(): [ConnectionSettings, unknown] {
    const { accessKeyId, secretAccessKey } = bed.aws.addAccessKey({ policy: allowing(['*']) });
    const { url: endpoint } = bed.aws;
    return [
      { provider: 'aws', signIn: 'keys', region, endpoint, caBundle: bed.caPem },
      { accessKeyId, secretAccessKey },
    ];
  }
  async function gcpLogin(service: 'secretmanager' | 'certificatemanager'): Promise<[ConnectionSettings, unknown]> {
    const { email, keyFile } = await bed.gcp.addServiceAccount(project, `account-${++names}`);
    const role = service === 'secretmanager' ? 'roles/secretmanager.admin' : 'roles/certificatemanager.owner';
    bed.gcp.grant(email, role, project);
    const { url: endpoint } = bed.gcp;
    const settings = { provider: 'gcp', projectId: project, signIn: 'key', location: 'global' } as const;
    return [{ ...settings, endpoint, caBundle: bed.caPem }, { serviceAccountKey: keyFile }];
  }
  function creating(change: Partial<WriteRequest> = {}): WriteRequest {
    return {
      name: `case-${++names}`,
      mode: 'create',
      payload: { kind: 'text', text: 'a value' },
      tags: {},
      options: {},
      replaces: null,
      idempotencyKey: randomUUID(),
      ...change,
    };
  }
  /** So many secrets, by so many workers, as the engine would: with its retries. */
  async function createAll(targets: readonly Target[], count: number, workers = 16): Promise<void> {
    const clock = { ...time, random: () => 0.5 };
    const queue = Array.from({ length: count }, () => creating());
    const worker = async (target: Target | undefined) => {
      for (let next = queue.pop(); next && target; next = queue.pop()) {
        const request = next;
        await withRetry(clock, patience(), (signal) => target.write(request, signal));
      }
    };
    await Promise.all(Array.from({ length: workers }, (_, n) => worker(targets[n % targets.length])));
  }
  const throttled = (name: string) => bed.desk.arrivals({ name }).filter(({ overQuota }) => overQuota).length;

  test('hundreds of secrets go as fast as Secrets Manager’s quota lets them, and none is throttled', async () => {
    bed.desk.setQuota({ name: 'secretsmanager:CreateSecret', limit: 50, perSeconds: 1 });
    const { traffic, until } = openRoads(time);
    const target = await open('secretsmanager', traffic);
    const took = await until(createAll([target], 400));
    expect(throttled('secretsmanager:CreateSecret')).toBe(0);
    expect(400 / (took / 1000)).toBeGreaterThanOrEqual(0.95 * 50);
  });

  test('so they do by a quota of a minute: GCP Secret Manager', async () => {
    const names = ['SecretManagerService.CreateSecret', 'SecretManagerService.AddSecretVersion'];
    // Both count as writes; each half of them.
    for (const name of names) bed.desk.setQuota({ cloud: 'gcp', name, limit: 300, perSeconds: 60 });
    const { traffic, until } = openRoads(time);
    const target = await open('secretmanager', traffic);
    const took = await until(createAll([target], 100));
    expect(names.map(throttled)).toEqual([0, 0]);
    expect(200 / (took / 1000)).toBeGreaterThanOrEqual(0.95 * 10);
  });

  test('two connections of one account share its quota', async () => {
    bed.desk.setQuota({ name: 'ssm:PutParameter', limit: 3, perSeconds: 1 });
    const { traffic, until } = openRoads(time);
    const account = '1'.repeat(12);
    const targets = [
      await open('parameterstore', traffic, { id: 'a', account }),
      await open('parameterstore', traffic, { id: 'b', account }),
    ];
    const took = await until(createAll(targets, 30));
    expect(throttled('ssm:PutParameter')).toBe(0);
    expect(30 / (took / 1000)).toBeGreaterThanOrEqual(0.95 * 3);
  });

  test('those whose account is not known find out by being throttled, and all their secrets arrive', async () => {
    bed.desk.setQuota({ name: 'secretsmanager:CreateSecret', limit: 50, perSeconds: 1 });
    const { traffic, until } = openRoads(time);
    const targets = [
      await open('secretsmanager', traffic, { id: 'a' }),
      await open('secretsmanager', traffic, { id: 'b' }),
    ];
    const took = await until(createAll(targets, 600, 64));
    const refused = throttled('secretsmanager:CreateSecret');
    expect(refused).toBeGreaterThan(0);
    expect(refused).toBeLessThan(0.2 * 600);
    expect(600 / (took / 1000)).toBeGreaterThanOrEqual(0.6 * 50);
  });

  test('a slow service does not hold up another one of the same account', async () => {
    bed.desk.setQuota({ name: 'ssm:PutParameter', limit: 3, perSeconds: 1 });
    const { traffic, until } = openRoads(time);
    const [slow, quick] = [await open('parameterstore', traffic), await open('secretsmanager', traffic)];
    const slowly = createAll([slow], 30);
    const took = await until(createAll([quick], 60));
    expect(took).toBeLessThan(2_000);
    await until(slowly);
  });

  test('a server that does not answer costs a handful of calls, and its neighbour none', async () => {
    bed.desk.addFault({ name: 'secretsmanager:CreateSecret', fault: { kind: 'hang' } });
    const { traffic } = openRoads(time);
    const dead = await open('secretsmanager', traffic, {}, 50);
    const failures = [];
    for (let count = 0; count < 30; count++) {
      failures.push(await failureOf(dead.write(creating(), patience())));
      await time.pass(5_000);
    }
    const codes = failures.map(({ code }) => code);
    expect(codes.slice(0, 5)).toEqual(Array.from({ length: 5 }, () => 'timeout'));
    expect(codes.filter((code) => code === 'target-resting').length).toBeGreaterThan(20);
    expect(bed.desk.arrivals({ name: 'secretsmanager:CreateSecret' }).length).toBeLessThan(10);
    // Another account's calls to the same server are made, and those of this one again once it answers.
    const other = await open('secretsmanager', traffic, { id: 'other' });
    bed.desk.clearFaults();
    expect((await other.write(creating(), patience())).confirmed).toBe(true);
    await time.pass(300_000);
    expect((await dead.write(creating(), patience())).confirmed).toBe(true);
  });

  describe('a gentle stop', () => {
    function stoppable() {
      const stop = new AbortController();
      const signal: CallSignal = Object.assign(new AbortController().signal, { stop: stop.signal });
      return { stop, signal };
    }

    test('ends the wait for a turn at once, and nothing was sent', async () => {
      const { traffic } = openRoads(time);
      const target = await open('parameterstore', traffic);
      const { stop, signal } = stoppable();
      const writes = Array.from({ length: 9 }, () => target.write(creating(), signal));
      const outcomes = Promise.allSettled(writes);
      await bed.arrived('ssm:PutParameter');
      stop.abort();
      const given = (await outcomes).flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
      expect(given.length).toBeGreaterThanOrEqual(6);
      for (const failure of given) expect(failure instanceof Failure && neverSent(failure)).toBe(true);
      expect(bed.desk.arrivals({ name: 'ssm:PutParameter' }).length).toBe(9 - given.length);
    });

    test('lets a request that was sent come to its end', async () => {
      const { traffic } = openRoads(time);
      const target = await open('secretsmanager', traffic);
      const { stop, signal } = stoppable();
      letInBefore(bed, 'secretsmanager:CreateSecret', () => stop.abort());
      expect((await target.write(creating(), signal)).confirmed).toBe(true);
      expect(stop.signal.aborted).toBe(true);
      expect(await failureOf(target.write(creating(), signal))).toMatchObject({ kind: 'cancelled' });
    });

    test('gives up the wait for a certificate’s operation, whose end is then not known', async () => {
      const { traffic } = openRoads(time);
      const target = await open('certificatemanager', traffic);
      bed.gcp.certificates.setPollsBeforeDone(1_000);
      const issuer = await createIssuer('P-256');
      const { pem } = await issuer.issue({});
      const bundle = readBundle({ contentType: 'application/x-pem-file', value: pem });
      const { stop, signal } = stoppable();
      let told = () => {};
      const waiting = new Promise<void>((resolve) => {
        told = resolve;
      });
      const write = failureOf(target.write(creating({ payload: { kind: 'certificate', bundle } }), signal, told));
      await waiting;
      stop.abort();
      const detail = await write;
      expect(detail.kind).toBe('cancelled');
      // What was begun may be carried out.
      expect(neverSent({ detail })).toBe(false);
    });
  });
});
