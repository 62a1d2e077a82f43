import { randomUUID } from 'node:crypto';
import { json, pathSegments, retryAfterHeader } from '../kernel/reply.ts';
import type { CloudReply, CloudRequest, Desk, Handler, Operation, Refusal } from '../kernel/types.ts';
import { type TokenIssuer, tokenLifetimeSeconds } from './access-token.ts';
import { assertionFault } from './assertion.ts';
import type { App, Directory, Tenant } from './directory.ts';

interface EntraWorld {
  readonly desk: Desk;
  readonly directory: Directory;
  readonly tokens: TokenIssuer;
  /** The resources that tokens are given for, e.g. `https://vault.azure.net`, without a slash at the end. */
  readonly resources: ReadonlySet<string>;
}

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** The sign-in host: OpenID metadata, signing keys, and the token endpoint for the client-credentials grant. */
export function createEntra(world: EntraWorld): Handler {
  const { desk, directory, tokens } = world;

  function serve(name: string, resource: string, perform: () => Promise<CloudReply>): Promise<CloudReply> {
    const operation: Operation = { cloud: 'entra', name, resource };
    return desk.serve(operation, perform, (refusal) => refuse(refusal, desk.now()));
  }

  return (request) => {
    const [tenantName = '', ...rest] = pathSegments(request);
    const route = `${request.method} ${rest.join('/')}`;
    const tenant = directory.findTenant(tenantName);
    switch (route) {
      case 'GET discovery/instance':
        return serve('instance-discovery', '', async () => instanceDiscovery(request));
      case 'GET v2.0/.well-known/openid-configuration':
        return serve('openid-configuration', tenantName, async () =>
          tenant === undefined
            ? noTenant(tenantName, 'invalid_tenant', desk.now())
            : json(200, metadata(request, tenant)),
        );
      case 'GET discovery/v2.0/keys':
        return serve('keys', tenantName, async () => json(200, tokens.keySet));
      case 'POST oauth2/v2.0/token': {
        const form = new URLSearchParams(request.body.toString('utf8'));
        return serve('token', form.get('client_id') ?? '', async () =>
          tenant === undefined
            ? noTenant(tenantName, 'invalid_request', desk.now())
            : grantToken(world, tenant, form, tokenAudiences(request, tenant)),
        );
      }
      default:
        return Promise.resolve({ status: 404 });
    }
  };
}

async function grantToken(
  { desk, tokens, resources }: EntraWorld,
  tenant: Tenant,
  form: URLSearchParams,
  audiences: readonly string[],
): Promise<CloudReply> {
  const now = desk.now();
  const clientId = form.get('client_id') ?? '';
  if (form.get('grant_type') !== 'client_credentials') {
    const text = "The app requested an unsupported grant type. This stand-in grants only 'client_credentials'.";
    return entraError(400, 'unsupported_grant_type', 70003, text, now);
  }
  const app = tenant.apps.get(clientId.toLowerCase());
  if (app === undefined) {
    const text =
      `Application with identifier '${clientId}' was not found in the directory '${tenant.domain}'. This can happen ` +
      'if the application has not been installed by the administrator of the tenant or consented to by any user in ' +
      'the tenant. You may have sent your authentication request to the wrong tenant.';
    return entraError(400, 'unauthorized_client', 700016, text, now);
  }
  const scope = readScope(form.get('scope'), resources, tenant, now);
  if ('status' in scope) return scope;
  const refusal = await refuseClient(app, form, audiences, now);
  if (refusal !== undefined) return refusal;

  const accessToken = await tokens.issue({
    clientId: app.clientId,
    objectId: app.objectId,
    tenantId: tenant.id,
    audience: scope.audience,
    withCertificate: form.has('client_assertion'),
  });
  const body = {
    token_type: 'Bearer',
    expires_in: tokenLifetimeSeconds,
    ext_expires_in: tokenLifetimeSeconds,
    access_token: accessToken,
  };
  return json(200, body, { 'cache-control': 'no-store, no-cache', pragma: 'no-cache' });
}

/** Checks the secret or the assertion; undefined means that the client is who it says. */
async function refuseClient(
  app: App,
  form: URLSearchParams,
  audiences: readonly string[],
  now: number,
): Promise<CloudReply | undefined> {
  const unauthenticated = (code: number, text: string) => entraError(401, 'invalid_client', code, text, now);
  const assertion = form.get('client_assertion');
  if (assertion !== null && form.get('client_assertion_type') === assertionType) {
    const fault = await assertionFault(assertion, app, audiences, now);
    return fault && unauthenticated(fault.code, fault.text);
  }
  const value = form.get('client_secret');
  if (value === null || value === '') {
    const text = "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.";
    return unauthenticated(7000218, text);
  }
  const secret = app.secrets.find((candidate) => candidate.value === value);
  if (secret === undefined) {
    const text =
      'Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not ' +
      `the client secret ID, for a secret added to app '${app.clientId}'.`;
    return unauthenticated(7000215, text);
  }
  if (secret.expiresAt <= now) {
    const text =
      `The provided client secret keys for app '${app.clientId}' are expired. Visit the Azure portal to create new ` +
      'keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added ' +
      'security: https://aka.ms/certCreds.';
    return unauthenticated(7000222, text);
  }
  return undefined;
}

