import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Target, TestStep, WriteRequest } from '../../main/clouds/ports.ts';
import { openTarget } from '../../main/clouds/registry.ts';
import type { AwsSettings } from '../../main/domain/connection.ts';
import { json } from '../clouds/kernel/reply.ts';
import { everythingIn, failureOf, overviewOf, patience } from '../conformance/outcome.ts';
import { type CloudBed, connectionTo, openCloudBed } from '../support/cloud-bed.ts';
import { openHostileCloud, patientDeps } from './hostile.ts';

const region = 'eu-central-1';
const allow = (action: unknown, resource: unknown = '*') => ({ Effect: 'Allow', Action: action, Resource: resource });
const policy = (...statements: object[]) => ({ Version: '2012-10-17', Statement: statements });

describe('AWS', () => {
  let bed: CloudBed;
  const opened: Target[] = [];
  beforeAll(async () => {
    bed = await openCloudBed();
  });
  afterEach(() => {
    bed.desk.clearFaults();
    for (const target of opened.splice(0)) target.close();
  });
  afterAll(() => bed.close());

  async function openWith(credential: unknown, change: Partial<AwsSettings> = {}, deps = bed.deps): Promise<Target> {
    const settings: AwsSettings = {
      provider: 'aws',
      signIn: 'keys',
      region,
      endpoint: bed.aws.url,
      caBundle: bed.caPem,
      ...change,
    };
    const target = await openTarget(connectionTo(settings), credential, 'secretsmanager', region, deps);
    opened.push(target);
    return target;
  }
  function keyFor(document: unknown = policy(allow('*'))) {
    const { accessKeyId, secretAccessKey } = bed.aws.addAccessKey({ policy: document });
    return { accessKeyId, secretAccessKey };
  }
  const request = (change: Partial<WriteRequest> & Pick<WriteRequest, 'name'>): WriteRequest => ({
    mode: 'create',
    payload: { kind: 'text', text: 'one' },
    tags: { a: 'b' },
    options: {},
    replaces: null,
    idempotencyKey: randomUUID(),
    ...change,
  });
  const create = (target: Target, name: string, options: WriteRequest['options'] = {}) =>
    target.write(request({ name, options }), patience());
  async function stepsOf(target: Target, prefix = 'certifyclouds/'): Promise<TestStep[]> {
    const steps: TestStep[] = [];
    for await (const step of target.test(prefix, patience())) steps.push(step);
    return steps;
  }

  test.each([
    [
      'an unknown key',
      () => ({ accessKeyId: 'AKIAAAAAAAAAAAAAAAAA', secretAccessKey: 'x'.repeat(40) }),
      'does not know',
    ],
    ['a wrong secret', () => ({ ...keyFor(), secretAccessKey: 'canary'.repeat(7) }), 'does not belong'],
    [
      'a disabled key',
      () => {
        const key = keyFor();
        bed.aws.disableAccessKey(key.accessKeyId);
        return key;
      },
      'does not know',
    ],
  ])('%s is told as such, at the sign-in step too', async (_, credential, words) => {
    const target = await openWith(credential());
    const failure = await failureOf(create(target, 'certifyclouds/a'));
    expect(failure).toMatchObject({ kind: 'auth', code: 'aws-credentials' });
    expect(failure.sentence).toContain(words);
    expect(JSON.stringify(failure)).not.toContain('canary');
    expect((await stepsOf(target)).map(({ id, outcome }) => `${id} ${outcome}`)).toEqual([
      'name passed',
      'dns passed',
      'tls passed',
      'sign-in failed',
      'list skipped',
      'inspect skipped',
      'write skipped',
    ]);
  });

  test('a denied action is named with resource and region', async () => {
    const untagged = policy(allow('secretsmanager:CreateSecret'), allow('secretsmanager:PutSecretValue'));
    const target = await openWith(keyFor(untagged));
    const creating = await failureOf(create(target, 'certifyclouds/untagged'));
    expect(creating).toMatchObject({ kind: 'denied', code: 'aws-denied' });
    // Creating with tags needs the right to tag: the action that is missing is named, not the one that was called.
    expect(creating.sentence).toContain('secretsmanager:TagResource on certifyclouds/untagged in eu-central-1');
    expect(creating.fix).toContain('secretsmanager:TagResource');
    const none = await openWith(keyFor(policy(allow('sts:GetCallerIdentity'))));
    expect((await failureOf(create(none, 'certifyclouds/x'))).sentence).toContain(
      'secretsmanager:CreateSecret on certifyclouds/x in eu-central-1',
    );
    const steps = await stepsOf(none);
    expect(steps.at(-1)).toMatchObject({ id: 'write', outcome: 'failed' });
    expect(steps.at(-1)?.sentence).toContain('secretsmanager:PutSecretValue');
  });

  test('write rights are tried for tags as well', async () => {
    const steps = await stepsOf(await openWith(keyFor(policy(allow('secretsmanager:PutSecretValue')))));
    expect(steps.map(({ id, outcome }) => `${id} ${outcome}`).slice(4)).toEqual([
      'list warning',
      'inspect warning',
      'write failed',
    ]);
    expect(steps.at(-1)?.sentence).toContain('secretsmanager:TagResource');
  });

  test('an explicit deny is told as one', async () => {
    const deny = { Effect: 'Deny', Action: 'secretsmanager:CreateSecret', Resource: '*' };
    const target = await openWith(keyFor(policy(allow('*'), deny)));
    const failure = await failureOf(create(target, 'certifyclouds/denied'));
    expect(failure).toMatchObject({ kind: 'denied', code: 'aws-denied-explicitly' });
    expect(failure.fix).toContain('Deny');
  });

  test('where nothing in a folder may be looked at, the rest of it is not asked for', async () => {
    const target = await openWith(keyFor(policy(allow('secretsmanager:PutSecretValue'))));
    bed.desk.clearArrivals();
    const looks = (folder: string, count: number) =>
      Array.from({ length: count }, (_, index) => target.inspect({ name: `${folder}item-${index}` }, patience()));
    for (const [folder, count] of [
      ['certifyclouds/', 20],
      ['certifyclouds/', 1_000],
      ['other/', 3],
    ] as const)
      for (const state of await Promise.all(looks(folder, count))) expect(state).toMatchObject({ kind: 'unreadable' });
    const asked = () => bed.desk.arrivals({ name: 'secretsmanager:DescribeSecret' }).length;
    expect(asked()).toBe(13);
    // A name outside any folder has no neighbours to speak for.
    await Promise.all(looks('', 25));
    expect(asked()).toBe(38);
  });

  test('names that may not be looked at do not hide a neighbour that may', async () => {
    const readable = allow('secretsmanager:DescribeSecret', [
      `arn:aws:secretsmanager:${region}:*:secret:mixed/team-a-*`,
      `arn:aws:secretsmanager:${region}:*:secret:late/team-a-*`,
    ]);
    const target = await openWith(keyFor(policy(allow(['secretsmanager:PutSecretValue']), readable)));
    const state = (name: string) => target.inspect({ name }, patience());
    async function refusals(folder: string, count: number) {
      for (let index = 0; index < count; index++)
        expect(await state(`${folder}/other-${index}`)).toMatchObject({ kind: 'unreadable' });
    }
    for (const folder of ['mixed', 'late']) {
      bed.aws.putOutside(region, `${folder}/team-a-x`, 'one');
      bed.aws.putOutside(region, `${folder}/team-a-y`, 'one');
    }
    await refusals('mixed', 9);
    expect(await state('mixed/team-a-x')).toMatchObject({ kind: 'present' });
    await refusals('mixed', 30);
    expect(await state('mixed/team-a-y')).toMatchObject({ kind: 'present' });
    // However often a folder refused: what is to be replaced is looked at.
    const seen = await state('late/team-a-x');
    const later = await openWith(keyFor(policy(allow(['secretsmanager:PutSecretValue']), readable)));
    for (let index = 0; index < 20; index++) await later.inspect({ name: `late/other-${index}` }, patience());
    expect(await later.inspect({ name: 'late/team-a-x' }, patience())).toMatchObject({ kind: 'unreadable' });
    if (seen.kind !== 'present') throw new Error(seen.kind);
    bed.aws.putOutside(region, 'late/team-a-x', 'by hand');
    const { id, version: replaces } = seen;
    const update = request({ mode: 'update', name: 'late/team-a-x', id, replaces });
    expect(await failureOf(later.write(update, patience()))).toMatchObject({ code: 'target-changed' });
    expect(bed.aws.secretValue(region, 'late/team-a-x')).toBe('by hand');
  });

  test('one name that is denied explicitly says nothing of its neighbours', async () => {
    bed.aws.putOutside(region, 'folder/open', 'x');
    const deny = {
      Effect: 'Deny',
      Action: 'secretsmanager:DescribeSecret',
      Resource: `arn:aws:secretsmanager:${region}:*:secret:folder/closed*`,
    };
    const target = await openWith(keyFor(policy(allow('*'), deny)));
    expect(await target.inspect({ name: 'folder/closed' }, patience())).toMatchObject({ kind: 'unreadable' });
    expect(await target.inspect({ name: 'folder/open' }, patience())).toMatchObject({ kind: 'present' });
  });

  test('a name that ends like the random part of an ARN is written and found', async () => {
    const target = await openWith(keyFor());
    const written = await create(target, 'certifyclouds/db-passwd');
    expect(written.id).toMatch(/secret:certifyclouds\/db-passwd-\w{6}$/);
    expect(await target.inspect({ name: 'certifyclouds/db' }, patience())).toEqual({ kind: 'absent' });
    const update = request({
      mode: 'update',
      name: 'certifyclouds/db-passwd',
      id: written.id,
      replaces: written.version,
    });
    expect((await target.write(update, patience())).confirmed).toBe(true);
  });

  test.each([1, -1])('a clock that is %i hour off is corrected, with 20 calls at once', async (hours) => {
    const target = await openWith(keyFor());
    bed.desk.setClockOffset(hours * 60 * 60 * 1000);
    try {
      const names = Array.from({ length: 20 }, (_, index) => `certifyclouds/skew-${hours}-${index}`);
      const written = await Promise.all(names.map((name) => create(target, name)));
      expect(written.every(({ confirmed }) => confirmed)).toBe(true);
      for (const name of names) expect(bed.aws.secret(region, name)?.versions).toHaveLength(1);
      expect((await stepsOf(await openWith(keyFor()))).filter(({ outcome }) => outcome !== 'passed')).toEqual([]);
    } finally {
      bed.desk.setClockOffset(0);
    }
  });

  test('nothing is tried twice behind the engine’s back', async () => {
    const target = await openWith(keyFor());
    for (const [fault, kind] of [
      [{ kind: 'throttle', retryAfter: 2 }, 'throttled'],
      [{ kind: 'throttle' }, 'throttled'],
      [{ kind: 'status', status: 500 }, 'network'],
      [{ kind: 'status', status: 503 }, 'network'],
      [{ kind: 'reset' }, 'network'],
      [{ kind: 'truncate' }, 'network'],
    ] as const) {
      bed.desk.clearArrivals();
      bed.desk.addFault({ name: 'secretsmanager:DescribeSecret', fault, times: 1 });
      expect(await failureOf(target.inspect({ name: 'certifyclouds/any' }, patience()))).toMatchObject({ kind });
      expect(bed.desk.arrivals()).toHaveLength(1);
    }
  });

  test('a reply that never comes is a timeout', async () => {
    const target = await openWith(keyFor(), {}, { ...bed.deps, callTimeoutMs: 500 });
    bed.desk.addFault({ name: 'secretsmanager:DescribeSecret', fault: { kind: 'hang' }, times: 1 });
    expect(await failureOf(target.inspect({ name: 'certifyclouds/any' }, patience()))).toMatchObject({
      kind: 'timeout',
    });
  });

  test('what stands between here and AWS is told as such', async () => {
    const key = keyFor();
    const told = async (change: Partial<AwsSettings>) => {
      const target = await openWith(key, change);
      const failure = await failureOf(target.inspect({ name: 'certifyclouds/any' }, patience()));
      const failed = (await stepsOf(target)).find(({ outcome }) => outcome === 'failed');
      expect(failed?.sentence).toBe(failure.sentence);
      return { ...failure, step: failed?.id };
    };
    const untrusted = await told({ caBundle: undefined });
    expect(untrusted).toMatchObject({ kind: 'invalid', code: 'tls-untrusted', step: 'tls' });
    expect(untrusted.fix).toContain('CA bundle');
    const nowhere = await told({ endpoint: 'https://no-such-host.invalid' });
    expect(nowhere).toMatchObject({ kind: 'network', code: 'dns', step: 'dns' });
    const closed = await openHostileCloud(() => undefined);
    await closed.close();
    expect(await told({ endpoint: closed.url })).toMatchObject({ code: 'connection-refused', step: 'tls' });
  });

  test('the environment cannot lead a connection elsewhere, nor lend it another key', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL', bed.aws.url);
    vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', bed.aws.url);
    vi.stubEnv('AWS_PROFILE', 'someone-else');
    vi.stubEnv('AWS_REGION', 'us-west-2');
    vi.stubEnv('AWS_MAX_ATTEMPTS', '5');
    try {
      bed.desk.clearArrivals();
      const settings: AwsSettings = { provider: 'aws', signIn: 'keys', region, caBundle: bed.caPem };
      // No such region, so no such host, whether or not there is a network.
      const target = await openTarget(connectionTo(settings), keyFor(), 'secretsmanager', 'zz-nowhere-1', bed.deps);
      opened.push(target);
      expect(await failureOf(target.inspect({ name: 'certifyclouds/any' }, patience()))).toMatchObject({ code: 'dns' });
      expect(bed.desk.arrivals()).toEqual([]);
      const here = await openWith(keyFor());
      expect(await here.inspect({ name: 'certifyclouds/never' }, patience())).toEqual({ kind: 'absent' });
    } finally {
      vi.unstubAllEnvs();
    }
  });

  describe('as only a server of our own can play it', () => {
    async function answered(status: number, body: unknown, headers: Record<string, string> = {}) {
      const cloud = await openHostileCloud(() => json(status, body, headers));
      const key = { accessKeyId: 'A'.repeat(20), secretAccessKey: 'made up for this test' };
      const target = await openWith(key, { endpoint: cloud.url, caBundle: cloud.caPem }, patientDeps);
      return { target, cloud };
    }

    test.each([
      ['another service manages it', { OwningService: 'rds' }, 'target-managed'],
      ['it is a replica', { PrimaryRegion: 'us-east-1' }, 'target-replica'],
      ['it is scheduled for deletion', { DeletedDate: 1_700_000_000 }, 'target-pending-deletion'],
    ])('a secret is closed if %s', async (_, more, code) => {
      const { target, cloud } = await answered(200, { ARN: 'arn:x', Name: 'a', ...more });
      expect(await target.inspect({ name: 'a' }, patience())).toMatchObject({ kind: 'closed', code });
      await cloud.close();
    });

    test('a secret without a current version has no marker', async () => {
      const { target, cloud } = await answered(200, { ARN: 'arn:x', Name: 'a', PrimaryRegion: region });
      const state = { kind: 'present', id: 'arn:x', version: null, ownerRecordId: null };
      expect(await target.inspect({ name: 'a' }, patience())).toEqual(state);
      await cloud.close();
    });

    test.each([
      [400, 'LimitExceededException', '', 'quota', 'aws-quota'],
      [400, 'InvalidRequestException', 'This secret is managed by rds', 'conflict', 'target-managed'],
      [400, 'InvalidRequestException', 'You tried canary', 'invalid', 'aws-refused'],
      [400, 'EncryptionFailure', '', 'denied', 'aws-kms-denied'],
      [400, 'AccessDeniedException', 'Access to KMS is not allowed', 'denied', 'aws-kms-denied'],
      [400, 'ExpiredTokenException', '', 'auth', 'aws-credentials'],
      [400, 'TooManyRequestsException', '', 'throttled', 'aws-throttled'],
      [429, 'SomethingNew', '', 'throttled', 'aws-throttled'],
      [400, 'SomethingNew', 'canary', 'invalid', 'aws-refused'],
      [502, 'canary canary', 'canary', 'network', 'aws-unavailable'],
    ])('HTTP %i %s %j is %s', async (status, type, message, kind, code) => {
      const { target, cloud } = await answered(status, { __type: type, message });
      const failure = await failureOf(create(target, 'a'));
      expect(failure).toMatchObject({ kind, code });
      expect(JSON.stringify(failure)).not.toContain('canary');
      await cloud.close();
    });

    test('Retry-After of a server error is obeyed too', async () => {
      const { target, cloud } = await answered(503, { __type: 'ServiceUnavailable' }, { 'retry-after': '9' });
      expect(await failureOf(target.inspect({ name: 'a' }, patience()))).toMatchObject({
        kind: 'network',
        retryAfterMs: 9000,
      });
      await cloud.close();
    });

    test('a listing that runs in a circle is a failure', async () => {
      const { target, cloud } = await answered(200, { SecretList: [], NextToken: 'again' });
      const first = await overviewOf(target)(undefined, patience());
      const second = overviewOf(target)(first.next, patience());
      expect(await failureOf(second)).toMatchObject({ kind: 'invalid', code: 'listing-endless' });
      await cloud.close();
    });

    test('a write that AWS does not call current is not confirmed, and an incomplete answer is no success', async () => {
      const key = randomUUID();
      const update = request({ mode: 'update', name: 'a', idempotencyKey: key });
      for (const [body, confirmed] of [
        [{ ARN: 'arn:x', VersionId: key, VersionStages: ['AWSPREVIOUS'] }, false],
        [{ ARN: 'arn:x', VersionId: key }, false],
        [{ ARN: 'arn:x', VersionId: randomUUID(), VersionStages: ['AWSCURRENT'] }, false],
        [{ ARN: 'arn:x', VersionId: key, VersionStages: ['AWSCURRENT'] }, true],
      ] as const) {
        const { target, cloud } = await answered(200, body);
        expect((await target.write(update, patience())).confirmed).toBe(confirmed);
        await cloud.close();
      }
      const { target, cloud } = await answered(200, {});
      expect(await failureOf(target.write(update, patience()))).toMatchObject({ code: 'reply-incomplete' });
      await cloud.close();
    });

    test('a page of something in between is told by its status', async () => {
      const cloud = await openHostileCloud(() => ({
        status: 200,
        headers: { 'content-type': 'text/html' },
        body: '<p>canary',
      }));
      const key = { accessKeyId: 'A'.repeat(20), secretAccessKey: 'made up for this test' };
      const target = await openWith(key, { endpoint: cloud.url, caBundle: cloud.caPem }, patientDeps);
      const error: unknown = await target.inspect({ name: 'a' }, patience()).catch((thrown: unknown) => thrown);
      expect(await failureOf(Promise.reject(error))).toMatchObject({ kind: 'network', code: 'reply-broken' });
      expect(everythingIn(error)).not.toContain('canary');
      await cloud.close();
    });
  });
});
