import { createHash, createPrivateKey, randomUUID, X509Certificate } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, importJWK, type JWK, jwtVerify, SignJWT } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { AppCredentials } from '../clouds/azure/index.ts';
import { createSelfSigned } from '../clouds/kernel/certificates.ts';
import { send } from '../clouds/kernel/request.ts';
import type { TlsIdentity } from '../clouds/kernel/server.ts';
import { type AzureWorld, msalClient, startAzure } from './support.ts';

const vaultScope = 'https://vault.azure.net/.default';
const hour = 60 * 60 * 1000;
const errorBody = z.object({
  error: z.string(),
  error_description: z.string(),
  error_codes: z.array(z.number()),
  timestamp: z.string(),
  trace_id: z.guid(),
  correlation_id: z.guid(),
});

let world: AzureWorld;
let app: AppCredentials;

beforeAll(async () => {
  world = await startAzure();
  app = world.azure.addTenantApp();
});
afterEach(() => {
  world.desk.setClockOffset(0);
  world.desk.clearFaults();
});
afterAll(() => world.azure.close());

/** Asks the token endpoint by hand. */
async function ask(fields: Record<string, string>, tenant = app.tenantId) {
  const form = { grant_type: 'client_credentials', client_id: app.clientId, scope: vaultScope, ...fields };
  const reply = await send(`${world.azure.loginUrl}/${tenant}/oauth2/v2.0/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(form).toString(),
    caPem: world.caPem,
  });
  return { status: reply.status, headers: reply.headers, body: JSON.parse(reply.text) as unknown };
}

/** What the endpoint says about a request that it refuses: status, error and code. */
async function refusal(fields: Record<string, string>, tenant?: string) {
  const { status, body } = await ask(fields, tenant);
  const { error, error_codes: codes, error_description: text } = errorBody.parse(body);
  expect(text).toMatch(new RegExp(`^AADSTS${codes[0]}: .* Trace ID: .* Correlation ID: .* Timestamp: `, 's'));
  return [status, error, codes[0]];
}

describe('sign-in by msal-node', () => {
  it('with a client secret gives a token that the published keys verify', async () => {
    const client = msalClient(world, app, { clientSecret: app.clientSecret });
    const result = await client.acquireTokenByClientCredential({ scopes: [vaultScope] });
    const token = result?.accessToken ?? '';
    const keys = await send(`${world.azure.loginUrl}/${app.tenantId}/discovery/v2.0/keys`, { caPem: world.caPem });
    const { keys: published } = z
      .object({ keys: z.array(z.looseObject({ kid: z.string() })) })
      .parse(JSON.parse(keys.text));
    const jwk = published.find(({ kid }) => kid === decodeProtectedHeader(token).kid) as JWK;
    const { payload } = await jwtVerify(token, await importJWK(jwk), { audience: 'https://vault.azure.net' });
    expect(payload).toMatchObject({
      appid: app.clientId,
      appidacr: '1',
      iss: `https://sts.windows.net/${app.tenantId}/`,
      oid: app.objectId,
      tid: app.tenantId,
      ver: '1.0',
    });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(3599);
    expect(result?.expiresOn?.getTime()).toBeGreaterThan(Date.now() + hour / 2);
  });

  it('with a certificate, named by its SHA-256 or its SHA-1 thumbprint', async () => {
    const certified = world.azure.addTenantApp();
    const identity = await world.azure.addAppCertificate(certified.clientId);
    const { fingerprint, fingerprint256 } = new X509Certificate(identity.cert);
    for (const thumbprint of [
      { thumbprintSha256: fingerprint256.replaceAll(':', '') },
      { thumbprint: fingerprint.replaceAll(':', '') },
    ]) {
      const client = msalClient(world, certified, { clientCertificate: { ...thumbprint, privateKey: identity.key } });
      const result = await client.acquireTokenByClientCredential({ scopes: [vaultScope] });
      expect(decodeJwt(result?.accessToken ?? '')).toMatchObject({ appid: certified.clientId, appidacr: '2' });
    }
  });

  it('by the domain of the tenant', async () => {
    const byDomain = { ...app, tenantId: world.azure.tenant.domain };
    const client = msalClient(world, byDomain, { clientSecret: app.clientSecret });
    const result = await client.acquireTokenByClientCredential({ scopes: [vaultScope] });
    expect(decodeJwt(result?.accessToken ?? '')).toMatchObject({ tid: app.tenantId });
  });

  it('fails with the code of the cause', async () => {
    const signIn = (
      credentials: Pick<AppCredentials, 'tenantId' | 'clientId'>,
      clientSecret: string,
      scope = vaultScope,
    ) => msalClient(world, credentials, { clientSecret }).acquireTokenByClientCredential({ scopes: [scope] });
    await expect(signIn(app, 'wrong')).rejects.toThrow(/AADSTS7000215/);
    await expect(signIn({ ...app, clientId: randomUUID() }, app.clientSecret)).rejects.toThrow(/AADSTS700016/);
    await expect(signIn(app, app.clientSecret, 'https://vault.azure.net/read')).rejects.toThrow(/AADSTS1002012/);
    // msal-node hides the answer to the metadata request behind an error of its own.
    await expect(signIn({ ...app, tenantId: randomUUID() }, app.clientSecret)).rejects.toThrow(/endpoints|openid/i);
    const other = await createSelfSigned('somebody else', 10);
    const thumbprintSha256 = createHash('sha256').update(new X509Certificate(other.cert).raw).digest('hex');
    const client = msalClient(world, app, { clientCertificate: { thumbprintSha256, privateKey: other.key } });
    await expect(client.acquireTokenByClientCredential({ scopes: [vaultScope] })).rejects.toThrow(/AADSTS700027/);
  });
});

