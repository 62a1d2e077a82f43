import { X509Certificate } from 'node:crypto';
import type { CertificateManagerClient } from '@google-cloud/certificate-manager';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  everyPage,
  failureOf,
  jwtOf,
  projectId,
  selfManaged,
  startTestbed,
  type Testbed,
} from '../clouds/gcp/testbed.ts';
import { type CertificateIssuer, createIssuer, type IssuedCertificate } from '../clouds/kernel/certificate-chain.ts';
import { createSelfSigned } from '../clouds/kernel/certificates.ts';
import { send } from '../clouds/kernel/request.ts';

let bed: Testbed;
let client: CertificateManagerClient;
let issuer: CertificateIssuer;
let first: IssuedCertificate;
beforeAll(async () => {
  bed = await startTestbed();
  client = bed.certificateManager();
  issuer = await createIssuer('P-256');
  first = await issuer.issue({
    commonName: 'www.contoso.example',
    dnsNames: ['www.contoso.example', '*.contoso.example'],
  });
});
afterAll(() => bed.close());
afterEach(() => {
  bed.gcp.certificates.setPollsBeforeDone(0);
  bed.gcp.certificates.setRefusal('request');
});

const global = `projects/${projectId}/locations/global`;
let made = 0;

type Fields = NonNullable<NonNullable<Parameters<CertificateManagerClient['createCertificate']>[0]>['certificate']>;

async function begin(fields: Fields, certificateId = `made-${++made}`, parent = global) {
  const [operation] = await client.createCertificate({ parent, certificateId, certificate: fields });
  return { name: `${parent}/certificates/${certificateId}`, operation };
}

async function create(fields: Fields = { selfManaged: selfManaged(first) }, parent = global): Promise<string> {
  const { name, operation } = await begin(fields, undefined, parent);
  await operation.promise();
  return name;
}

const get = async (name: string) => (await client.getCertificate({ name }))[0];

async function update(name: string, paths: string[], fields: Fields): Promise<void> {
  const [operation] = await client.updateCertificate({ certificate: { name, ...fields }, updateMask: { paths } });
  await operation.promise();
}

async function remove(name: string): Promise<void> {
  const [operation] = await client.deleteCertificate({ name });
  await operation.promise();
}

const secondsOf = (time: { seconds?: unknown } | null | undefined) => Number(time?.seconds);

describe('a certificate', () => {
  test('is created by an operation, and tells everything but its key', async () => {
    const { name, operation } = await begin({
      selfManaged: selfManaged(first),
      labels: { env: 'prod' },
      description: 'From kv-prod/www',
      scope: 'ALL_REGIONS',
    });
    expect(operation.name).toMatch(new RegExp(`^${global}/operations/operation-`));
    expect(operation.metadata).toMatchObject({ target: name, verb: 'create', apiVersion: 'v1' });
    const [created] = await operation.promise();
    const certificate = await get(name);
    expect(certificate).toMatchObject({
      name,
      labels: { env: 'prod' },
      description: 'From kv-prod/www',
      scope: 'ALL_REGIONS',
      selfManaged: { pemCertificate: '', pemPrivateKey: '' },
      sanDnsnames: ['www.contoso.example', '*.contoso.example'],
      pemCertificate: [first.leaf, first.intermediate].join(''),
    });
    expect(created).toMatchObject({ name, pemCertificate: certificate.pemCertificate });
    expect(secondsOf(certificate.expireTime) * 1000).toBe(Date.parse(first.leaf.validTo));
    expect(JSON.stringify([certificate, operation.latestResponse])).not.toContain('PRIVATE KEY');
    expect(JSON.stringify(bed.gcp.certificates.get(name))).not.toContain('PRIVATE KEY');
  });

  test('exists once, in a location that there is', async () => {
    const name = await create();
    const id = name.split('/').at(-1) ?? '';
    expect(await failureOf(begin({ selfManaged: selfManaged(first) }, id))).toEqual({
      http: 409,
      status: 'ALREADY_EXISTS',
      message: `Resource '${name}' already exists`,
    });
    const regional = `projects/${projectId}/locations/europe-west3`;
    const { operation } = await begin({ selfManaged: selfManaged(first) }, id, regional);
    await operation.promise();
    expect((await get(`${regional}/certificates/${id}`)).name).toBe(`${regional}/certificates/${id}`);
    const byNumber = await get(name.replace(projectId, bed.projectNumber));
    expect(byNumber.name).toBe(name);
    const nowhere = begin({ selfManaged: selfManaged(first) }, id, `projects/${projectId}/locations/nowhere-1`);
    expect(await failureOf(nowhere)).toMatchObject({
      status: 'PERMISSION_DENIED',
      message: "Permission denied on 'locations/nowhere-1' (or it may not exist).",
    });
    expect(await failureOf(get(`${global}/certificates/none`))).toEqual({
      http: 404,
      status: 'NOT_FOUND',
      message: `Resource '${global}/certificates/none' was not found`,
    });
  });

  test('has an id of lower-case letters, digits and hyphens, and labels by the common rules', async () => {
    const attempt = (id: string, fields: Fields = {}) => begin({ selfManaged: selfManaged(first), ...fields }, id);
    await attempt('x'.repeat(63));
    for (const id of ['x'.repeat(64), 'Upper', 'a_b', 'a.b', '']) {
      expect([id, (await failureOf(attempt(id))).status]).toEqual([id, 'INVALID_ARGUMENT']);
    }
    expect((await failureOf(attempt('labelled', { labels: { Env: 'x' } }))).status).toBe('INVALID_ARGUMENT');
    expect(bed.gcp.certificates.get(`${global}/certificates/labelled`)).toBeUndefined();
  });

  test('outside the location global has the default scope', async () => {
    const fields = { selfManaged: selfManaged(first), scope: 'EDGE_CACHE' as const };
    expect((await get(await create(fields))).scope).toBe('EDGE_CACHE');
    const regional = `projects/${projectId}/locations/us-east1`;
    expect((await failureOf(create(fields, regional))).status).toBe('INVALID_ARGUMENT');
    expect((await get(await create(undefined, regional))).scope).toBe('DEFAULT');
  });
});

