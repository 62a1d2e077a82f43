import { createPrivateKey } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { browse } from '../clouds/azure/browser.ts';
import { createIssuer } from '../clouds/kernel/certificate-chain.ts';
import { type Sample, seedSample } from '../clouds/sample.ts';
import { type Clouds, startClouds } from '../clouds/start.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { findForms, findInFolder, keyCanaries, newCanary } from '../support/canary.ts';
import { azureSettings, connectAll, newRecord } from '../support/connect.ts';

const vault = 'kv-dev';
/** What MSAL keeps of a person: https://learn.microsoft.com/entra/msal/dotnet/how-to/token-cache-serialization */
const msalCache = z.object({ RefreshToken: z.record(z.string(), z.object({ secret: z.string() })) });

/** A marker in every kind of value and credential; then all that leaves the app or lies in its folder is searched for it. */
describe('nothing secret', { timeout: 60_000 }, () => {
  let clouds: Clouds;
  let sample: Sample;
  let app: TestApp & { readonly secretKey: string };
  const secrets = new Map<string, string | Buffer>();

  beforeAll(async () => {
    clouds = await startClouds();
    sample = await seedSample(clouds);
    let person = '';
    app = await startApp({
      openBrowser: async (url) => void (await browse(url, clouds.caPem, { account: person })),
    });
    const connections = await connectAll(app, clouds, sample);
    const [gcpLine, gcpBytes] = keyCanaries(createPrivateKey(JSON.parse(sample.gcp.full.keyFile).private_key));
    secrets
      .set('SECRET_KEY', app.secretKey)
      .set('client secret', sample.app.clientSecret)
      .set('secret access key', sample.fullKey.secretAccessKey)
      .set('service account key', gcpLine)
      .set('service account key in bytes', gcpBytes);

    const redirects = [{ platform: 'desktop', uri: 'http://localhost' }] as const;
    const { clientId, tenantId } = clouds.azure.addTenantApp({ redirects, publicFlows: true });
    person = clouds.azure.addUser('ann').userName;
    clouds.azure.grant(person, 'Reader', vault);
    clouds.azure.grant(person, 'Key Vault Certificate User', vault);
    const settings = azureSettings(clouds, sample, { tenantId, clientId, signIn: 'browser' });
    const signInId = crypto.randomUUID();
    await app.ask('connections.signIn', { signInId, settings });
    const { id: azure } = await app.ask('connections.save', {
      name: 'Ann',
      draft: { provider: 'azure', settings, credential: { signIn: 'user', signInId } },
    });

    const value = newCanary();
    clouds.azure.vault(vault).set('canary', value);
    secrets.set('value', value);
    const { privateKey, pfxBase64 } = await (await createIssuer('RSA-2048')).issue();
    clouds.azure.vault(vault).certificates.set('canary-certificate', { pfxBase64: pfxBase64() });
    const [line, bytes] = keyCanaries(privateKey);
    secrets.set('private key', line).set('private key in bytes', bytes);

    const from = (name: string, change: Parameters<typeof newRecord>[2]) =>
      newRecord({ ...connections, azure }, { vault, name }, change);
    const records = [
      from('canary', {}),
      from('canary', { targetService: 'parameterstore' }),
      from('canary', { targetService: 'secretmanager' }),
      from('canary-certificate', { targetService: 'acm' }),
      from('canary-certificate', { targetService: 'certificatemanager' }),
      from('canary-certificate', { sourceKind: 'certificate', shape: { kind: 'pem' } }),
      from('canary-certificate', {
        sourceKind: 'certificate',
        targetService: 'secretmanager',
        shape: { kind: 'pfx' },
      }),
    ];
    const ids = (await app.ask('records.create', { records })).map(({ id }) => id);
    // Faults as well: what cannot be understood must not be told in its own words.
    for (const kind of ['truncate', 'reset'] as const)
      clouds.desk.addFault({ fault: { kind }, chance: 0.2, times: 20 });
    await app.sync(ids);
    clouds.desk.clearFaults();
    await app.sync(ids);
    for (const { status, sentence } of await app.ask('records.list', {}))
      expect([status, sentence]).toContain('synced');
    for (const connectionId of [azure, connections.aws, connections.gcp])
      await app.ask('connections.test', { testId: crypto.randomUUID(), connectionId });

    const kept = app.lock.keyring().open(app.store.connections.token(azure) ?? '');
    const { cache } = z.object({ cache: z.string() }).parse(kept);
    for (const { secret } of Object.values(msalCache.parse(JSON.parse(cache)).RefreshToken))
      secrets.set('refresh token', secret);
    await app.end({ keep: true });
  }, 120_000);
  afterAll(async () => {
    await app.end();
    await clouds.close();
  });

  it('is missing among what is looked for', () => {
    expect([...secrets.keys()].sort()).toEqual([
      'SECRET_KEY',
      'client secret',
      'private key',
      'private key in bytes',
      'refresh token',
      'secret access key',
      'service account key',
      'service account key in bytes',
      'value',
    ]);
  });

  it('leaves the app in an answer, an event or its log', () => {
    const sent = Buffer.from(app.sent.join('\n'));
    expect(sent.length).toBeGreaterThan(10_000);
    for (const [name, secret] of secrets) expect([name, findForms(secret, sent)]).toEqual([name, []]);
  });

  it('lies in the app’s folder', () => {
    for (const [name, secret] of secrets) expect([name, findInFolder(secret, app.directory)]).toEqual([name, []]);
  });
});
