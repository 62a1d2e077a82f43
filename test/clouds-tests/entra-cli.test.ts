import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { decodeJwt } from 'jose';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { installFakeAz } from '../clouds/azure/fake-az.ts';
import { type AzureWorld, startAzure } from './support.ts';

let world: AzureWorld;
let ann: ReturnType<AzureWorld['azure']['addUser']>;

beforeAll(async () => {
  world = await startAzure();
  ann = world.azure.addUser('Ann');
});
afterAll(() => world.azure.close());

describe('the Azure CLI of the stand-in', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fake-az-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const install = (refreshToken?: string) =>
    installFakeAz(folder, {
      loginUrl: world.azure.loginUrl,
      caPem: world.caPem,
      tenantId: ann.tenantId,
      subscriptionId: world.azure.subscription.id,
      ...(refreshToken === undefined ? {} : { refreshToken }),
    });
  const az = (...args: string[]) =>
    promisify(execFile)(join(folder, 'az'), args, { env: {} }).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      (error: { code: number; stdout: string; stderr: string }) => error,
    );
  const getToken = ['account', 'get-access-token', '--output', 'json'];

  it('prints a token of the user, for a resource or a scope', async () => {
    await install(world.azure.signInToCli(ann.userName));
    const { code, stdout } = await az(...getToken, '--resource', 'https://vault.azure.net');
    const printed = JSON.parse(stdout) as Record<string, string> & { expires_on: number };
    expect([code, printed['tokenType'], printed['tenant']]).toEqual([0, 'Bearer', ann.tenantId]);
    expect(printed['subscription']).toBe(world.azure.subscription.id);
    expect(decodeJwt(printed['accessToken'] ?? '')).toMatchObject({
      aud: 'https://vault.azure.net',
      upn: ann.userName,
    });
    expect(new Date(printed['expiresOn'] ?? '').getTime()).toBe(printed.expires_on * 1000);
    const scoped = await az(...getToken, '--scope', 'https://management.azure.com/.default', '--tenant', ann.tenantId);
    expect(JSON.parse(scoped.stdout)).not.toHaveProperty('subscription');
    expect((await stat(join(folder, 'az-login.json'))).mode & 0o777).toBe(0o600);
    expect((await readdir(folder)).sort()).toEqual(['az', 'az-login.json']);
  });

  it('fails as the real one does', async () => {
    await install();
    expect(await az(...getToken)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: "ERROR: Please run 'az login' to setup account.\n",
    });
    await install(world.azure.signInToCli(ann.userName));
    world.azure.revokeSignIns(ann.userName);
    const revoked = await az(...getToken, '--resource', 'https://vault.azure.net');
    expect(revoked).toMatchObject({ code: 1, stdout: '' });
    expect(revoked.stderr).toMatch(/^ERROR: AADSTS50173: [\s\S]*Please run:\naz login/);
    expect(await az(...getToken, '--nonsense')).toMatchObject({ code: 2, stdout: '' });
    expect(await az('group', 'list')).toMatchObject({ code: 2, stdout: '' });
    await chmod(join(folder, 'az'), 0o644);
    expect(await az(...getToken)).toMatchObject({ code: 'EACCES' });
  });
});
