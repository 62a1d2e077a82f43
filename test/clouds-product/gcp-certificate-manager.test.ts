import { randomUUID, X509Certificate } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { readBundle } from '../../main/certificates/index.ts';
import type { TestStep, WriteRequest } from '../../main/clouds/ports.ts';
import type { CertificateBundle } from '../../main/domain/certificate.ts';
import { ownerTag } from '../../main/domain/ownership.ts';
import type { TargetState } from '../../main/domain/plan.ts';
import { withRetry } from '../../main/engine/retry.ts';
import { product } from '../../main/product.ts';
import { type CertificateIssuer, type CertificateKeyType, createIssuer } from '../clouds/kernel/certificate-chain.ts';
import type { Fault } from '../clouds/kernel/types.ts';
import { failureOf, overviewOf, patience } from '../conformance/outcome.ts';
import { type GcpBed, openGcpBed, projectId } from './gcp-bed.ts';

const owner = ownerTag(product.tagNamespace);
/** Never waits between tries. */
const impatientClock = { now: () => 0, random: () => 0, sleep: async () => {} };
const tags = { [owner]: 'r1', 'certifyclouds:source': 'kv-prod/www' };

// Operations are waited for, and keys of some types take their time.
describe('GCP Certificate Manager', { timeout: 60_000 }, () => {
  let bed: GcpBed;
  let issuer: CertificateIssuer;
  let names = 0;
  beforeAll(async () => {
    bed = await openGcpBed('certificatemanager', 'roles/certificatemanager.owner');
    issuer = await createIssuer('P-256');
  });
  afterEach(() => {
    bed.gcp.certificates.setPollsBeforeDone(0);
    bed.gcp.certificates.setRefusal('request');
    bed.tidy();
  });
  afterAll(() => bed.close());

  async function newBundle(from = issuer, options = {}): Promise<CertificateBundle> {
    const { pem } = await from.issue(options);
    return readBundle({ contentType: 'application/x-pem-file', value: pem });
  }
  const newName = () => `certifyclouds-case-${++names}`;
  const full = (name: string, location = 'global') =>
    `projects/${projectId}/locations/${location}/certificates/${name}`;
  const held = (name: string) => bed.gcp.certificates.get(full(name));
  const request = (name: string, bundle: CertificateBundle, change: Partial<WriteRequest> = {}): WriteRequest => ({
    name,
    mode: 'create',
    payload: { kind: 'certificate', bundle },
    tags,
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
    bed.desk.addFault({ cloud: 'gcp', name, fault: what, times: 1, ...more });
  const asked = (name: string) => bed.desk.arrivals({ cloud: 'gcp', name }).length;
  const put = (name: string, { leaf, chain, privateKey }: CertificateBundle) =>
    bed.gcp.certificates.put(full(name), [leaf, ...chain].join('\n'), privateKey);
  const subjects = (pem = '') =>
    (pem.match(/-----BEGIN[\s\S]*?-----END CERTIFICATE-----/g) ?? []).map((one) => new X509Certificate(one).subject);

  test('creates a certificate with its chain from the leaf up, without the root, and sees it again', async () => {
    const target = await bed.open();
    const name = newName();
    const bundle = await newBundle();
    expect(await target.inspect({ name }, patience())).toEqual({ kind: 'absent' });
    const create = request(name, bundle, { tags: { ...tags, env: 'prod', 'Cost Center': 'R&D 42' } });
    const written = await target.write(create, patience());
    const { fingerprint } = bundle.facts;
    expect(written).toEqual({
      id: expect.stringContaining(`/certificates/${name}`),
      version: fingerprint,
      confirmed: true,
    });
    expect(target.markerOf(create)).toBe(fingerprint);
    expect(subjects(held(name)?.pemCertificate)).toEqual(['CN=www.contoso.example', 'CN=Stand-in P-256 issuing']);
    expect(held(name)?.labels).toEqual({
      'certifyclouds-record': 'r1',
      'certifyclouds-source': 'kv-prod-www',
      env: 'prod',
      'cost-center': 'r-d-42',
    });
    expect(held(name)?.description).toBe(
      `Kept by ${product.name}. certifyclouds:source=kv-prod/www; Cost Center=R&D 42`,
    );
    const state = { kind: 'present', id: written.id, version: fingerprint, ownerRecordId: 'r1' };
    expect(await target.inspect({ name }, patience())).toEqual(state);
    expect(bed.projectNumber).toMatch(/^\d+$/);
  });

  test.each<CertificateKeyType>(['RSA-2048', 'RSA-3072', 'RSA-4096', 'P-384'])(
    'takes a key of type %s',
    async (type) => {
      const target = await bed.open();
      const name = newName();
      const bundle = await newBundle(await createIssuer(type));
      expect(target.validate(name, { kind: 'certificate', bundle })).toEqual([]);
      expect((await target.write(request(name, bundle), patience())).confirmed).toBe(true);
    },
  );

  test('what the service does not take is told before anything is sent', async () => {
    const target = await bed.open();
    const p521 = await newBundle(await createIssuer('P-521'));
    const past = await newBundle(issuer, { notBefore: new Date(0), notAfter: new Date(86_400_000) });
    bed.desk.clearArrivals();
    const codes = (name: string, bundle?: CertificateBundle) =>
      target.validate(name, bundle && { kind: 'certificate', bundle }).map(({ code }) => code);
    expect(codes('a')).toEqual([]);
    expect(codes('x'.repeat(63))).toEqual([]);
    for (const name of ['', 'x'.repeat(64), 'A', 'a_b', 'a/b', '1a', '-a', 'a-', 'ümlaut'])
      expect(codes(name)).toEqual(['name']);
    expect(codes('a', p521)).toEqual(['certificate-key-type']);
    expect(codes('a', past)).toEqual(['certificate-expired']);
    expect(target.validate('a', { kind: 'text', text: 'x' }).map(({ code }) => code)).toEqual(['payload']);
    expect(bed.desk.arrivals({ cloud: 'gcp' })).toEqual([]);
  });

  test('a renewal is written to the same resource, and labels stay', async () => {
    const target = await bed.open();
    const name = newName();
    const first = await newBundle();
    const { id, version } = await target.write(request(name, first), patience());
    const renewed = await newBundle();
    const update = request(name, renewed, { id, mode: 'update', replaces: version, tags: { other: 'x' } });
    const written = await target.write(update, patience());
    expect(written).toEqual({ id, version: renewed.facts.fingerprint, confirmed: true });
    expect(held(name)?.labels).toMatchObject({ 'certifyclouds-record': 'r1' });
    expect(held(name)?.labels).not.toHaveProperty('other');
    expect(present(await target.inspect({ name }, patience())).version).toBe(renewed.facts.fingerprint);
  });

  test('the very same certificate is not sent again, the same leaf with another chain is', async () => {
    const target = await bed.open();
    const name = newName();
    const bundle = await newBundle();
    const created = await target.write(request(name, { ...bundle, chain: [] }), patience());
    bed.desk.clearArrivals();
    const again = request(name, { ...bundle, chain: [] }, { mode: 'update', replaces: created.version });
    expect(await target.write(again, patience())).toEqual(created);
    expect(asked('CertificateManager.UpdateCertificate')).toBe(0);
    const mended = request(name, bundle, { mode: 'update', replaces: created.version });
    expect(await target.write(mended, patience())).toEqual(created);
    expect(subjects(held(name)?.pemCertificate)).toHaveLength(2);
  });

  test('nothing is written over a certificate that was not seen', async () => {
    const target = await bed.open();
    const name = newName();
    const { id, version } = await target.write(request(name, await newBundle()), patience());
    const theirs = await newBundle();
    put(name, theirs);
    const changed = { kind: 'conflict', code: 'target-changed' };
    for (const replaces of [version, null]) {
      const update = request(name, await newBundle(), { id, mode: 'update', replaces });
      expect(await failureOf(target.write(update, patience()))).toMatchObject(changed);
    }
    expect(present(await target.inspect({ name }, patience())).version).toBe(theirs.facts.fingerprint);
  });

  test('a write that somebody else’s follows is not said to be current', async () => {
    const target = await bed.open();
    const name = newName();
    bed.gcp.certificates.setPollsBeforeDone(1);
    const theirs = await newBundle();
    const written = target.write(request(name, await newBundle()), patience(), () => {
      // The service shows a certificate whose operation is still running.
      if (held(name)) put(name, theirs);
    });
    expect((await written).confirmed).toBe(false);
  });

  test('create refuses what exists, update what does not', async () => {
    const target = await bed.open();
    const name = newName();
    const theirs = await newBundle();
    put(name, theirs);
    const exists = { kind: 'conflict', code: 'target-exists' };
    for (const bundle of [await newBundle(), theirs])
      expect(await failureOf(target.write(request(name, bundle), patience()))).toMatchObject(exists);
    expect(present(await target.inspect({ name }, patience()))).toMatchObject({
      version: theirs.facts.fingerprint,
      ownerRecordId: null,
    });
    const update = request(newName(), await newBundle(), { mode: 'update' });
    expect(await failureOf(target.write(update, patience()))).toMatchObject({
      kind: 'not-found',
      code: 'target-missing',
    });
  });

  test('a write whose answer got lost may be repeated, and changes nothing a second time', async () => {
    const target = await bed.open();
    const create = request(newName(), await newBundle());
    fault('CertificateManager.CreateCertificate', { kind: 'lose-reply' });
    expect(await failureOf(target.write(create, patience()))).toMatchObject({ kind: 'network' });
    const created = await target.write(create, patience());
    expect(created).toMatchObject({
      version: create.payload.kind === 'certificate' && create.payload.bundle.facts.fingerprint,
      confirmed: true,
    });
    const update = request(create.name, await newBundle(), { mode: 'update', replaces: created.version });
    fault('CertificateManager.UpdateCertificate', { kind: 'lose-reply' });
    expect(await failureOf(target.write(update, patience()))).toMatchObject({ kind: 'network' });
    bed.desk.clearArrivals();
    expect((await target.write(update, patience())).confirmed).toBe(true);
    expect(asked('CertificateManager.UpdateCertificate')).toBe(0);
  });

  test('waits for the operation, says so once, and outlives looks at it that fail', async () => {
    const target = await bed.open();
    const name = newName();
    bed.gcp.certificates.setPollsBeforeDone(1);
    fault('Operations.GetOperation', { kind: 'throttle', retryAfter: 1 });
    const told: string[] = [];
    const written = await target.write(request(name, await newBundle()), patience(), (sentence) => told.push(sentence));
    expect(written.confirmed).toBe(true);
    expect(told).toEqual([`Certificate Manager is checking the certificate ${name}.`]);
  });

  test('waiting can be given up', async () => {
    const target = await bed.open();
    bed.gcp.certificates.setPollsBeforeDone(1_000);
    const patient = new AbortController();
    const writing = target.write(request(newName(), await newBundle()), patient.signal, () => patient.abort());
    expect(await failureOf(writing)).toMatchObject({ kind: 'cancelled' });
  });

  test('an operation that does not end is given up, its end unknown, and not begun once more', async () => {
    const target = await bed.open();
    bed.gcp.certificates.setPollsBeforeDone(1_000);
    bed.desk.clearArrivals();
    const create = request(newName(), await newBundle());
    const writing = withRetry(impatientClock, patience(), (signal) =>
      target.write(create, signal, () => bed.advance(11 * 60_000)),
    );
    expect(await failureOf(writing)).toMatchObject({ kind: 'timeout', code: 'gcp-operation-endless' });
    expect(asked('CertificateManager.CreateCertificate')).toBe(1);
  });

  // What makes the engine look again before it writes again, instead of taking the write for not carried out.
  const unseen = { kind: 'network', code: 'gcp-write-unseen' };

  test.each<[string, Fault]>([
    ['throttled', { kind: 'throttle', retryAfter: 7 }],
    ['not signed in any more', { kind: 'status', status: 401 }],
    ['not found', { kind: 'status', status: 404 }],
    ['out of order', { kind: 'status', status: 503 }],
    ['cut', { kind: 'reset' }],
  ])('a write that was carried out is not told as refused if the look after it is %s', async (_, what) => {
    const target = await bed.open();
    const name = newName();
    fault('CertificateManager.GetCertificate', what, { times: 2 });
    const create = request(name, await newBundle());
    const created = await failureOf(target.write(create, patience()));
    expect(created).toMatchObject(unseen);
    if (what.kind === 'throttle') expect(created.retryAfterMs).toBe(7_000);
    bed.desk.clearFaults();
    const { version } = await target.write(create, patience());
    const renewed = await newBundle();
    fault('CertificateManager.GetCertificate', what, { after: 1, times: 2 });
    const update = request(name, renewed, { mode: 'update', replaces: version });
    expect(await failureOf(target.write(update, patience()))).toMatchObject(unseen);
    bed.desk.clearFaults();
    expect(await target.write(update, patience())).toMatchObject({
      version: renewed.facts.fingerprint,
      confirmed: true,
    });
  });

  test('who may not look at operations is told so, and that the end is unknown', async () => {
    bed.gcp.certificates.setPollsBeforeDone(1);
    const permissions = ['create', 'get', 'update'].map((verb) => `certificatemanager.certs.${verb}`);
    const target = await bed.open(await bed.accountWith(permissions));
    const failure = await failureOf(target.write(request(newName(), await newBundle()), patience()));
    expect(failure).toMatchObject({ kind: 'network', code: 'gcp-operation-unseen' });
    expect(failure.sentence).toContain('certificatemanager.operations.get');
  });

  test.each(['request', 'operation'] as const)('a refusal by the %s leaves nothing behind', async (where) => {
    const target = await bed.open();
    const name = newName();
    bed.gcp.certificates.setRefusal(where);
    const [one, other] = [await newBundle(), await newBundle()];
    const mismatched = request(name, { ...one, privateKey: other.privateKey });
    const failure = await failureOf(target.write(mismatched, patience()));
    expect(failure).toMatchObject({ kind: 'invalid', code: 'gcp-refused' });
    expect(JSON.stringify(failure)).not.toContain('PRIVATE KEY');
    expect(await target.inspect({ name }, patience())).toEqual({ kind: 'absent' });
  });

  test('sets and removes labels, and keeps everybody else’s and their description', async () => {
    const target = await bed.open();
    const name = newName();
    await target.write(request(name, await newBundle(), { tags: { ...tags, env: 'prod', stale: 'yes' } }), patience());
    bed.gcp.certificates.label(full(name), { theirs: 'kept' });
    const set = { ...tags, env: 'Dev' };
    await target.tag({ name }, { set, remove: ['stale', 'never there'] }, patience());
    expect(held(name)?.labels).toEqual({
      'certifyclouds-record': 'r1',
      'certifyclouds-source': 'kv-prod-www',
      env: 'dev',
      theirs: 'kept',
    });
    expect(held(name)?.description).toContain('env=Dev');
    await target.tag({ name }, { set: {}, remove: [owner] }, patience());
    expect(present(await target.inspect({ name }, patience())).ownerRecordId).toBeNull();
    expect(held(name)?.pemCertificate).toContain('BEGIN CERTIFICATE');
  });

  test('the overview tells the same as looking closely, over all its pages', async () => {
    const target = await bed.open(bed.admin, 'europe-west3');
    const bundle = await newBundle();
    const many = Array.from({ length: 120 }, () => newName());
    for (const name of many)
      bed.gcp.certificates.put(
        full(name, 'europe-west3'),
        [bundle.leaf, ...bundle.chain].join('\n'),
        bundle.privateKey,
      );
    const [owned = ''] = many;
    bed.gcp.certificates.label(full(owned, 'europe-west3'), { 'certifyclouds-record': 'r3' });
    const seen = new Map<string, TargetState>();
    let next: string | undefined;
    let pages = 0;
    do {
      const page = await overviewOf(target)(next, patience());
      for (const { name, state } of page.items) seen.set(name, state);
      next = page.next;
      pages += 1;
    } while (next !== undefined);
    expect(pages).toBeGreaterThan(1);
    expect([...seen.keys()].sort()).toEqual([...many].sort());
    for (const name of [owned, many.at(-1) ?? ''])
      expect(seen.get(name)).toEqual(await target.inspect({ name }, patience()));
    expect(seen.get(owned)).toMatchObject({ ownerRecordId: 'r3' });
  });

  test('deletes, refuses what is in use, and takes what is gone as done', async () => {
    const target = await bed.open();
    const name = newName();
    const { id } = await target.write(request(name, await newBundle()), patience());
    bed.gcp.certificates.use(full(name), true);
    expect(await failureOf(target.remove({ name }, null, patience()))).toMatchObject({
      kind: 'conflict',
      code: 'target-in-use',
    });
    bed.gcp.certificates.use(full(name), false);
    await target.remove({ name, id }, null, patience());
    await target.remove({ name, id }, null, patience());
    expect(held(name)).toBeUndefined();
    expect(await failureOf(target.remove({ name }, null, patience()))).toMatchObject({ code: 'target-missing' });
  });

  test('who may only write writes blind, and a denied permission is named', async () => {
    const blind = await bed.open(
      await bed.accountWith(['certificatemanager.certs.create', 'certificatemanager.operations.get']),
    );
    const name = newName();
    expect(await blind.inspect({ name }, patience())).toEqual({
      kind: 'unreadable',
      missing: 'certificatemanager.certs.get',
    });
    const create = request(name, await newBundle());
    expect((await blind.write(create, patience())).confirmed).toBe(true);
    expect(await failureOf(blind.write(create, patience()))).toMatchObject({ code: 'target-exists' });
    const update = request(name, await newBundle(), { mode: 'update' });
    const denied = await failureOf(blind.write(update, patience()));
    expect(denied).toMatchObject({ kind: 'denied', code: 'gcp-denied' });
    expect(denied.sentence).toContain('certificatemanager.certs.update');
  });

  test('the test of a connection tries everything and makes nothing', async () => {
    const before = bed.gcp.certificates.ids(projectId, 'global');
    const steps: TestStep[] = [];
    for await (const step of (await bed.open()).test('certifyclouds/', patience())) steps.push(step);
    expect(steps.map(({ id, outcome }) => `${id} ${outcome}`)).toEqual([
      'name passed',
      'dns passed',
      'tls passed',
      'sign-in passed',
      'list passed',
      'inspect passed',
      'write passed',
    ]);
    expect(bed.gcp.certificates.ids(projectId, 'global')).toEqual(before);
  });
});
