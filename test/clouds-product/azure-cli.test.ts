import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Source, TestStep } from '../../main/clouds/ports.ts';
import { openSource } from '../../main/clouds/registry.ts';
import type { AzureSettings } from '../../main/domain/connection.ts';
import { installFakeAz } from '../clouds/azure/fake-az.ts';
import { everythingIn, failureOf, patience } from '../conformance/outcome.ts';
import { type CloudBed, connectionTo, openCloudBed } from '../support/cloud-bed.ts';

const item = { kind: 'secret', vault: 'kv-cli', name: 'a' } as const;
const text = { payload: { kind: 'text', text: 'one' } };

describe('the Azure CLI’s login', () => {
  let bed: CloudBed;
  let folder: string;
  let userName: string;
  const opened: Source[] = [];

  beforeAll(async () => {
    bed = await openCloudBed();
    await bed.azure.addVault('kv-cli');
    bed.azure.vault('kv-cli').set('a', 'one');
    userName = bed.azure.addUser('bob').userName;
    bed.azure.grant(userName, 'Reader', 'kv-cli');
    bed.azure.grant(userName, 'Key Vault Certificate User', 'kv-cli');
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fake-az-'));
    vi.stubEnv('PATH', `${folder}:${process.env['PATH']}`);
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    for (const source of opened.splice(0)) source.close();
    await rm(folder, { recursive: true });
  });
  afterAll(() => bed.close());

  async function open(change: Partial<AzureSettings> = {}, timeoutMs = 20_000): Promise<Source> {
    const settings: AzureSettings = {
      provider: 'azure',
      tenantId: bed.azure.tenant.id,
      signIn: 'cli',
      cloud: 'custom',
      authority: bed.azure.loginUrl,
      resourceManager: bed.azure.armUrl,
      caBundle: bed.caPem,
      ...change,
    };
    const deps = { ...bed.deps, callTimeoutMs: timeoutMs };
    const source = await openSource(connectionTo(settings), { signIn: 'outside' }, deps);
    opened.push(source);
    return source;
  }

  function signedIn(refreshToken: string | undefined): Promise<string> {
    return installFakeAz(folder, {
      loginUrl: bed.azure.loginUrl,
      caPem: bed.caPem,
      tenantId: bed.azure.tenant.id,
      subscriptionId: bed.azure.subscription.id,
      ...(refreshToken === undefined ? {} : { refreshToken }),
    });
  }

  /** An `az` that does what a shell says. */
  async function scripted(script: string): Promise<void> {
    const path = join(folder, 'az');
    await writeFile(path, `#!/bin/sh\n${script}\n`);
    await chmod(path, 0o755);
  }

  test('opens vaults and Resource Manager, asked for once per service', async () => {
    await signedIn(bed.azure.signInToCli(userName));
    const source = await open();
    bed.desk.clearArrivals();
    await Promise.all(Array.from({ length: 5 }, () => source.read(item, patience())));
    expect(await source.read(item, patience())).toMatchObject(text);
    expect(bed.desk.arrivals({ cloud: 'entra', name: 'token' })).toHaveLength(2);
    const steps: TestStep[] = [];
    for await (const step of source.test(patience())) steps.push(step);
    expect(steps.every(({ outcome }) => outcome === 'passed')).toBe(true);
    expect(steps.find(({ id }) => id === 'sign-in')?.sentence).toMatch(/^The Azure CLI's user signed in\. .* UTC/);
  });

  test('that is not there is told with the command that helps', async () => {
    await signedIn(undefined);
    const failure = await failureOf((await open()).read(item, patience()));
    expect(failure).toMatchObject({ kind: 'auth', code: 'azure-cli-signed-out' });
    expect(failure.fix).toContain(`az login --tenant ${bed.azure.tenant.id}`);
  });

  test('of another tenant is told as such', async () => {
    await signedIn(bed.azure.signInToCli(userName));
    const source = await open({ tenantId: '3f7d5c1e-0000-4000-8000-00000000000f' });
    expect(await failureOf(source.read(item, patience()))).toMatchObject({ kind: 'auth', code: 'azure-cli-tenant' });
  });

  test('without an Azure CLI is told as such', async () => {
    vi.stubEnv('PATH', folder);
    const failure = await failureOf((await open()).read(item, patience()));
    expect(failure).toMatchObject({ kind: 'auth', code: 'azure-cli-missing' });
  });

  test.each([
    ['echo canary; exit 0', 'azure-cli-answer', 'auth'],
    ['echo \'{"accessToken": "canary"}\'', 'azure-cli-answer', 'auth'],
    ['echo "ERROR: canary" >&2; exit 1', 'azure-cli-failed', 'auth'],
    ['echo "HTTPSConnectionPool: Max retries exceeded canary" >&2; exit 1', 'azure-cli-offline', 'network'],
    ['echo "AADSTS50020: User account canary does not exist" >&2; exit 1', 'azure-cli-tenant', 'auth'],
    ['echo "AADSTS53003: Access has been blocked canary" >&2; exit 1', 'entra-53003', 'auth'],
    ['echo "AADSTS700082: canary. Interactive: az login" >&2; exit 1', 'azure-cli-signed-out', 'auth'],
  ])('whose command says %s is %s, and its words are not repeated', async (script, code, kind) => {
    await scripted(script);
    const error: unknown = await (await open()).read(item, patience()).catch((thrown: unknown) => thrown);
    expect(await failureOf(Promise.reject(error))).toMatchObject({ kind, code });
    expect(everythingIn(error)).not.toContain('canary');
  });

  test('of an older version, which tells the time of this computer alone, works too', async () => {
    await scripted(`echo '{"accessToken": "x", "expiresOn": "2999-01-01 12:00:00.000000"}'`);
    const steps: TestStep[] = [];
    for await (const step of (await open()).test(patience())) steps.push(step);
    expect(steps.find(({ id }) => id === 'sign-in')).toMatchObject({
      outcome: 'passed',
      sentence: expect.stringMatching(/(2998-12-31|2999-01-0[12]) \d\d:\d\d UTC/),
    });
  });

  test('gets its arguments as they are, and no shell in between', async () => {
    const marker = join(folder, 'arguments');
    await scripted(`printf '%s\\n' "$@" > '${marker}'; exit 1`);
    await (await open()).read(item, patience()).catch(() => {});
    const { readFile } = await import('node:fs/promises');
    expect((await readFile(marker, 'utf8')).trim().split('\n')).toEqual([
      'account',
      'get-access-token',
      '--output',
      'json',
      '--resource',
      bed.azure.armUrl,
      '--tenant',
      bed.azure.tenant.id,
    ]);
  });

  test('may be given up on, and a command that never ends is a timeout', async () => {
    await scripted('exec sleep 60');
    const patient = new AbortController();
    const ended = failureOf((await open()).read(item, patient.signal));
    patient.abort();
    expect(await ended).toMatchObject({ kind: 'cancelled' });
    expect(await failureOf((await open({}, 300)).read(item, patience()))).toMatchObject({ kind: 'timeout' });
  });
});
