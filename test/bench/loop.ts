import { Agent } from 'node:https';
import { performance } from 'node:perf_hooks';
import {
  CreateSecretCommand,
  PutSecretValueCommand,
  ResourceExistsException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { SecretClient } from '@azure/keyvault-secrets';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { z } from 'zod';
import { send } from '../clouds/kernel/request.ts';
import { openApp, recordsFor } from './app.ts';
import { type BenchClouds, openClouds } from './clouds.ts';
import type { Measure } from './report.ts';

const vault = 'kv-loop';
const roundTripMs = 50;

/**
 * The app keeps AWS's published 50 writes a second for each region, whatever a service would bear. Spread over so many regions, that
 * is not what limits it.
 */
const regions = [
  'us-east-1',
  'us-east-2',
  'us-west-1',
  'us-west-2',
  'eu-west-1',
  'eu-west-2',
  'eu-central-1',
  'eu-north-1',
];

/** P8: how much faster the app is than the loop that an engineer would write, at 50 ms to every service and no quota. */
export async function measureLoop(_only: ReadonlySet<string>, quick: boolean): Promise<Measure[]> {
  const many = quick ? 100 : 2_000;
  const few = quick ? 10 : 75;
  const clouds = await openClouds();
  const app = await openApp(clouds);
  try {
    const names = await clouds.fill(vault, many);
    await clouds.setLatency(roundTripMs);
    const loopSeconds = await plainLoop(clouds, few);
    const loopPerSecond = few / loopSeconds;
    const measures: Measure[] = [];
    for (const concurrency of [undefined, 64]) {
      if (concurrency !== undefined) await app.ask('settings.set', { concurrency });
      const set = (await app.ask('settings.get', {})).concurrency;
      const spread = regions.flatMap((targetRegion, n) => {
        const some = names.filter((_, index) => index % regions.length === n);
        return recordsFor(app, vault, some, { targetRegion, prefix: `certifyclouds/at-${set}/` });
      });
      const ids = await app.create(spread);
      const { seconds, written, cloudsBusy, cpuSeconds } = await clouds.busyDuring(() => app.sync(ids));
      if (written !== many) throw new Error(`only ${written} of ${many} records were written`);
      measures.push({
        promise: 'P8',
        what: `throughput ÷ a plain SDK loop, concurrency ${set}${concurrency === undefined ? ' (default)' : ''}`,
        goal: { atLeast: 20 },
        figure: many / seconds / loopPerSecond,
        unit: '×',
        sides: {
          'app records': many,
          'app regions': regions.length,
          'app s': seconds,
          'app a second': many / seconds,
          'app’s processor ms a record': (1000 * cpuSeconds) / many,
          'stand-ins busy %': cloudsBusy,
          'loop records': few,
          'loop s': loopSeconds,
          'loop a second': loopPerSecond,
        },
      });
    }
    return measures;
  } finally {
    await app.end();
    await clouds.close();
  }
}

/** One after the other: lists the vault up to here, reads each secret and writes it. @returns seconds */
async function plainLoop({ places, sample, vaultUrl }: BenchClouds, count: number): Promise<number> {
  const { caPem: ca } = places;
  const source = new SecretClient(
    await vaultUrl(vault),
    { getToken: async () => ({ token: await signIn(places, sample.app), expiresOnTimestamp: Date.now() + 3_000_000 }) },
    { tlsOptions: { ca }, disableChallengeResourceVerification: true },
  );
  const target = new SecretsManagerClient({
    region: sample.region,
    endpoint: places.aws.url,
    credentials: sample.fullKey,
    requestHandler: new NodeHttpHandler({ httpsAgent: new Agent({ keepAlive: true, ca }) }),
  });
  const startedAt = performance.now();
  let done = 0;
  for await (const { name } of source.listPropertiesOfSecrets()) {
    if (done === count) break;
    const { value } = await source.getSecret(name);
    const [Name, SecretString] = [`certifyclouds/loop/${name}`, value];
    try {
      await target.send(new CreateSecretCommand({ Name, SecretString }));
    } catch (error) {
      if (!(error instanceof ResourceExistsException)) throw error;
      await target.send(new PutSecretValueCommand({ SecretId: Name, SecretString }));
    }
    done += 1;
  }
  const seconds = (performance.now() - startedAt) / 1000;
  target.destroy();
  return seconds;
}

async function signIn(
  { caPem, azure }: BenchClouds['places'],
  { tenantId, clientId, clientSecret }: BenchClouds['sample']['app'],
): Promise<string> {
  const scope = 'https://vault.azure.net/.default';
  const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret, scope };
  const { text } = await send(`${azure.loginUrl}/${tenantId}/oauth2/v2.0/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(form).toString(),
    caPem,
  });
  return z.object({ access_token: z.string() }).parse(JSON.parse(text)).access_token;
}