describe('the token endpoint', () => {
  it('refuses what is wrong with the request', async () => {
    const secret = { client_secret: app.clientSecret };
    expect(await refusal({ ...secret, client_secret: 'wrong' })).toEqual([401, 'invalid_client', 7000215]);
    expect(await refusal({ ...secret, client_secret: '' })).toEqual([401, 'invalid_client', 7000218]);
    expect(await refusal({ ...secret, client_id: randomUUID() })).toEqual([400, 'unauthorized_client', 700016]);
    expect(await refusal({ ...secret, scope: '' })).toEqual([400, 'invalid_scope', 70011]);
    expect(await refusal({ ...secret, scope: `${vaultScope} openid` })).toEqual([400, 'invalid_scope', 70011]);
    expect(await refusal({ ...secret, scope: 'https://nowhere.example/.default' })).toEqual([
      400,
      'invalid_resource',
      500011,
    ]);
    expect(await refusal({ ...secret, grant_type: 'password' })).toEqual([400, 'unsupported_grant_type', 70003]);
    expect(await refusal(secret, randomUUID())).toEqual([400, 'invalid_request', 90002]);
    const elsewhere = world.azure.addTenant('fabrikam.onmicrosoft.com');
    expect(await refusal(secret, elsewhere.id)).toEqual([400, 'unauthorized_client', 700016]);
    expect((await ask(secret)).status).toBe(200);
  });

  it('refuses a secret that has expired or been taken away', async () => {
    const other = world.azure.addTenantApp();
    const expired = world.azure.addAppSecret(other.clientId, -1);
    const at = { client_id: other.clientId };
    expect(await refusal({ ...at, client_secret: expired })).toEqual([401, 'invalid_client', 7000222]);
    expect((await ask({ ...at, client_secret: other.clientSecret })).status).toBe(200);
    world.desk.setClockOffset(200 * 24 * hour);
    expect(await refusal({ ...at, client_secret: other.clientSecret })).toEqual([401, 'invalid_client', 7000222]);
    world.desk.setClockOffset(0);
    world.azure.removeAppSecrets(other.clientId);
    expect(await refusal({ ...at, client_secret: other.clientSecret })).toEqual([401, 'invalid_client', 7000215]);
  });

  it('publishes metadata for known tenants only', async () => {
    const get = (tenant: string) =>
      send(`${world.azure.loginUrl}/${tenant}/v2.0/.well-known/openid-configuration`, { caPem: world.caPem });
    const known = JSON.parse((await get(world.azure.tenant.domain)).text) as Record<string, unknown>;
    const base = `${world.azure.loginUrl}/${app.tenantId}`;
    expect(known).toMatchObject({ issuer: `${base}/v2.0`, token_endpoint: `${base}/oauth2/v2.0/token` });
    const unknown = await get(randomUUID());
    expect(unknown.status).toBe(400);
    expect(errorBody.parse(JSON.parse(unknown.text))).toMatchObject({ error: 'invalid_tenant', error_codes: [90002] });
  });

  it('passes the desk like every service', async () => {
    world.desk.addFault({ cloud: 'entra', name: 'token', times: 1, fault: { kind: 'throttle', retryAfter: 11 } });
    world.desk.addFault({ cloud: 'entra', name: 'token', times: 1, fault: { kind: 'status', status: 503 } });
    world.desk.clearArrivals();
    const secret = { client_secret: app.clientSecret };
    const throttled = await ask(secret);
    expect([throttled.status, throttled.headers['retry-after']]).toEqual([429, '11']);
    expect(await refusal(secret)).toEqual([503, 'temporarily_unavailable', 90033]);
    expect((await ask(secret)).status).toBe(200);
    expect(world.desk.arrivals().map(({ name, resource, status }) => [name, resource, status])).toEqual([
      ['token', app.clientId, 429],
      ['token', app.clientId, 503],
      ['token', app.clientId, 200],
    ]);
    expect(JSON.stringify(world.desk.arrivals())).not.toContain(app.clientSecret);
  });
});

