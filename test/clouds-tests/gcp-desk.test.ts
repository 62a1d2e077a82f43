import { randomUUID } from 'node:crypto';
import type { CertificateManagerClient } from '@google-cloud/certificate-manager';
import type { SecretManagerServiceClient } from '@google-cloud/secret-manager';
import { gaxios } from 'google-auth-library';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { failureOf, jwtOf, projectId, startTestbed, type Testbed } from '../clouds/gcp/testbed.ts';
import { callThroughDoor } from '../clouds/kernel/door.ts';
import { send } from '../clouds/kernel/request.ts';
import { startClouds } from '../clouds/start.ts';

let bed: Testbed;
let client: SecretManagerServiceClient;
let certificates: CertificateManagerClient;
beforeAll(async () => {
  bed = await startTestbed();
  client = bed.secretManager();
  certificates = bed.certificateManager();
});
afterAll(() => bed.close());
beforeEach(() => bed.desk.clearArrivals());
afterEach(() => {
  bed.desk.clearFaults();
  bed.desk.clearQuotas();
  bed.gcp.clearQuotas();
});

const parent = `projects/${projectId}`;
const location = `${parent}/locations/global`;
const automatic = { replication: { automatic: {} } };
const create = (secretId: string) => client.createSecret({ parent, secretId, secret: automatic });
const add = (secretId: string, value: string) =>
  client.addSecretVersion({ parent: `${parent}/secrets/${secretId}`, payload: { data: Buffer.from(value) } });
const list = () => client.listSecrets({ parent }, { autoPaginate: false });
const listCertificates = () => certificates.listCertificates({ parent: location }, { autoPaginate: false });

test('every request arrives under its method and resource, with the project’s id and no value', async () => {
  const canary = `canary-${randomUUID()}`;
  await create('arrives');
  await client.addSecretVersion({
    parent: `projects/${bed.projectNumber}/secrets/arrives`,
    payload: { data: Buffer.from(canary) },
  });
  await client.accessSecretVersion({ name: `${parent}/secrets/arrives/versions/latest` });
  await list();
  await failureOf(client.getSecret({ name: `${parent}/secrets/none` }));
  await listCertificates();
  expect(
    bed.desk.arrivals({ cloud: 'gcp' }).map(({ name, resource, status }) => `${name} ${resource} ${status}`),
  ).toEqual([
    `SecretManagerService.CreateSecret ${parent}/secrets/arrives 200`,
    `SecretManagerService.AddSecretVersion ${parent}/secrets/arrives 200`,
    `SecretManagerService.AccessSecretVersion ${parent}/secrets/arrives/versions/latest 200`,
    `SecretManagerService.ListSecrets ${parent} 200`,
    `SecretManagerService.GetSecret ${parent}/secrets/none 404`,
    `CertificateManager.ListCertificates ${location} 200`,
  ]);
  expect(JSON.stringify(bed.desk.arrivals())).not.toContain(canary);
  expect(JSON.stringify(bed.gcp.secrets.get(`${parent}/secrets/arrives`))).not.toContain(canary);
});

