import { json } from '../kernel/reply.ts';
import type { CloudReply, Desk } from '../kernel/types.ts';
import { type TokenIssuer, tokenLifetimeSeconds } from './access-token.ts';
import { assertionFault } from './assertion.ts';
import type { App, Directory, Tenant, User } from './directory.ts';
import { EntraRefusal, noApp } from './entra-reply.ts';
import { appAudience, delegatedScope } from './scopes.ts';
import { needsSecret, type SignIns, type UserGrant } from './sign-ins.ts';

export interface EntraWorld {
  readonly desk: Desk;
  readonly directory: Directory;
  readonly tokens: TokenIssuer;
  readonly signIns: SignIns;
  /** The resources that tokens are given for, e.g. `https://vault.azure.net`, without a slash at the end. */
  readonly resources: ReadonlySet<string>;
}

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/**
 * Answers a token request of a tenant whose URL is `base`: for an app itself, or for a user by code, device code or
 * refresh token. Throws an EntraRefusal.
 */
export async function grantToken(
  world: EntraWorld,
  tenant: Tenant,
  form: URLSearchParams,
  base: string,
): Promise<CloudReply> {
  const grantType = form.get('grant_type');
  if (!knownGrants.includes(grantType ?? '')) {
    const text = `The app requested an unsupported grant type '${grantType ?? ''}'.`;
    throw new EntraRefusal(400, 'unsupported_grant_type', 70003, text);
  }
  const clientId = form.get('client_id') ?? '';
  const app = tenant.apps.get(clientId.toLowerCase());
  if (app === undefined) throw noApp(clientId, tenant);
  if (grantType === 'client_credentials') {
    const audience = appAudience(form.get('scope'), world.resources, tenant);
    return tokenReply(await appTokens(world, tenant, app, audience, form, base));
  }
  const { grant, redeem } = userGrant(world, app, form);
  await checkClient(world, grant, form, base);
  redeem();
  return tokenReply(await userTokens(world, grant, form, base));
}

const deviceGrants = ['urn:ietf:params:oauth:grant-type:device_code', 'device_code'];
const knownGrants = ['client_credentials', 'authorization_code', 'refresh_token', ...deviceGrants];

function userGrant({ signIns, resources }: EntraWorld, app: App, form: URLSearchParams) {
  const text = (name: string) => form.get(name) ?? '';
  switch (form.get('grant_type')) {
    case 'authorization_code':
      return signIns.readCode(text('code'), app.clientId, text('redirect_uri'), form.get('code_verifier'));
    case 'refresh_token': {
      const held = signIns.readRefreshToken(text('refresh_token'), app.clientId);
      // A refresh token is good for every resource that the app has consent for.
      const asked = form.get('scope');
      const scope = asked === null ? held.scope : delegatedScope(asked, resources, held.tenant);
      return { grant: { ...held, scope: { ...scope, refreshToken: true } }, redeem: () => {} };
    }
    default:
      return { grant: signIns.redeemDevice(text('device_code'), app.clientId), redeem: () => {} };
  }
}

/** A public client must not prove who it is, any other must. */
async function checkClient(world: EntraWorld, grant: UserGrant, form: URLSearchParams, base: string): Promise<void> {
  const { tenant, app, isPublic } = grant;
  const hasProof = form.has('client_secret') || form.has('client_assertion');
  if (!isPublic) return await proveClient(app, form, assertionAudiences(tenant, base), world.desk.now());
  if (hasProof) {
    const text = "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.";
    throw new EntraRefusal(401, 'invalid_client', 700025, text);
  }
}

async function appTokens(
  { desk, tokens }: EntraWorld,
  tenant: Tenant,
  app: App,
  audience: string,
  form: URLSearchParams,
  base: string,
) {
  await proveClient(app, form, assertionAudiences(tenant, base), desk.now());
  const { clientId, objectId } = app;
  const proof = form.has('client_assertion') ? 'certificate' : 'secret';
  const subject = { objectId };
  return { access_token: await tokens.issue({ clientId, tenantId: tenant.id, audience, proof, subject }) };
}

async function userTokens({ tokens, signIns }: EntraWorld, grant: UserGrant, form: URLSearchParams, base: string) {
  const { tenant, app, user, scope, isPublic, nonce } = grant;
  const { audience } = scope;
  const [clientId, tenantId] = [app.clientId, tenant.id];
  const proof = isPublic ? 'none' : form.has('client_assertion') ? 'certificate' : 'secret';
  const idGrant = { clientId, tenantId, issuer: `${base}/${tenantId}/v2.0`, ...(nonce === undefined ? {} : { nonce }) };
  return {
    scope: `${audience}/user_impersonation ${audience}/.default`,
    access_token: await tokens.issue({ clientId, tenantId, audience, proof, subject: user }),
    ...(scope.refreshToken ? { refresh_token: signIns.issueRefreshToken(grant) } : {}),
    ...(scope.idToken ? { id_token: await tokens.issueIdToken(user, idGrant) } : {}),
    ...(form.get('client_info') === '1' ? { client_info: clientInfo(user, tenant) } : {}),
  };
}

/** How the Microsoft libraries tell accounts apart. */
export function clientInfo({ objectId }: User, tenant: Tenant): string {
  return Buffer.from(JSON.stringify({ uid: objectId, utid: tenant.id })).toString('base64url');
}

function tokenReply(given: Readonly<Record<string, string>>): CloudReply {
  const lifetime = { token_type: 'Bearer', expires_in: tokenLifetimeSeconds, ext_expires_in: tokenLifetimeSeconds };
  return json(200, { ...lifetime, ...given }, { 'cache-control': 'no-store, no-cache', pragma: 'no-cache' });
}

/** Checks the secret or the assertion. Throws an EntraRefusal unless the client is who it says. */
async function proveClient(app: App, form: URLSearchParams, audiences: readonly string[], now: number): Promise<void> {
  const unauthenticated = (code: number, text: string) => new EntraRefusal(401, 'invalid_client', code, text);
  const assertion = form.get('client_assertion');
  if (assertion !== null && form.get('client_assertion_type') === assertionType) {
    const fault = await assertionFault(assertion, app, audiences, now);
    if (fault !== undefined) throw unauthenticated(fault.code, fault.text);
    return;
  }
  const value = form.get('client_secret');
  if (value === null || value === '') throw needsSecret();
  const secret = app.secrets.find((candidate) => candidate.value === value);
  if (secret === undefined) {
    const text =
      'Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not ' +
      `the client secret ID, for a secret added to app '${app.clientId}'.`;
    throw unauthenticated(7000215, text);
  }
  if (secret.expiresAt <= now) {
    const text =
      `The provided client secret keys for app '${app.clientId}' are expired. Visit the Azure portal to create new ` +
      'keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added ' +
      'security: https://aka.ms/certCreds.';
    throw unauthenticated(7000222, text);
  }
}

/** What may stand in an assertion's `aud`: the token endpoint, or the issuer of either version. */
function assertionAudiences(tenant: Tenant, base: string): string[] {
  return [tenant.id, tenant.domain].flatMap((name) => {
    const url = `${base}/${name}`;
    return [`${url}/oauth2/v2.0/token`, `${url}/oauth2/token`, `${url}/v2.0`, `${url}/`];
  });
}