describe('a client assertion', () => {
  let certified: AppCredentials;
  let identity: TlsIdentity;

  beforeAll(async () => {
    certified = world.azure.addTenantApp();
    identity = await world.azure.addAppCertificate(certified.clientId);
  });

  interface Changes {
    readonly claims?: Record<string, unknown>;
    readonly header?: Record<string, unknown>;
    readonly signedBy?: TlsIdentity;
  }

  /** A right assertion, but for the changes. */
  function assertion({ claims = {}, header = {}, signedBy = identity }: Changes = {}): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const thumbprint = createHash('sha256').update(new X509Certificate(identity.cert).raw).digest('base64url');
    return new SignJWT({
      aud: `${world.azure.loginUrl}/${app.tenantId}/oauth2/v2.0/token`,
      iss: certified.clientId,
      sub: certified.clientId,
      jti: randomUUID(),
      nbf: now,
      exp: now + 600,
      ...claims,
    })
      .setProtectedHeader({ alg: 'PS256', 'x5t#S256': thumbprint, ...header })
      .sign(createPrivateKey(signedBy.key));
  }

  const fields = (client_assertion: string) => ({
    client_id: certified.clientId,
    client_assertion,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  });

  it('is good more than once until it expires', async () => {
    const signed = await assertion();
    expect((await ask(fields(signed))).status).toBe(200);
    expect((await ask(fields(signed))).status).toBe(200);
    world.desk.setClockOffset(hour);
    expect(await refusal(fields(signed))).toEqual([401, 'invalid_client', 700024]);
  });

  it('may name the issuer as its audience and be signed by RS256', async () => {
    const aud = `${world.azure.loginUrl}/${app.tenantId}/v2.0`;
    expect((await ask(fields(await assertion({ claims: { aud }, header: { alg: 'RS256' } })))).status).toBe(200);
  });

  it('is refused for each thing that is wrong with it', async () => {
    const other = await createSelfSigned('somebody else', 10);
    const stranger = createHash('sha256').update(new X509Certificate(other.cert).raw).digest('base64url');
    const cases: [Changes, number][] = [
      [{ signedBy: other }, 700027],
      [{ signedBy: other, header: { 'x5t#S256': stranger } }, 700027],
      [{ header: { 'x5t#S256': undefined } }, 50027],
      [{ claims: { iss: randomUUID() } }, 700021],
      [{ claims: { sub: randomUUID() } }, 700021],
      [{ claims: { aud: 'https://login.example/token' } }, 700023],
      [{ claims: { exp: Math.floor(Date.now() / 1000) - 1 } }, 700024],
      [{ claims: { nbf: Math.floor(Date.now() / 1000) + 3600 } }, 700024],
      [{ claims: { exp: undefined } }, 50027],
      [{ claims: { jti: undefined } }, 50027],
    ];
    for (const [changes, code] of cases) {
      expect(await refusal(fields(await assertion(changes))), JSON.stringify(changes)).toEqual([
        401,
        'invalid_client',
        code,
      ]);
    }
    expect(await refusal(fields('no.jwt.this'))).toEqual([401, 'invalid_client', 50027]);
  });

  it('is refused when its certificate has expired', async () => {
    const late = world.azure.addTenantApp();
    const expired = await world.azure.addAppCertificate(late.clientId, -0.5);
    const thumbprint = createHash('sha256').update(new X509Certificate(expired.cert).raw).digest('base64url');
    const claims = { iss: late.clientId, sub: late.clientId };
    const signed = await assertion({ claims, header: { 'x5t#S256': thumbprint }, signedBy: expired });
    const { status, body } = await ask({ ...fields(signed), client_id: late.clientId });
    expect(status).toBe(401);
    expect(errorBody.parse(body).error_description).toMatch(/AADSTS700027.*The key used is expired/);
  });
});