describe('quotas', () => {
  const limited = (kind: string, service = 'secretmanager') => ({
    http: 429,
    status: 'RESOURCE_EXHAUSTED',
    reason: 'RATE_LIMIT_EXCEEDED',
    message: `Quota exceeded for quota metric '${kind} requests' and limit '${kind} requests per minute' of service '${service}.googleapis.com' for consumer 'project_number:${bed.projectNumber}'.`,
  });

  test('count by project and kind of request, a minute at a time', async () => {
    await create('quota');
    bed.gcp.setQuota(projectId, 'secretmanager.googleapis.com', 'write', 2);
    await add('quota', 'one');
    await client.updateSecret({
      secret: { name: `${parent}/secrets/quota`, labels: { a: '' } },
      updateMask: { paths: ['labels'] },
    });
    expect(await failureOf(add('quota', 'two'))).toEqual(limited('write'));
    await list();
    await client.accessSecretVersion({ name: `${parent}/secrets/quota/versions/1` });
    expect(bed.gcp.secrets.get(`${parent}/secrets/quota`)?.versions).toHaveLength(1);
    expect(bed.desk.arrivals({ status: 429 })).toMatchObject([{ name: 'SecretManagerService.AddSecretVersion' }]);
    bed.desk.setClockOffset(61_000);
    await add('quota', 'two');
    bed.desk.setClockOffset(0);
  });

  test('of Certificate Manager also count all requests together', async () => {
    bed.gcp.setQuota(projectId, 'certificatemanager.googleapis.com', 'all', 2);
    await listCertificates();
    await failureOf(certificates.checkCreateCertificateProgress(`${location}/operations/none`));
    expect(await failureOf(listCertificates())).toEqual(limited('read', 'certificatemanager'));
    bed.gcp.clearQuotas();
    await listCertificates();
  });

  test('can be those that Google publishes', async () => {
    bed.gcp.setPublishedQuotas(projectId);
    const token = await bed.trusting(jwtOf(bed.admin.keyFile)).getAccessToken();
    const statuses: number[] = [];
    for (let count = 0; count < 301; count++) {
      const reply = await send(`${bed.gcp.url}/v1/${location}/certificates`, {
        headers: { authorization: `Bearer ${token.token}` },
        caPem: bed.caPem,
      });
      statuses.push(reply.status);
    }
    expect([statuses.filter((status) => status === 200).length, statuses.at(-1)]).toEqual([300, 429]);
  });
});

describe('faults', () => {
  test('throttle the next call, with and without a time to wait', async () => {
    bed.desk.addFault({
      cloud: 'gcp',
      name: 'SecretManagerService.ListSecrets',
      fault: { kind: 'throttle', retryAfter: 7 },
      times: 1,
    });
    const error = await list().catch((failure: unknown) => failure);
    if (!(error instanceof gaxios.GaxiosError)) throw error;
    expect([error.status, error.response?.headers.get('retry-after')]).toEqual([429, '7']);
    bed.desk.addFault({ cloud: 'gcp', fault: { kind: 'throttle' }, times: 1 });
    expect((await failureOf(listCertificates())).reason).toBe('RATE_LIMIT_EXCEEDED');
    await list();
  });

  test('fail in Google’s words', async () => {
    const seen: string[] = [];
    for (const status of [401, 403, 404, 409, 429, 500, 503, 504]) {
      bed.desk.addFault({ fault: { kind: 'status', status }, times: 1 });
      const failure = await failureOf(list());
      seen.push(`${failure.http} ${failure.status}`);
    }
    expect(seen).toEqual([
      '401 UNAUTHENTICATED',
      '403 PERMISSION_DENIED',
      '404 NOT_FOUND',
      '409 ABORTED',
      '429 RESOURCE_EXHAUSTED',
      '500 INTERNAL',
      '503 UNAVAILABLE',
      '504 DEADLINE_EXCEEDED',
    ]);
    bed.desk.addFault({ fault: { kind: 'status', status: 502 }, times: 1 });
    await expect(list()).rejects.toMatchObject({ code: 502, message: expect.stringContaining('<!DOCTYPE html>') });
  });

  test('lose the reply to a write that took effect, or cut it off before', async () => {
    await create('faulty');
    const versions = () => bed.gcp.secrets.get(`${parent}/secrets/faulty`)?.versions.length;
    bed.desk.addFault({ fault: { kind: 'lose-reply' }, times: 1 });
    await expect(add('faulty', 'one')).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(versions()).toBe(1);
    for (const fault of [{ kind: 'throttle' }, { kind: 'reset' }] as const) {
      bed.desk.addFault({ fault, times: 1 });
      await expect(add('faulty', 'two')).rejects.toThrow();
    }
    expect(versions()).toBe(1);
  });
});

