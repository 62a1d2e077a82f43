import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { readBundle } from '../../main/certificates/index.ts';
import type { Target, WriteRequest } from '../../main/clouds/ports.ts';
import { openTarget } from '../../main/clouds/registry.ts';
import type { CertificateBundle } from '../../main/domain/certificate.ts';
import { ownerTag } from '../../main/domain/ownership.ts';
import { product } from '../../main/product.ts';
import { createIssuer } from '../clouds/kernel/certificate-chain.ts';
import { json } from '../clouds/kernel/reply.ts';
import type { CloudReply } from '../clouds/kernel/types.ts';
import { failureOf, patience } from '../conformance/outcome.ts';
import { connectionTo } from '../support/cloud-bed.ts';
import { type HostileCloud, openHostileCloud, patientDeps } from './hostile.ts';

const projectId = 'contoso-sync';
const parent = `projects/${projectId}/locations/global`;
const name = `${parent}/certificates/www`;
const operation = `${parent}/operations/o1`;
const labels = { 'certifyclouds-record': 'r1' };

/** A Certificate Manager that accepts a create and fails at the end of it, and what it leaves behind then. */
describe('a certificate that could not be made', () => {
  let cloud: HostileCloud;
  let bundle: CertificateBundle;
  let target: Target;
  /** How the operation ends. */
  let end: object;
  /** What is there afterwards. */
  let left: CloudReply;
  let deletion: CloudReply;
  beforeAll(async () => {
    const { pem } = await (await createIssuer('P-256')).issue();
    bundle = readBundle({ contentType: 'application/x-pem-file', value: pem });
    cloud = await openHostileCloud(({ method, url: { pathname } }) => {
      if (pathname === '/token') return json(200, { access_token: 'made-up', expires_in: 3599, token_type: 'Bearer' });
      if (method === 'POST') return json(200, { name: operation, done: false });
      if (method === 'DELETE') return deletion;
      return pathname.includes('/operations/') ? json(200, { name: operation, done: true, ...end }) : left;
    });
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const serviceAccountKey = JSON.stringify({
      type: 'service_account',
      project_id: projectId,
      private_key_id: 'k1',
      private_key: privateKey.export({ format: 'pem', type: 'pkcs8' }),
      client_email: `sync@${projectId}.iam.gserviceaccount.com`,
    });
    const connection = connectionTo({
      provider: 'gcp',
      projectId,
      signIn: 'key',
      location: 'global',
      endpoint: cloud.url,
      caBundle: cloud.caPem,
    });
    target = await openTarget(connection, { serviceAccountKey }, 'certificatemanager', 'global', patientDeps);
  });
  afterEach(() => {
    cloud.asked.length = 0;
  });
  afterAll(async () => {
    target.close();
    await cloud.close();
  });

  const refused = { error: { code: 3, message: 'canary' } };
  const done = json(200, { name: `${parent}/operations/o2`, done: true, response: {} });
  const googleError = (code: number, status: string) => json(code, { error: { code, status, message: 'canary' } });
  const write = () => {
    const request: WriteRequest = {
      mode: 'create',
      name: 'www',
      payload: { kind: 'certificate', bundle },
      tags: { [ownerTag(product.tagNamespace)]: 'r1' },
      options: {},
      replaces: null,
      idempotencyKey: randomUUID(),
    };
    return target.write(request, patience());
  };
  const deleted = () => cloud.asked.filter(({ method }) => method === 'DELETE').map(({ url }) => url.pathname);

  test('is deleted if it is ours and nobody could use it', async () => {
    [end, left, deletion] = [refused, json(200, { name, labels }), done];
    expect(await failureOf(write())).toMatchObject({ kind: 'invalid', code: 'gcp-refused' });
    expect(deleted()).toEqual([`/v1/${name}`]);
  });

  test.each<[string, () => CloudReply]>([
    ['nobody’s', () => json(200, { name })],
    ['another record’s', () => json(200, { name, labels: { 'certifyclouds-record': 'r2' } })],
    ['the very certificate', () => json(200, { name, labels, pemCertificate: bundle.leaf })],
    ['not there', () => googleError(404, 'NOT_FOUND')],
  ])('is left alone if it is %s', async (_, found) => {
    [end, left, deletion] = [refused, found(), done];
    expect(await failureOf(write())).toMatchObject({ kind: 'invalid', code: 'gcp-refused' });
    expect(deleted()).toEqual([]);
  });

  test('is left alone if another create is still making it, and waited for', async () => {
    [end, left, deletion] = [{ error: { code: 6, message: 'canary' } }, json(200, { name, labels }), done];
    expect(await failureOf(write())).toMatchObject({ kind: 'throttled', code: 'gcp-operation-running' });
    expect(deleted()).toEqual([]);
  });

  test('is no failure if another create of ours has made the very one', async () => {
    const made = json(200, { name, labels, pemCertificate: bundle.leaf });
    [end, left, deletion] = [{ error: { code: 6, message: 'canary' } }, made, done];
    expect(await write()).toMatchObject({ version: bundle.facts.fingerprint, confirmed: true });
    expect(deleted()).toEqual([]);
  });

  test('is told of where it cannot be deleted', async () => {
    [end, left, deletion] = [refused, json(200, { name, labels }), googleError(403, 'PERMISSION_DENIED')];
    const failure = await failureOf(write());
    expect(failure).toMatchObject({ kind: 'invalid', code: 'gcp-refused' });
    expect(failure.sentence).toContain('certificatemanager.certs.delete');
    expect(failure.fix).toContain('Delete the certificate www');
    expect(JSON.stringify(failure)).not.toContain('canary');
  });

  test.each([
    [4, 'network', 'gcp-operation-failed'],
    [14, 'network', 'gcp-operation-failed'],
    [99, 'network', 'gcp-operation-failed'],
    [8, 'throttled', 'gcp-throttled'],
  ])(
    'is looked for by the next try if the operation may only have failed for now (code %i)',
    async (code, kind, told) => {
      [end, left, deletion] = [{ error: { code, message: '' } }, json(200, { name, labels }), done];
      expect(await failureOf(write())).toMatchObject({ kind, code: told });
      expect(deleted()).toEqual([]);
    },
  );

  test('one that Google renews by itself is closed, and never written over', async () => {
    left = json(200, { name, managed: { domains: ['www.contoso.example'] } });
    const ref = { name: 'www' };
    expect(await target.inspect(ref, patience())).toMatchObject({ kind: 'closed', code: 'target-managed' });
    const payload = { kind: 'certificate', bundle } as const;
    const update = {
      ...ref,
      mode: 'update',
      payload,
      tags: {},
      options: {},
      replaces: null,
      idempotencyKey: 'k',
    } as const;
    expect(await failureOf(target.write(update, patience()))).toMatchObject({ code: 'target-managed' });
  });
});
