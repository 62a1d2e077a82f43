import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { GetSecretValueCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AccessKey } from '../clouds/aws/index.ts';
import { callThroughDoor } from '../clouds/kernel/door.ts';
import { send } from '../clouds/kernel/request.ts';
import { type Sample, seedSample } from '../clouds/sample.ts';
import { type Clouds, startClouds } from '../clouds/start.ts';
import { collect, secretClient, subscriptionClient } from './support.ts';

let clouds: Clouds;
let sample: Sample;
const target = 'certifyclouds/from-outside';

beforeAll(async () => {
  clouds = await startClouds();
  sample = await seedSample(clouds);
});
afterAll(() => clouds.close());

const call = (path: string, ...args: unknown[]) => callThroughDoor(clouds.control, clouds.caPem, path, ...args);

function secretsManager({ accessKeyId, secretAccessKey }: AccessKey): SecretsManagerClient {
  return new SecretsManagerClient({
    endpoint: clouds.aws.url,
    region: sample.region,
    credentials: { accessKeyId, secretAccessKey },
    maxAttempts: 1,
    requestHandler: new NodeHttpHandler({ httpsAgent: new Agent({ ca: clouds.caPem }) }),
  });
}

describe('the sample', () => {
  it('is found by the official clients as the app sees it', async () => {
    const subscriptions = await collect(subscriptionClient(clouds, sample.app).subscriptions.list());
    expect(subscriptions.map(({ displayName }) => displayName).sort()).toEqual([
      'Contoso Development',
      'Contoso Production',
    ]);
    const counts: Record<string, number> = {};
    for (const name of ['kv-production', 'kv-staging', 'kv-dev']) {
      counts[name] = (await collect(secretClient(clouds, sample.app, name).listPropertiesOfSecrets())).length;
    }
    expect(counts).toEqual({ 'kv-production': 20, 'kv-staging': 11, 'kv-dev': 10 });
  });

  it('has the cases that a replicator meets', async () => {
    const client = secretClient(clouds, sample.app, 'kv-production');
    const listed = await collect(client.listPropertiesOfSecrets());
    const names = (test: (one: (typeof listed)[number]) => boolean) => listed.filter(test).map(({ name }) => name);
    expect(names(({ enabled }) => enabled === false)).toEqual(['legacy-ftp-password']);
    expect(names(({ managed }) => managed === true)).toEqual(['www-contoso-example']);
    expect(names(({ expiresOn }) => (expiresOn?.getTime() ?? Number.POSITIVE_INFINITY) < Date.now())).toEqual([
      'partner-token',
    ]);
    expect(names(({ tags }) => tags?.['no-sync'] === 'true')).toEqual(['debug-token-local']);
    const read = async (name: string) => (await client.getSecret(name)).value ?? '';
    expect(Buffer.byteLength(await read('feature-flags'))).toBe(25 * 1024);
    expect(await read('support-passphrase')).toContain('東京 🔑');
    expect(await read('deploy-key')).toMatch(/^-----BEGIN PRIVATE KEY-----\n.+\n-----END PRIVATE KEY-----\n$/s);
    expect(JSON.parse(await read('service-bundle'))).toHaveProperty('clientSecret');
  });

  it('has different values every time', async () => {
    const other = await startClouds();
    await seedSample(other);
    for (const { name } of clouds.azure.vault('kv-production').list()) {
      const values = [clouds, other].map(({ azure }) => azure.vault('kv-production').find(name).versions[0]?.value);
      expect(values[0] === values[1], name).toBe(false);
    }
    await other.close();
  });

  it('has a key that may read what it writes, and one that may not', async () => {
    clouds.aws.putOutside(sample.region, target, 'v');
    const get = new GetSecretValueCommand({ SecretId: target });
    expect((await secretsManager(sample.fullKey).send(get)).SecretString).toBe('v');
    await expect(secretsManager(sample.writeOnlyKey).send(get)).rejects.toThrow(/not authorized to perform/);
    const put = new PutSecretValueCommand({ SecretId: target, SecretString: 'w' });
    expect((await secretsManager(sample.writeOnlyKey).send(put)).VersionStages).toContain('AWSCURRENT');
  });
});