describe('an update', () => {
  test('replaces the certificate under the same name, and leaves the rest', async () => {
    const name = await create({ selfManaged: selfManaged(first), labels: { a: '1' }, description: 'old' });
    const before = await get(name);
    const renewed = await issuer.issue({ commonName: 'www.contoso.example' });
    bed.desk.setClockOffset(60_000);
    await update(name, ['self_managed'], { selfManaged: selfManaged(renewed), labels: { b: '2' } });
    bed.desk.setClockOffset(0);
    const after = await get(name);
    expect(new X509Certificate(after.pemCertificate ?? '').fingerprint256).toBe(renewed.leaf.fingerprint256);
    expect(after).toMatchObject({ name, labels: { a: '1' }, description: 'old', createTime: before.createTime });
    expect(secondsOf(after.updateTime)).toBeGreaterThan(secondsOf(before.updateTime));
    await update(name, ['labels', 'description'], { labels: { b: '2' }, description: 'new' });
    expect(await get(name)).toMatchObject({
      labels: { b: '2' },
      description: 'new',
      pemCertificate: after.pemCertificate,
    });
  });

  test('doesn’t change the scope, and changes nothing when refused', async () => {
    const name = await create();
    const before = await get(name);
    for (const paths of [['scope'], ['name'], [], ['self_managed', 'scope']]) {
      const attempt = update(name, paths, { scope: 'ALL_REGIONS', selfManaged: selfManaged(first) });
      expect((await failureOf(attempt)).status).toBe('INVALID_ARGUMENT');
    }
    const wrong = { ...selfManaged(first), pemPrivateKey: (await createSelfSigned('other', 1)).key };
    expect((await failureOf(update(name, ['self_managed', 'labels'], { selfManaged: wrong }))).status).toBe(
      'INVALID_ARGUMENT',
    );
    expect(await get(name)).toEqual(before);
    expect((await failureOf(update(`${global}/certificates/none`, ['labels'], {}))).status).toBe('NOT_FOUND');
  });
});

test('a deletion is refused while the certificate is in use', async () => {
  const name = await create();
  bed.gcp.certificates.use(name, true);
  expect(await failureOf(remove(name))).toMatchObject({ http: 400, status: 'FAILED_PRECONDITION' });
  bed.gcp.certificates.use(name, false);
  await remove(name);
  expect((await failureOf(get(name))).status).toBe('NOT_FOUND');
  expect((await failureOf(remove(name))).status).toBe('NOT_FOUND');
});

