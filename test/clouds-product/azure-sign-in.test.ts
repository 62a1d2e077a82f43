import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Source, TestStep } from '../../main/clouds/ports.ts';
import { openSource } from '../../main/clouds/registry.ts';
import type { AzureSettings } from '../../main/domain/connection.ts';
import type { AppCredentials } from '../clouds/azure/index.ts';
import { createSelfSigned } from '../clouds/kernel/certificates.ts';
import { everythingIn, failureOf, patience } from '../conformance/outcome.ts';
import { type CloudBed, connectionTo, openCloudBed } from '../support/cloud-bed.ts';

describe('signing in to Azure', () => {
  let bed: CloudBed;
  let app: AppCredentials;
  const opened: Source[] = [];

  beforeAll(async () => {
    bed = await openCloudBed();
    app = bed.azure.addTenantApp();
    await bed.azure.addVault('kv-sign-in');
    bed.azure.vault('kv-sign-in').set('a', 'one');
    bed.azure.grant(app.clientId, 'Reader', 'kv-sign-in');
    bed.azure.grant(app.clientId, 'Key Vault Secrets User', 'kv-sign-in');
  });
  afterAll(async () => {
    for (const source of opened) source.close();
    await bed.close();
  });

  async function open(credential: unknown, change: Partial<AzureSettings> = {}): Promise<Source> {
    const settings: AzureSettings = {
      provider: 'azure',
      tenantId: app.tenantId,
      clientId: app.clientId,
      signIn: 'secret',
      cloud: 'custom',
      authority: bed.azure.loginUrl,
      resourceManager: bed.azure.armUrl,
      caBundle: bed.caPem,
      ...change,
    };
    const source = await openSource(connectionTo(settings), credential, bed.deps);
    opened.push(source);
    return source;
  }
  const secret = (clientSecret = app.clientSecret) => ({ signIn: 'secret', clientSecret });
  const certificate = (pem: string) => ({ signIn: 'certificate', pem });
  const byCertificate = { signIn: 'certificate' } as const;
  const item = { kind: 'secret', vault: 'kv-sign-in', name: 'a' } as const;
  const read = (source: Source) => source.read(item, patience());
  const text = { payload: { kind: 'text', text: 'one' } };

  test('works with a secret, and asks for one token per service, however many calls wait for it', async () => {
    const source = await open(secret());
    bed.desk.clearArrivals();
    await Promise.all(Array.from({ length: 20 }, () => read(source)));
    await read(source);
    expect(bed.desk.arrivals({ cloud: 'entra', name: 'token' })).toHaveLength(2);
    expect(bed.desk.arrivals({ name: 'GetSecret', status: 200 })).toHaveLength(21);
    expect(bed.desk.arrivals({ name: 'challenge' })).toEqual([]);
    expect(bed.desk.arrivals({ name: 'ListSubscriptions' })).toHaveLength(1);
  });

  test('works with a certificate, its parts in any order', async () => {
    const { cert, key } = await bed.azure.addAppCertificate(app.clientId);
    const other = await createSelfSigned('someone-else', 30);
    for (const pem of [`${cert}\n${key}`, `${key}\r\n${other.cert}\n${cert}`, `some text\n${cert}${key}`]) {
      expect(await read(await open(certificate(pem), byCertificate))).toMatchObject(text);
    }
  });

  test('a token that ran out on the service’s clock is replaced within the same call', async () => {
    const source = await open(secret());
    await read(source);
    bed.desk.setClockOffset(2 * 60 * 60 * 1000);
    try {
      bed.desk.clearArrivals();
      expect(await read(source)).toMatchObject(text);
      expect(bed.desk.arrivals({ name: 'token' })).toHaveLength(1);
      expect((await source.listPage('kv-sign-in', 'secret', undefined, patience())).items).toHaveLength(1);
    } finally {
      bed.desk.setClockOffset(0);
    }
  });

  test.each<[string, number, () => Promise<Source>]>([
    ['a wrong secret', 7000215, () => open(secret('not-the-secret'))],
    ['an expired secret', 7000222, () => open(secret(bed.azure.addAppSecret(app.clientId, -1)))],
    ['an unknown application', 700016, () => open(secret(), { clientId: '3f7d5c1e-0000-4000-8000-00000000000f' })],
    ['an unknown tenant', 90002, () => open(secret(), { tenantId: '3f7d5c1e-0000-4000-8000-00000000000f' })],
    [
      'a certificate that is not registered',
      700027,
      async () => {
        const { cert, key } = await createSelfSigned('certifyclouds-sync', 30);
        return open(certificate(`${cert}\n${key}`), byCertificate);
      },
    ],
  ])('%s is told as such', async (_, number, start) => {
    const source = await start();
    const failure = await failureOf(read(source));
    expect(failure).toMatchObject({ kind: 'auth', code: `entra-${number}` });
    expect(JSON.stringify(failure)).not.toContain('AADSTS');
    const steps: TestStep[] = [];
    for await (const step of source.test(patience())) steps.push(step);
    expect(steps.map(({ id, outcome }) => [id, outcome])).toEqual([
      ['dns', 'passed'],
      ['tls', 'passed'],
      ['sign-in', 'failed'],
      ['list', 'skipped'],
      ['inspect', 'skipped'],
      ['read', 'skipped'],
      ['list-certificates', 'skipped'],
      ['read-certificates', 'skipped'],
    ]);
    expect(steps[2]).toMatchObject({ sentence: failure.sentence, fix: failure.fix });
  });

  test('what cannot be used is refused before anything is sent', async () => {
    const { cert, key } = await createSelfSigned('certifyclouds-sync', 30);
    const expired = await createSelfSigned('certifyclouds-sync', -1);
    const pem = { type: 'pkcs8', format: 'pem' } as const;
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const curve = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export(pem);
    const locked = rsa.export({ ...pem, cipher: 'aes-256-cbc', passphrase: 'p' });
    bed.desk.clearArrivals();
    const codes = async (...attempt: Parameters<typeof open>) => (await failureOf(open(...attempt))).code;
    for (const credential of [null, 'secret', {}, { ...secret(), more: 1 }, secret(''), certificate('x'), [secret()]])
      expect(await codes(credential)).toBe('credential');
    expect(await codes(certificate(cert), byCertificate)).toBe('certificate-key');
    expect(await codes(certificate(`${cert}\n${locked}`), byCertificate)).toBe('certificate-key');
    expect(await codes(certificate(`${cert}\n${curve}`), byCertificate)).toBe('certificate-key');
    expect(await codes(certificate(`${cert}\n${rsa.export(pem)}`), byCertificate)).toBe('certificate-mismatch');
    expect(await codes(certificate(key), byCertificate)).toBe('certificate-mismatch');
    expect(await codes(certificate(`${expired.cert}\n${expired.key}`), byCertificate)).toBe('certificate-expired');
    expect(await codes(secret(), { tenantId: '../other' })).toBe('tenant-id');
    expect(await codes(secret(), { clientId: 'my app' })).toBe('client-id');
    expect(await codes(secret(), { authority: undefined })).toBe('endpoint-invalid');
    expect(await codes(secret(), { authority: 'http://localhost:1' })).toBe('endpoint-not-https');
    expect(await codes(secret(), { resourceManager: 'https://169.254.169.254' })).toBe('endpoint-refused');
    expect(bed.desk.arrivals()).toEqual([]);
  });

  test.each([
    ['throttled', { kind: 'throttle', retryAfter: 4 }, { kind: 'throttled', retryAfterMs: 4000 }],
    ['broken', { kind: 'status', status: 503 }, { kind: 'network' }],
    ['cut off', { kind: 'reset' }, { kind: 'network' }],
    ['half an answer', { kind: 'truncate' }, { kind: 'network' }],
  ] as const)('%s sign-in may pass, and the next try is not held back', async (_, fault, expected) => {
    for (const name of ['token', 'openid-configuration']) {
      const source = await open(secret());
      bed.desk.addFault({ cloud: 'entra', name, fault, times: 1 });
      expect(await failureOf(read(source))).toMatchObject(expected);
      expect(await read(source)).toMatchObject(text);
    }
  });

  test('nothing is tried twice behind the engine’s back', async () => {
    const source = await open(secret());
    await read(source);
    for (const [name, call] of [
      ['GetSecret', () => read(source)],
      ['ListSecrets', () => source.listPage('kv-sign-in', 'secret', undefined, patience())],
      ['ListSecretVersions', () => source.describe(item, patience())],
      ['ListSubscriptions', () => source.listVaults(patience())],
      ['ListVaults', () => source.listVaults(patience())],
    ] as const) {
      bed.desk.clearArrivals();
      bed.desk.addFault({ name, fault: { kind: 'throttle', retryAfter: 0 }, times: 1 });
      expect(await failureOf(call())).toMatchObject({ kind: 'throttled', retryAfterMs: 0 });
      expect(bed.desk.arrivals({ name })).toHaveLength(1);
    }
  });

  test('the sign-in secret is in no failure, nor in what it was caused by', async () => {
    const failed = await read(await open(secret('canary-client-secret'))).catch((error: unknown) => error);
    bed.desk.addFault({ cloud: 'entra', name: 'token', fault: { kind: 'reset' }, times: 1 });
    const cut = await read(await open(secret('canary-client-secret'))).catch((error: unknown) => error);
    for (const error of [failed, cut]) {
      expect(error).toBeInstanceOf(Error);
      expect(everythingIn(error)).not.toContain('canary');
    }
  });
});