describe('the control door', () => {
  it('moves secrets in Azure', async () => {
    const at = ['kv-dev', 'made-outside'] as const;
    await call('azure.setSecret', ...at, 'one', { tags: { a: 'b' } });
    const version = await call('azure.setSecret', ...at, 'two');
    const client = secretClient(clouds, sample.app, 'kv-dev');
    expect((await client.getSecret('made-outside')).properties.version).toBe(version);
    expect(await call('azure.readSecret', ...at)).toBe('two');
    await call('azure.disableSecret', ...at);
    await expect(client.getSecret('made-outside')).rejects.toMatchObject({ statusCode: 403 });
    await call('azure.enableSecret', ...at);
    await call('azure.removeSecret', ...at);
    await expect(client.getSecret('made-outside')).rejects.toMatchObject({ statusCode: 404 });
    await call('azure.recoverSecret', ...at);
    expect(await call('azure.secretNames', 'kv-dev')).toContain('made-outside');
    await call('azure.removeSecret', ...at);
    await call('azure.purgeSecret', ...at);
    await expect(call('azure.readSecret', ...at)).rejects.toThrow(/was not found in this key vault/);
  });

  it('moves access and secrets in AWS', async () => {
    await call('aws.putOutside', sample.region, 'certifyclouds/by-door', 'v');
    expect(await call('aws.secretValue', sample.region, 'certifyclouds/by-door')).toBe('v');
    expect(await call('aws.secretNames', sample.region)).toContain('certifyclouds/by-door');
    await call('aws.disableAccessKey', sample.fullKey.accessKeyId);
    const get = new GetSecretValueCommand({ SecretId: 'certifyclouds/by-door' });
    await expect(secretsManager(sample.fullKey).send(get)).rejects.toThrow(/security token/i);
    await call('aws.enableAccessKey', sample.fullKey.accessKeyId);
    expect((await secretsManager(sample.fullKey).send(get)).SecretString).toBe('v');
  });

  it('decides how requests fare and tells what arrived, without values', async () => {
    await call('desk.clearArrivals');
    await call('desk.addFault', { name: 'GetSecret', times: 1, fault: { kind: 'status', status: 500 } });
    await call('desk.setQuota', { cloud: 'keyvault', name: 'GetSecret', limit: 1, perSeconds: 600 });
    const client = secretClient(clouds, sample.app, 'kv-dev');
    await expect(client.getSecret('api-key')).rejects.toMatchObject({ statusCode: 500 });
    const { value = '' } = await client.getSecret('api-key');
    await expect(client.getSecret('api-key')).rejects.toMatchObject({ statusCode: 429 });
    await call('desk.clearQuotas');
    const arrivals = await call('desk.arrivals', { resource: 'kv-dev/api-key' });
    expect(arrivals).toMatchObject([{ status: 500, fault: 'status' }, { status: 200 }, { status: 429 }]);
    expect(JSON.stringify(await call('desk.arrivals'))).not.toContain(value);
    await expect(call('desk.addFault', { fault: { kind: 'explode' } })).rejects.toThrow(/Invalid/);
  });
});

describe('AWS behind the desk', () => {
  const put = (value: string) => new PutSecretValueCommand({ SecretId: target, SecretString: value });

  it('loses a reply after the write took effect, and resets before it does', async () => {
    const client = secretsManager(sample.fullKey);
    const name = 'secretsmanager:PutSecretValue';
    clouds.desk.addFault({ cloud: 'aws', name, times: 1, fault: { kind: 'lose-reply' } });
    await expect(client.send(put('written'))).rejects.toThrow(/socket hang up|ECONNRESET/);
    expect(clouds.aws.secretValue(sample.region, target)).toBe('written');
    clouds.desk.addFault({ cloud: 'aws', name, times: 1, fault: { kind: 'reset' } });
    await expect(client.send(put('not written'))).rejects.toThrow(/socket hang up|ECONNRESET/);
    expect(clouds.aws.secretValue(sample.region, target)).toBe('written');
    clouds.desk.addFault({ cloud: 'aws', name, times: 1, fault: { kind: 'truncate' } });
    await expect(client.send(put('cut'))).rejects.toThrow();
    expect(clouds.aws.secretValue(sample.region, target)).toBe('cut');
    await client.send(put('whole'));
    expect(clouds.aws.secretValue(sample.region, target)).toBe('whole');
  });
});

describe('the program', () => {
  it('prints how to connect, serves, and cleans up when it is stopped', { timeout: 60_000 }, async () => {
    const program = spawn(process.execPath, ['--import', 'tsx', 'test/clouds/main.ts'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exit = new Promise<number | null>((resolve) => program.on('exit', resolve));
    try {
      let text = '';
      for await (const chunk of program.stdout) {
        text += String(chunk);
        if (text.includes('Ctrl-C stops it.')) break;
      }
      const printed = (pattern: RegExp) => pattern.exec(text)?.[1] ?? '';
      const caFile = printed(/^Authority to trust +(\S+)/m);
      const caPem = readFileSync(caFile, 'utf8');
      const door = { url: printed(/POST (\S+)\/call/), token: printed(/bearer token +(\S+)/) };
      expect(await callThroughDoor(door, caPem, 'azure.vaultUrl', 'kv-production')).toBe(
        printed(/^kv-production +(\S+)/m),
      );
      const login = printed(/^Azure sign-in +(\S+)/m);
      const metadata = `${login}/${printed(/tenant id +(\S+)/)}/v2.0/.well-known/openid-configuration`;
      expect((await send(metadata, { caPem })).status).toBe(200);
      program.kill('SIGINT');
      expect(await exit).toBe(0);
      expect(existsSync(caFile)).toBe(false);
    } finally {
      program.kill('SIGKILL');
    }
  });
});