test('a path that no API has is a page, and shows no markup of the caller’s', async () => {
  const reply = await send(`${bed.gcp.url}/v1/%3Cb%3E`, { caPem: bed.caPem });
  expect([reply.status, reply.headers['content-type']]).toEqual([404, 'text/html; charset=UTF-8']);
  const encoded = await send(`${bed.gcp.url}/v1/projects/${projectId}/secrets/a%2Fversions%2F1`, { caPem: bed.caPem });
  expect(encoded.status).toBe(401);
  expect(bed.desk.arrivals()).toEqual([]);
});

test('fields that Google doesn’t know and values of the wrong type are refused', async () => {
  const { token } = await bed.trusting(jwtOf(bed.admin.keyFile)).getAccessToken();
  const post = async (body: string) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const url = `${bed.gcp.url}/v1/${parent}/secrets?secretId=raw`;
    const reply = await send(url, { method: 'POST', headers, body, caPem: bed.caPem });
    return JSON.parse(reply.text);
  };
  expect((await post('{"replication":{"automatic":{}},"colour":"red"}')).error).toMatchObject({
    code: 400,
    status: 'INVALID_ARGUMENT',
    message: `Invalid JSON payload received. Unknown name "colour" at 'secret': Cannot find field.`,
    details: [{ '@type': 'type.googleapis.com/google.rpc.BadRequest' }],
  });
  expect((await post('{"labels":{"a":1}}')).error.message).toBe(`Invalid value at 'secret.labels.a'`);
  expect((await post('{')).error.status).toBe('INVALID_ARGUMENT');
  // Without the client's wish for numbers, enums are names.
  await create('names');
  await add('names', 'value');
  const url = `${bed.gcp.url}/v1/${parent}/secrets/names/versions/1`;
  const named = await send(url, { headers: { authorization: `Bearer ${token}` }, caPem: bed.caPem });
  expect(JSON.parse(named.text)).toMatchObject({ state: 'ENABLED' });
  const numbered = await send(`${url}?$alt=json%3Benum-encoding=int`, {
    headers: { authorization: `Bearer ${token}` },
    caPem: bed.caPem,
  });
  expect(JSON.parse(numbered.text)).toMatchObject({ state: 1 });
});

test('another process does all this through the control door', async () => {
  const clouds = await startClouds();
  try {
    const call = (path: string, ...args: unknown[]) => callThroughDoor(clouds.control, clouds.caPem, path, ...args);
    await call('gcp.addProject', projectId);
    const made = await call('gcp.addServiceAccount', projectId, 'from-outside');
    expect(made).toMatchObject({ keyFile: expect.stringContaining('private_key') });
    await call(
      'gcp.grant',
      `from-outside@${projectId}.iam.gserviceaccount.com`,
      ['secretmanager.secrets.get'],
      projectId,
    );
    const name = `${parent}/secrets/door`;
    expect(await call('gcp.secrets.put', name, 'one')).toBe(1);
    await call('gcp.secrets.label', name, { a: '1' });
    await call('gcp.secrets.setState', name, '1', 'DISABLED');
    expect(await call('gcp.secrets.get', name)).toMatchObject({
      labels: { a: '1' },
      versions: [{ state: 'DISABLED' }],
    });
    expect(await call('gcp.secrets.value', name)).toEqual({ base64: Buffer.from('one').toString('base64') });
    await call('gcp.secrets.remove', name);
    expect(await call('gcp.secrets.ids', projectId)).toEqual([]);
    await call('desk.addFault', { cloud: 'gcp', name: 'token', fault: { kind: 'reset' } });
    await expect(call('gcp.secrets.put', 'no name', 'x')).rejects.toThrow('no name is not the name of a secret');
    await expect(call('gcp.grant', 'x', 'roles/owner', projectId)).rejects.toThrow('Invalid input');
  } finally {
    await clouds.close();
  }
});
