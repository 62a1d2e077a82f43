import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { browse } from '../clouds/azure/browser.ts';
import { createIssuer } from '../clouds/kernel/certificate-chain.ts';
import { callThroughDoor } from '../clouds/kernel/door.ts';
import { type Clouds, startClouds } from '../clouds/start.ts';
import { publicMsalClient, tokenFor } from './support.ts';

let clouds: Clouds;
let call: (path: string, ...args: unknown[]) => Promise<unknown>;

beforeAll(async () => {
  clouds = await startClouds();
  call = (path, ...args) => callThroughDoor(clouds.control, clouds.caPem, path, ...args);
});
afterAll(() => clouds.close());

const credentials = z.object({
  tenantId: z.string(),
  clientId: z.string(),
  objectId: z.string(),
  clientSecret: z.string(),
});

it('another process answers sign-ins of users through the control door', async () => {
  const redirects = [{ platform: 'desktop', uri: 'http://localhost' }];
  const app = credentials.parse(await call('azure.addTenantApp', { redirects, publicFlows: true }));
  const { userName } = z.object({ userName: z.string() }).parse(await call('azure.addUser', 'Ann'));
  const client = publicMsalClient(clouds, app);
  const scopes = ['https://vault.azure.net/.default'];

  await call('azure.setDevicePollInterval', 1);
  const byDevice = await client.acquireTokenByDeviceCode({
    scopes,
    deviceCodeCallback: ({ userCode }) => void call('azure.approveSignIn', userCode, userName),
  });
  expect(byDevice?.account?.username).toBe(userName);

  const inBrowser = client.acquireTokenInteractive({
    scopes,
    async openBrowser(url) {
      await browse(url, clouds.caPem);
      const [pending] = z.array(z.object({ id: z.string() })).parse(await call('azure.pendingSignIns'));
      await call('azure.denySignIn', pending?.id);
      await browse(`${clouds.azure.loginUrl}/${app.tenantId}/login?id=${pending?.id}`, clouds.caPem);
    },
  });
  await expect(inBrowser).rejects.toMatchObject({ errorCode: 'access_denied' });
  expect(z.string().parse(await call('azure.signInToCli', userName))).not.toBe('');
});

it('another process puts certificates into a vault through the control door', async () => {
  await call('azure.addVault', 'kv-door');
  const { pem, privateKey } = await (await createIssuer('P-256')).issue();
  const version = await call(
    'azure.setCertificate',
    'kv-door',
    'tls',
    { pem },
    { tags: { a: 'b' }, exportable: false },
  );
  expect(clouds.azure.vault('kv-door').certificates.find('tls')).toMatchObject({
    policy: { exportable: false },
    versions: [{ version, tags: { a: 'b' } }],
  });
  await call('azure.updateCertificate', 'kv-door', 'tls', { enabled: false });
  expect(clouds.azure.vault('kv-door').find('tls').versions[0]?.enabled).toBe(false);
  expect(await call('azure.certificateNames', 'kv-door')).toEqual(['tls']);
  await call('azure.removeCertificate', 'kv-door', 'tls');
  await call('azure.recoverCertificate', 'kv-door', 'tls');
  await call('azure.removeCertificate', 'kv-door', 'tls');
  await call('azure.purgeCertificate', 'kv-door', 'tls');
  expect(await call('azure.certificateNames', 'kv-door')).toEqual([]);
  await expect(call('azure.setCertificate', 'kv-door', 'tls', { pfx: 'x' })).rejects.toThrow(/azure.setCertificate/);
  const key = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  await expect(call('azure.setCertificate', 'kv-door', 'tls', { pem: key })).rejects.toThrow(/PEM/);
});

it('shows what it was asked without any credential', async () => {
  const app = credentials.parse(await call('azure.addTenantApp'));
  const token = await tokenFor(clouds, app, 'https://vault.azure.net');
  const log = JSON.stringify(clouds.desk.arrivals());
  expect(log).not.toContain(app.clientSecret);
  expect(log).not.toContain(token);
});