describe('an operation', () => {
  test('says that it isn’t done as often as it is told to, and stays done', async () => {
    bed.gcp.certificates.setPollsBeforeDone(2);
    const { name, operation } = await begin({ selfManaged: selfManaged(first) });
    const poll = async () => {
      const progress = await client.checkCreateCertificateProgress(operation.name ?? '');
      return [progress.done, progress.latestResponse.done];
    };
    expect([await poll(), await poll(), await poll(), await poll()].map(([done]) => done)).toEqual([
      false,
      false,
      true,
      true,
    ]);
    const { result, metadata } = await client.checkCreateCertificateProgress(operation.name ?? '');
    expect(result).toMatchObject({ name });
    expect(metadata).toMatchObject({ endTime: { seconds: { high: 0, low: expect.any(Number) } } });
    const missing = client.checkCreateCertificateProgress(`${global}/operations/none`);
    expect(await failureOf(missing)).toMatchObject({ http: 404, status: 'NOT_FOUND' });
  });

  test('can be what refuses a bad certificate', async () => {
    bed.gcp.certificates.setRefusal('operation');
    const wrong = { ...selfManaged(first), pemPrivateKey: (await createSelfSigned('other', 1)).key };
    const { name, operation } = await begin({ selfManaged: wrong });
    await expect(operation.promise()).rejects.toMatchObject({
      code: 3,
      message: 'The private key does not match the leaf certificate.',
    });
    expect(bed.gcp.certificates.get(name)).toBeUndefined();
    // What is wrong with the request itself is still refused at once.
    expect((await failureOf(begin({ selfManaged: selfManaged(first) }, 'Bad'))).status).toBe('INVALID_ARGUMENT');
  });

  test('is listed with the others of its location', async () => {
    const parent = `projects/${projectId}/locations/asia-east1`;
    const { operation } = await begin({ selfManaged: selfManaged(first) }, 'listed', parent);
    const token = await bed.trusting(jwtOf(bed.admin.keyFile)).getAccessToken();
    const reply = await send(`${bed.gcp.url}/v1/${parent}/operations`, {
      headers: { authorization: `Bearer ${token.token}` },
      caPem: bed.caPem,
    });
    expect(JSON.parse(reply.text).operations).toMatchObject([
      { name: operation.name, done: false, metadata: { verb: 'create', target: `${parent}/certificates/listed` } },
    ]);
  });
});

test('certificates are listed page by page, by location or over all of them', async () => {
  const parent = `projects/${projectId}/locations/us-west1`;
  for (const id of ['c', 'a', 'b']) await begin({ selfManaged: selfManaged(first) }, id, parent);
  const list = (from: string) =>
    everyPage((pageToken) =>
      client.listCertificates({ parent: from, pageSize: 2, pageToken }, { autoPaginate: false }),
    );
  const listed = await list(parent);
  expect(listed.map(({ name }) => name)).toEqual(['a', 'b', 'c'].map((id) => `${parent}/certificates/${id}`));
  const everywhere = await list(`projects/${projectId}/locations/-`);
  const names = everywhere.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining([`${parent}/certificates/a`]));
  expect(names.length).toBeGreaterThan(3);
  expect(bed.gcp.certificates.ids(projectId, 'us-west1')).toEqual(['a', 'b', 'c']);
});

test('somebody else’s changes show at once', async () => {
  const name = `${global}/certificates/theirs`;
  const { pemCertificate, pemPrivateKey } = selfManaged(first);
  bed.gcp.certificates.put(name, pemCertificate, pemPrivateKey);
  expect((await get(name)).pemCertificate).toBe(pemCertificate);
  bed.gcp.certificates.label(name, { a: '1' });
  const other = selfManaged(await issuer.issue());
  bed.gcp.certificates.put(name, other.pemCertificate, other.pemPrivateKey);
  expect(await get(name)).toMatchObject({ pemCertificate: other.pemCertificate, labels: { a: '1' } });
  bed.gcp.certificates.remove(name);
  expect((await failureOf(get(name))).status).toBe('NOT_FOUND');
  expect(() => bed.gcp.certificates.label(name, {})).toThrow(`no certificate ${name}`);
  expect(() => bed.gcp.certificates.get('projects/none/locations/global/certificates/x')).toThrow('no project none');
});
