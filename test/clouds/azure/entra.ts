import { json, pathSegments } from '../kernel/reply.ts';
import type { CloudReply, CloudRequest, Handler, Operation } from '../kernel/types.ts';
import type { Tenant } from './directory.ts';
import { deskRefusal, EntraRefusal, noApp, noTenant, refusalReply } from './entra-reply.ts';
import { delegatedScope } from './scopes.ts';
import { authorize, continueSignIn, devicePage } from './sign-in-page.ts';
import { deviceCodeLifetime } from './sign-ins.ts';
import { type EntraWorld, grantToken } from './token-endpoint.ts';

/** The sign-in host: OpenID metadata, signing keys, the token endpoint, and the pages a person signs in on. */
export function createEntra(world: EntraWorld): Handler {
  const { desk, directory, tokens } = world;

  function serve(name: string, resource: string, perform: () => Promise<CloudReply>): Promise<CloudReply> {
    const operation: Operation = { cloud: 'entra', name, resource };
    const attempt = async () => {
      try {
        return await perform();
      } catch (error) {
        if (error instanceof EntraRefusal) return refusalReply(error, desk.now());
        throw error;
      }
    };
    return desk.serve(operation, attempt, (refusal) => deskRefusal(refusal, desk.now()));
  }

  return (request) => {
    const [tenantName = '', ...rest] = pathSegments(request);
    const route = `${request.method} ${rest.join('/')}`;
    const { origin, searchParams: query } = request.url;
    const tenant = (error: string) => {
      const found = directory.findTenant(tenantName);
      if (found === undefined) throw noTenant(tenantName, error);
      return found;
    };
    switch (route) {
      case 'GET discovery/instance':
        return serve('instance-discovery', '', async () => instanceDiscovery(request));
      case 'GET v2.0/.well-known/openid-configuration':
        return serve('openid-configuration', tenantName, async () =>
          json(200, metadata(origin, tenant('invalid_tenant'))),
        );
      case 'GET discovery/v2.0/keys':
        return serve('keys', tenantName, async () => json(200, tokens.keySet));
      case 'GET oauth2/v2.0/authorize':
        return serve('authorize', query.get('client_id') ?? '', async () => authorize(world, tenantName, query));
      case 'GET login':
        return serve('login', '', async () => continueSignIn(world, query));
      case 'GET oauth2/deviceauth':
        return serve('deviceauth', '', async () => devicePage(world, query));
      case 'POST oauth2/v2.0/devicecode': {
        const form = new URLSearchParams(request.body.toString('utf8'));
        return serve('devicecode', form.get('client_id') ?? '', async () =>
          startDevice(world, tenant('invalid_request'), form, origin),
        );
      }
      case 'POST oauth2/v2.0/token': {
        const form = new URLSearchParams(request.body.toString('utf8'));
        return serve('token', form.get('client_id') ?? '', async () =>
          grantToken(world, tenant('invalid_request'), form, origin),
        );
      }
      default:
        return Promise.resolve({ status: 404 });
    }
  };
}

function startDevice({ signIns, resources }: EntraWorld, tenant: Tenant, form: URLSearchParams, origin: string) {
  const clientId = form.get('client_id') ?? '';
  const app = tenant.apps.get(clientId.toLowerCase());
  if (app === undefined) throw noApp(clientId, tenant);
  const scope = delegatedScope(form.get('scope'), resources, tenant);
  const { id, deviceCode } = signIns.startDevice({ tenant, app, scope });
  const url = `${origin}/common/oauth2/deviceauth`;
  return json(200, {
    user_code: id,
    device_code: deviceCode,
    verification_uri: url,
    expires_in: deviceCodeLifetime / 1000,
    interval: signIns.pollInterval,
    message: `To sign in, use a web browser to open the page ${url} and enter the code ${id} to authenticate.`,
  });
}

function metadata(origin: string, tenant: Tenant) {
  const base = `${origin}/${tenant.id}`;
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