/** The audience that a scope asks for, or the refusal. A client-credentials scope is one resource and `/.default`. */
function readScope(
  scope: string | null,
  resources: ReadonlySet<string>,
  tenant: Tenant,
  now: number,
): { readonly audience: string } | CloudReply {
  const text = scope?.trim() ?? '';
  if (text === '' || text.includes(' ')) {
    const reason =
      "The provided request must include a 'scope' input parameter. The provided value for the input parameter " +
      `'scope' is not valid. The scope ${text} is not valid.`;
    return entraError(400, 'invalid_scope', 70011, reason, now);
  }
  if (!text.endsWith('/.default')) {
    const reason =
      `The provided value for scope ${text} is not valid. Client credential flows must have a scope value with ` +
      '/.default suffixed to the resource identifier (application ID URI).';
    return entraError(400, 'invalid_scope', 1002012, reason, now);
  }
  const audience = text.slice(0, -'/.default'.length);
  if (!resources.has(audience.replace(/\/$/, ''))) {
    const reason =
      `The resource principal named ${audience} was not found in the tenant named ${tenant.domain}. This can happen ` +
      'if the application has not been installed by the administrator of the tenant or consented to by any user in ' +
      'the tenant. You might have sent your authentication request to the wrong tenant.';
    return entraError(400, 'invalid_resource', 500011, reason, now);
  }
  return { audience };
}

/** What may stand in an assertion's `aud`: the token endpoint, or the issuer of either version. */
function tokenAudiences(request: CloudRequest, tenant: Tenant): string[] {
  return [tenant.id, tenant.domain].flatMap((name) => {
    const base = `${request.url.origin}/${name}`;
    return [`${base}/oauth2/v2.0/token`, `${base}/oauth2/token`, `${base}/v2.0`, `${base}/`];
  });
}

function metadata(request: CloudRequest, tenant: Tenant) {
  const base = `${request.url.origin}/${tenant.id}`;
  return {
    token_endpoint: `${base}/oauth2/v2.0/token`,
    token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
    jwks_uri: `${base}/discovery/v2.0/keys`,
    response_modes_supported: ['query', 'fragment', 'form_post'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    response_types_supported: ['code', 'id_token', 'code id_token', 'id_token token'],
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    issuer: `${base}/v2.0`,
    request_uri_parameter_supported: false,
    authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
    device_authorization_endpoint: `${base}/oauth2/v2.0/devicecode`,
    end_session_endpoint: `${base}/oauth2/v2.0/logout`,
    tenant_region_scope: 'WW',
    cloud_instance_name: 'microsoftonline.com',
  };
}

function instanceDiscovery(request: CloudRequest): CloudReply {
  const { host, origin } = request.url;
  return json(200, {
    tenant_discovery_endpoint: `${origin}/common/v2.0/.well-known/openid-configuration`,
    'api-version': '1.1',
    metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
  });
}

function noTenant(tenantName: string, error: string, now: number): CloudReply {
  const text =
    `Tenant '${tenantName}' not found. Check to make sure you have the correct tenant ID and are signing into the ` +
    'correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions ' +
    'for the tenant.';
  return entraError(400, error, 90002, text, now);
}

function refuse(refusal: Refusal, now: number): CloudReply {
  if (refusal.kind === 'throttle') {
    const text = 'There are too many incoming requests.';
    const reply = entraError(429, 'temporarily_unavailable', 90055, text, now);
    return { ...reply, headers: { ...reply.headers, ...retryAfterHeader(refusal.retryAfter) } };
  }
  const text = 'A transient error has occurred. Please try again.';
  return entraError(refusal.status, 'temporarily_unavailable', 90033, text, now);
}

/** Entra's error body: https://learn.microsoft.com/entra/identity-platform/reference-error-codes */
function entraError(status: number, error: string, code: number, text: string, now: number): CloudReply {
  const timestamp = new Date(now)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, 'Z');
  const [traceId, correlationId] = [randomUUID(), randomUUID()];
  const trace = `Trace ID: ${traceId} Correlation ID: ${correlationId} Timestamp: ${timestamp}`;
  return json(status, {
    error,
    error_description: `AADSTS${code}: ${text} ${trace}`,
    error_codes: [code],
    timestamp,
    trace_id: traceId,
    correlation_id: correlationId,
    error_uri: `https://login.microsoftonline.com/error?code=${code}`,
  });
}
