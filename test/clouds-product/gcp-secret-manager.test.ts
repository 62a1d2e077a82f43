import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Target, TestStep, WriteRequest } from '../../main/clouds/ports.ts';
import { openTarget } from '../../main/clouds/registry.ts';
import { ownerTag } from '../../main/domain/ownership.ts';
import type { Payload } from '../../main/domain/payload.ts';
import type { TargetState } from '../../main/domain/plan.ts';
import { product } from '../../main/product.ts';
import type { Fault } from '../clouds/kernel/types.ts';
import { failureOf, patience } from '../conformance/outcome.ts';
import { letInBefore } from '../conformance/target-cloud-bed.ts';
import { connectionTo } from '../support/cloud-bed.ts';
import { type GcpBed, openGcpBed, projectId } from './gcp-bed.ts';

const owner = ownerTag(product.tagNamespace);
const text = (value: string): Payload => ({ kind: 'text', text: value });

describe('GCP Secret Manager', { timeout: 30_000 }, () => {
  let bed: GcpBed;
  let names = 0;
  beforeAll(async () => {
    bed = await openGcpBed('secretmanager', 'roles/secretmanager.admin');
  });
  afterEach(() => {
    bed.gcp.clearQuotas();
    bed.tidy();
  });
  afterAll(() => bed.close());

  const newName = () => `certifyclouds_case-${++names}`;
  const full = (name: string) => `projects/${projectId}/secrets/${name}`;
  const request = (change: Partial<WriteRequest> & Pick<WriteRequest, 'name'>): WriteRequest => ({
    mode: 'create',
    payload: text('first value'),
    tags: { [owner]: 'r1' },
    options: {},
    replaces: null,
    idempotencyKey: randomUUID(),
    ...change,
  });
  const present = (state: TargetState) => {
    if (state.kind !== 'present') throw new Error(`the target is ${state.kind}`);
    return state;
  };
  const fault = (name: string, what: Fault, more: { times?: number; after?: number } = {}) =>
    bed.desk.addFault({ cloud: 'gcp', name: `SecretManagerService.${name}`, fault: what, times: 1, ...more });
  const asked = (name: string) => bed.desk.arrivals({ cloud: 'gcp', name: `SecretManagerService.${name}` }).length;
  const states = (name: string) => bed.gcp.secrets.get(full(name))?.versions.map(({ state }) => state);
  async function stepsOf(target: Target, prefix = 'certifyclouds/'): Promise<TestStep[]> {
    const steps: TestStep[] = [];
    for await (const step of target.test(prefix, patience())) steps.push(step);
    return steps;
  }

  test('creates the secret and its first version, and sees both again', async () => {
    const target = await bed.open();
    const create = request({ name: newName(), tags: { [owner]: 'r1', env: 'prod', 'Cost Center': 'R&D 42' } });
    expect(await target.inspect(create, patience())).toEqual({ kind: 'absent' });
    const written = await target.write(create, patience());
    expect(written).toEqual({
      id: `projects/${bed.projectNumber}/secrets/${create.name}`,
      version: expect.stringMatching(/^1@/),
      confirmed: true,
    });
    expect(bed.gcp.secrets.value(full(create.name))?.toString()).toBe('first value');
    const { labels, annotations, replication } = bed.gcp.secrets.get(full(create.name)) ?? {};
    expect(labels).toEqual({ 'certifyclouds-record': 'r1', env: 'prod', 'cost-center': 'r-d-42' });
    expect(Object.values(annotations ?? {})).toEqual(['{"Cost Center":"R&D 42"}']);
    expect(replication).toEqual({ automatic: {} });
    expect(await target.inspect(create, patience())).toEqual({
      kind: 'present',
      id: written.id,
      version: written.version,
      ownerRecordId: 'r1',
    });
  });

  test.each<[string, Payload, Buffer]>([
    ['line ends', text('a\r\nb\nc\rd\n'), Buffer.from('a\r\nb\nc\rd\n')],
    ['UTF-8', text('pässwörd 日本語 😀 \u2028'), Buffer.from('pässwörd 日本語 😀 \u2028')],
    [
      'bytes',
      { kind: 'binary', bytes: new Uint8Array([0, 255, 254, 128, 10, 0]) },
      Buffer.from([0, 255, 254, 128, 10, 0]),
    ],
    ['25 KB', text('ü'.repeat(12_800)), Buffer.from('ü'.repeat(12_800))],
    ['the largest', text('x'.repeat(65_536)), Buffer.from('x'.repeat(65_536))],
  ])('keeps %s byte for byte', async (_, payload, bytes) => {
    const target = await bed.open();
    const create = request({ name: newName(), payload });
    expect((await target.write(create, patience())).confirmed).toBe(true);
    expect(bed.gcp.secrets.value(full(create.name))?.equals(bytes)).toBe(true);
  });

  test('an update adds a version on top of the one it means to replace, and keeps labels', async () => {
    const target = await bed.open();
    const create = request({ name: newName() });
    const { id, version } = await target.write(create, patience());
    const update = request({ name: create.name, id, mode: 'update', payload: text('second'), replaces: version });
    const written = await target.write({ ...update, tags: { other: 'x' } }, patience());
    expect(written).toEqual({ id, version: expect.stringMatching(/^2@/), confirmed: true });
    expect(bed.gcp.secrets.value(full(create.name))?.toString()).toBe('second');
    expect(bed.gcp.secrets.get(full(create.name))?.labels).toEqual({ 'certifyclouds-record': 'r1' });
  });

  test('nothing is written over a version that was not seen', async () => {
    const target = await bed.open();
    const create = request({ name: newName() });
    const { id, version } = await target.write(create, patience());
    bed.gcp.secrets.put(full(create.name), 'theirs');
    const update = request({ name: create.name, id, mode: 'update', payload: text('ours'), replaces: version });
    expect(await failureOf(target.write(update, patience()))).toMatchObject({
      kind: 'conflict',
      code: 'target-changed',
    });
    expect(bed.gcp.secrets.value(full(create.name))?.toString()).toBe('theirs');
    expect(await failureOf(target.write({ ...update, replaces: null }, patience()))).toMatchObject({
      code: 'target-changed',
    });
  });

  test('a version that slips in between the look and the write is told', async () => {
    const target = await bed.open();
    const create = request({ name: newName() });
    const { id, version } = await target.write(create, patience());
    letInBefore(
      bed,
      'SecretManagerService.AddSecretVersion',
      () => void bed.gcp.secrets.put(full(create.name), 'theirs'),
    );
    const update = request({ name: create.name, id, mode: 'update', payload: text('ours'), replaces: version });
    const written = await target.write(update, patience());
    expect(written.version).toMatch(/^3@/);
    expect(written.warning).toMatchObject({ code: 'overwrote-unseen' });
    expect(written.warning?.sentence).toContain('version 2');
  });

  test('create refuses what exists, update what does not, and nothing is touched', async () => {
    const target = await bed.open();
    const name = newName();
    bed.gcp.secrets.put(full(name), 'theirs');
    expect(await failureOf(target.write(request({ name }), patience()))).toMatchObject({ code: 'target-exists' });
    expect(bed.gcp.secrets.value(full(name))?.toString()).toBe('theirs');
    for (const replaces of [null, '1@2026-01-01T00:00:00.000Z']) {
      const update = request({ name: newName(), mode: 'update', replaces });
      const missing = { kind: 'not-found', code: 'target-missing' };
      expect(await failureOf(target.write(update, patience()))).toMatchObject(missing);
      expect(bed.gcp.secrets.get(full(update.name))).toBeUndefined();
    }
  });

  test('an own secret that an earlier try left without a value is filled, nobody else’s', async () => {
    const target = await bed.open();
    const create = request({ name: newName() });
    fault('AddSecretVersion', { kind: 'reset' });
    expect(await failureOf(target.write(create, patience()))).toMatchObject({ kind: 'network' });
    const shell = present(await target.inspect(create, patience()));
    expect(shell).toMatchObject({ version: null, ownerRecordId: 'r1' });
    const theirs = await failureOf(target.write({ ...create, tags: { [owner]: 'r2' } }, patience()));
    expect(theirs).toMatchObject({ code: 'target-exists' });
    expect((await target.write(create, patience())).version).toMatch(/^1@/);
    expect(states(create.name)).toEqual(['ENABLED']);
  });

  test('after a lost answer the value itself tells whether it arrived', async () => {
    const target = await bed.open();
    const create = request({ name: newName() });
    fault('AddSecretVersion', { kind: 'lose-reply' });
    expect(await failureOf(target.write(create, patience()))).toMatchObject({ kind: 'network' });
    const is = (value: string) => (content: Uint8Array) => Buffer.from(content).toString() === value;
    expect(await target.holds(create, is('first value'), patience())).toBe(true);
    expect(await target.holds(create, is('another'), patience())).toBe(false);
    expect(await target.holds({ name: newName() }, is('first value'), patience())).toBe(false);
    bed.gcp.secrets.setState(full(create.name), '1', 'DISABLED');
    expect(await target.holds(create, is('first value'), patience())).toBe(false);
    const blind = await bed.open(await bed.accountWith(['secretmanager.versions.add']));
    expect(await blind.holds(create, is('first value'), patience())).toBeUndefined();
  });

  test('the marker moves with every change of the newest version, even to a namesake made anew', async () => {
    const target = await bed.open();
    const create = request({ name: newName() });
    const { version } = await target.write(create, patience());
    const marker = async () => present(await target.inspect(create, patience())).version;
    expect(await marker()).toBe(version);
    bed.gcp.secrets.setState(full(create.name), '1', 'DISABLED');
    expect(await marker()).toBe(`${version} disabled`);
    bed.gcp.secrets.setState(full(create.name), '1', 'DESTROYED');
    expect(await marker()).toBe(`${version} destroyed`);
    bed.gcp.secrets.remove(full(create.name));
    bed.advance(1000);
    bed.gcp.secrets.put(full(create.name), 'theirs');
    expect(await marker()).toMatch(/^1@/);
    expect(await marker()).not.toBe(version);
  });

  test('sets and removes tags, keeps everybody else’s labels and annotations', async () => {
    const target = await bed.open();
    const name = newName();
    const before = { [owner]: 'r1', env: 'prod', Stale: 'Yes!', 'Cost Center': 'R&D 42' };
    await target.write(request({ name, tags: before }), patience());
    bed.gcp.secrets.label(full(name), { theirs: 'kept' });
    bed.gcp.secrets.annotate(full(name), { 'their.note': 'kept too' });
    const set = { [owner]: 'r1', env: 'Dev', 'Cost Center': 'R&D 43' };
    await target.tag({ name }, { set, remove: ['Stale', 'never there'] }, patience());
    const marks = bed.gcp.secrets.get(full(name));
    expect(marks?.labels).toEqual({
      'certifyclouds-record': 'r1',
      env: 'dev',
      'cost-center': 'r-d-43',
      theirs: 'kept',
    });
    expect(Object.values(marks?.annotations ?? {}).sort()).toEqual([
      'kept too',
      '{"Cost Center":"R&D 43"}',
      '{"env":"Dev"}',
    ]);
    await target.tag({ name }, { set: {}, remove: Object.keys({ ...before, ...set }) }, patience());
    const bare = bed.gcp.secrets.get(full(name));
    expect(bare).toMatchObject({ labels: { theirs: 'kept' }, annotations: { 'their.note': 'kept too' } });
    expect(present(await target.inspect({ name }, patience())).ownerRecordId).toBeNull();
  });

  test('labels that somebody else changed meanwhile are not overwritten: the same call again reads them first', async () => {
    const target = await bed.open();
    const name = newName();
    await target.write(request({ name }), patience());
    letInBefore(bed, 'SecretManagerService.UpdateSecret', () => bed.gcp.secrets.label(full(name), { theirs: 'kept' }));
    const tagging = target.tag({ name }, { set: { [owner]: 'r1', a: 'b' }, remove: [] }, patience());
    expect(await failureOf(tagging)).toMatchObject({ kind: 'throttled', code: 'gcp-changed-meanwhile' });
    await target.tag({ name }, { set: { [owner]: 'r1', a: 'b' }, remove: [] }, patience());
    expect(bed.gcp.secrets.get(full(name))?.labels).toEqual({ 'certifyclouds-record': 'r1', a: 'b', theirs: 'kept' });
  });

  test('removing disables all versions, says so on the secret, and can be done again', async () => {
    const target = await bed.open();
    const name = newName();
    await target.write(request({ name }), patience());
    bed.gcp.secrets.put(full(name), 'second');
    await target.remove({ name }, null, patience());
    await target.remove({ name }, null, patience());
    expect(states(name)).toEqual(['DISABLED', 'DISABLED']);
    const day = new Date(bed.now()).toISOString().slice(0, 10);
    expect(bed.gcp.secrets.get(full(name))?.labels).toEqual({
      'certifyclouds-record': 'r1',
      'certifyclouds-removed': day,
    });
    await target.tag({ name }, { set: { [owner]: 'r1' }, remove: [] }, patience());
    expect(bed.gcp.secrets.get(full(name))?.labels).toEqual({ 'certifyclouds-record': 'r1' });
    expect(await failureOf(target.remove({ name: newName() }, null, patience()))).toMatchObject({
      code: 'target-missing',
    });
  });

  test('taking a removal back enables what it disabled, and nothing else', async () => {
    const target = await bed.open();
    const name = newName();
    const { id } = await target.write(request({ name }), patience());
    const resource = full(name);
    for (const value of ['second', 'third']) bed.gcp.secrets.put(resource, value);
    bed.gcp.secrets.setState(resource, '2', 'DISABLED');
    bed.gcp.secrets.label(resource, { theirs: 'kept' });
    const before = present(await target.inspect({ name }, patience()));
    await target.remove({ name, id }, before.version, patience());
    expect(states(name)).toEqual(['DISABLED', 'DISABLED', 'DISABLED']);
    const restorable = { id, version: before.version, deletedAt: bed.now() };
    expect(await target.inspect({ name }, patience())).toMatchObject({ kind: 'closed', restorable });
    await target.restore?.({ name, id }, patience());
    expect(states(name)).toEqual(['ENABLED', 'DISABLED', 'ENABLED']);
    expect(await target.inspect({ name }, patience())).toEqual(before);
    const { labels, annotations } = bed.gcp.secrets.get(resource) ?? {};
    expect(labels).toEqual({ 'certifyclouds-record': 'r1', theirs: 'kept' });
    expect(annotations).toEqual({});
  });

  test('a removal that was cut off is gone on with, and can be taken back as a whole', async () => {
    const target = await bed.open();
    const name = newName();
    const { id } = await target.write(request({ name }), patience());
    for (const value of ['second', 'third']) bed.gcp.secrets.put(full(name), value);
    const { version } = present(await target.inspect({ name }, patience()));
    fault('DisableSecretVersion', { kind: 'status', status: 503 }, { after: 1 });
    expect(await failureOf(target.remove({ name, id }, version, patience()))).toMatchObject({ kind: 'network' });
    expect(states(name)).toEqual(['ENABLED', 'ENABLED', 'DISABLED']);
    const again = await bed.open();
    await again.remove({ name, id }, version, patience());
    expect(states(name)).toEqual(['DISABLED', 'DISABLED', 'DISABLED']);
    fault('EnableSecretVersion', { kind: 'lose-reply' }, { after: 1 });
    expect(await failureOf(Promise.resolve(again.restore?.({ name, id }, patience())))).toMatchObject({
      kind: 'network',
    });
    // Until the newest is back, it counts as removed.
    expect((await again.inspect({ name }, patience())).kind).toBe('closed');
    await again.restore?.({ name, id }, patience());
    expect(states(name)).toEqual(['ENABLED', 'ENABLED', 'ENABLED']);
    expect(present(await again.inspect({ name }, patience())).version).toBe(version);
  });

  test('a removed secret that others use again is as good as any other', async () => {
    const target = await bed.open();
    const name = newName();
    const { id } = await target.write(request({ name }), patience());
    const { version } = present(await target.inspect({ name }, patience()));
    await target.remove({ name, id }, version, patience());
    bed.gcp.secrets.put(full(name), 'theirs');
    const state = present(await target.inspect({ name }, patience()));
    expect(state.version).toMatch(/^2@/);
    expect(await failureOf(target.remove({ name, id }, version, patience()))).toMatchObject({ code: 'target-changed' });
    expect(states(name)).toEqual(['DISABLED', 'ENABLED']);
    // Disabled by hand, it is no removal of ours.
    bed.gcp.secrets.setState(full(name), '2', 'DISABLED');
    expect(present(await target.inspect({ name }, patience())).version).toBe(`${state.version} disabled`);
    const stale = target.remove({ name, id }, state.version, patience());
    expect(await failureOf(stale)).toMatchObject({ code: 'target-changed' });
    bed.gcp.secrets.setState(full(name), '2', 'ENABLED');
    await target.remove({ name, id }, state.version, patience());
    expect(await target.inspect({ name }, patience())).toMatchObject({
      kind: 'closed',
      restorable: { version: state.version },
    });
    // The first one had been disabled by the removal before: not by this one, so it stays.
    await target.restore?.({ name, id }, patience());
    expect(states(name)).toEqual(['DISABLED', 'ENABLED']);
  });

  test('replicates where it is told to, and keeps a region’s secrets in the region', async () => {
    const target = await bed.open();
    const create = request({ name: newName(), options: { replicaLocations: ['europe-west1', 'europe-west3'] } });
    await target.write(create, patience());
    expect(bed.gcp.secrets.get(full(create.name))?.replication).toEqual({
      userManaged: { replicas: [{ location: 'europe-west1' }, { location: 'europe-west3' }] },
    });
    const regional = await bed.open(bed.admin, 'europe-west3');
    const there = request({ name: newName() });
    expect((await regional.write(there, patience())).id).toBe(
      `projects/${bed.projectNumber}/locations/europe-west3/secrets/${there.name}`,
    );
    expect(present(await regional.inspect(there, patience())).version).toMatch(/^1@/);
    expect(await target.inspect(there, patience())).toEqual({ kind: 'absent' });
  });

  test('what the service does not take is told before anything is sent', async () => {
    const target = await bed.open();
    bed.desk.clearArrivals();
    const codes = (name: string, payload?: Payload) => target.validate(name, payload).map(({ code }) => code);
    expect(codes('certifyclouds_api-key', text('x'.repeat(65_536)))).toEqual([]);
    expect(codes('x'.repeat(255))).toEqual([]);
    for (const name of ['', 'x'.repeat(256), 'a/b', 'a b', 'ümlaut', 'a.b', 'tab\t'])
      expect(codes(name)).toEqual(['name']);
    expect(codes('a', text(''))).toEqual(['value-empty']);
    expect(codes('a', { kind: 'binary', bytes: new Uint8Array(65_537) })).toEqual(['value-too-large']);
    const writing = target.write(request({ name: 'a', payload: text('') }), patience());
    expect(await failureOf(writing)).toMatchObject({ kind: 'invalid', code: 'target-value-empty' });
    expect(bed.desk.arrivals({ cloud: 'gcp' })).toEqual([]);
  });

  test('a denied permission is named, with the project', async () => {
    const name = newName();
    const denied = await bed.open(await bed.accountWith(['secretmanager.secrets.create']));
    const failure = await failureOf(denied.write(request({ name }), patience()));
    expect(failure).toMatchObject({ kind: 'denied', code: 'gcp-denied' });
    expect(failure.sentence).toContain('secretmanager.versions.add');
    expect(failure.sentence).toContain(`secret ${name} in project ${projectId} (global)`);
    expect(failure.fix).toContain('secretmanager.versions.add');
    expect(await denied.inspect({ name }, patience())).toMatchObject({ kind: 'unreadable' });
  });

  test('whoever may not look writes all the same, on the word of a person', async () => {
    const name = newName();
    bed.gcp.secrets.put(full(name), 'theirs');
    const blind = await bed.open(await bed.accountWith(['secretmanager.versions.add']));
    const update = request({ name, mode: 'update', payload: text('ours') });
    const written = await blind.write(update, patience());
    expect(written).toMatchObject({ version: expect.stringMatching(/^2@/), confirmed: true });
    expect(written.warning).toBeUndefined();
  });

  test('an API that is not switched on is named with the command that does it', async () => {
    const target = await bed.open();
    bed.gcp.setApiEnabled(projectId, 'secretmanager.googleapis.com', false);
    const failure = await failureOf(target.inspect({ name: newName() }, patience()));
    bed.gcp.setApiEnabled(projectId, 'secretmanager.googleapis.com', true);
    expect(failure).toMatchObject({ kind: 'denied', code: 'gcp-api-disabled' });
    expect(failure.fix).toContain(`gcloud services enable secretmanager.googleapis.com --project ${projectId}`);
  });

  test('throttling is told with how long to wait, outages and lost connections as passing', async () => {
    const target = await bed.open();
    const ref = { name: newName() };
    fault('GetSecret', { kind: 'throttle', retryAfter: 7 });
    expect(await failureOf(target.inspect(ref, patience()))).toMatchObject({ kind: 'throttled', retryAfterMs: 7000 });
    bed.gcp.setQuota(projectId, 'secretmanager.googleapis.com', 'read', 0);
    expect(await failureOf(target.inspect(ref, patience()))).toMatchObject({
      kind: 'throttled',
      code: 'gcp-throttled',
    });
    bed.gcp.clearQuotas();
    for (const status of [500, 502, 503, 504]) {
      fault('GetSecret', { kind: 'status', status });
      expect(await failureOf(target.inspect(ref, patience()))).toMatchObject({
        kind: 'network',
        code: 'gcp-unavailable',
      });
    }
    fault('GetSecret', { kind: 'reset' });
    expect(await failureOf(target.inspect(ref, patience()))).toMatchObject({
      kind: 'network',
      code: 'connection-lost',
    });
    bed.desk.clearArrivals();
    bed.gcp.secrets.put(full(ref.name), 'x');
    fault('GetSecret', { kind: 'truncate' });
    expect(await failureOf(target.inspect(ref, patience()))).toMatchObject({ kind: 'network' });
    expect(asked('GetSecret')).toBe(1);
  });

  test('giving up and running out of time end a call, whatever the library does', async () => {
    const target = await bed.open();
    const create = request({ name: newName() });
    expect(await failureOf(target.write(create, AbortSignal.abort()))).toMatchObject({ kind: 'cancelled' });
    fault('CreateSecret', { kind: 'hang' });
    bed.desk.clearArrivals();
    const patient = new AbortController();
    const writing = failureOf(target.write(create, patient.signal));
    await bed.arrived('SecretManagerService.CreateSecret');
    patient.abort();
    expect(await writing).toMatchObject({ kind: 'cancelled' });
    const hurried = await openTarget(
      connectionTo(bed.settings()),
      { serviceAccountKey: bed.admin },
      'secretmanager',
      'global',
      { ...bed.deps, callTimeoutMs: 400 },
    );
    fault('GetSecret', { kind: 'hang' });
    expect(await failureOf(hurried.inspect(create, patience()))).toMatchObject({ kind: 'timeout' });
    hurried.close();
  });

  test('the test of a connection tries everything and makes nothing', async () => {
    const before = bed.gcp.secrets.ids(projectId);
    const steps = await stepsOf(await bed.open());
    expect(steps.map(({ id, outcome }) => `${id} ${outcome}`)).toEqual([
      'name passed',
      'dns passed',
      'tls passed',
      'sign-in passed',
      'inspect passed',
      'write passed',
    ]);
    expect(steps.find(({ id }) => id === 'name')?.sentence).toContain('certifyclouds_api-key');
    expect(steps.find(({ id }) => id === 'sign-in')?.sentence).toContain(`admin@${projectId}.iam.gserviceaccount.com`);
    expect(bed.gcp.secrets.ids(projectId)).toEqual(before);
  });

  test('each right that is missing is a step of its own', async () => {
    const some = await stepsOf(await bed.open(await bed.accountWith(['secretmanager.versions.add'])));
    expect(some.map(({ id, outcome }) => `${id} ${outcome}`).slice(3)).toEqual([
      'sign-in passed',
      'inspect warning',
      'write warning',
    ]);
    expect(some.at(-1)?.sentence).toContain('secretmanager.secrets.update');
    const reader = await stepsOf(await bed.open(await bed.accountWith(['secretmanager.secrets.get'])));
    expect(reader.at(-1)).toMatchObject({ id: 'write', outcome: 'failed' });
    expect(reader.at(-1)?.sentence).toContain('secretmanager.versions.add');
  });
});
