import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { json, retryAfterHeader } from '../kernel/reply.ts';
import type { CloudReply, CloudRequest, Desk, Handler, Refusal } from '../kernel/types.ts';
import type { Caller, TokenIssuer } from './access-token.ts';
import { planCertificateWork } from './certificate-routes.ts';
import type { RoleAssignments } from './roles.ts';
import { planSecretWork } from './secret-routes.ts';
import type { Vault } from './vault.ts';
import { badParameter, VaultRefusal } from './vault-refusal.ts';
import type { Work } from './work.ts';

interface KeyVaultWorld {
  readonly desk: Desk;
  readonly tokens: TokenIssuer;
  readonly roles: RoleAssignments;
  readonly loginUrl: string;
}

const audience = 'https://vault.azure.net';
const knownVersions = /^(7\.[0-6](-preview\.\d)?|2025-07-01|2026-04-01)$/;

/**
 * The data plane of one vault: secrets, certificates and what is deleted of them, as in
 * https://learn.microsoft.com/rest/api/keyvault/secrets/operation-groups and .../certificates/operation-groups .
 */
export function createKeyVault(world: KeyVaultWorld, vault: Vault, vaultUrl: () => string): Handler {
  const { desk, tokens, roles, loginUrl } = world;
  const { name: vaultName, tenantId } = vault.place;

  return async (request) => {
    const refuse = refuserFor(request, vault);
    const caller = await authenticate(tokens, request, tenantId);
    if (typeof caller === 'string') {
      const challenge = `Bearer authorization="${loginUrl}/${tenantId}", resource="${audience}"`;
      const reply = fail(
        request,
        vault,
        401,
        { code: 'Unauthorized', message: caller },
        { 'www-authenticate': challenge },
      );
      return desk.serve({ cloud: 'keyvault', name: 'challenge', resource: vaultName }, async () => reply, refuse);
    }
    const url = vaultUrl();
    const work = planSecretWork(request, vault, url) ?? planCertificateWork(request, vault, url);
    if (work === undefined) {
      const message = 'This stand-in serves only secrets and certificates, without their issuers and operations.';
      return fail(request, vault, 501, { code: 'NotImplemented', message });
    }
    const { object } = work;
    const perform = async () => {
      const below = object === undefined ? '' : `/${object.collection}/${object.name}`;
      const resourceId = `${vault.resourceId}${below}`;
      if (!roles.allowsData(caller.objectId, work.action, resourceId)) {
        const message = deniedText(caller, work.action, resourceId, vault);
        return fail(request, vault, 403, { code: 'Forbidden', message, innererror: { code: 'ForbiddenByRbac' } });
      }
      return attempt(request, vault, work);
    };
    const resource = object === undefined ? vaultName : `${vaultName}/${object.name}`;
    return desk.serve({ cloud: 'keyvault', name: work.name, resource }, perform, refuse);
  };
}

/** The caller, or why the request is unauthenticated in the service's words. */
async function authenticate(tokens: TokenIssuer, request: CloudRequest, tenantId: string): Promise<Caller | string> {
  const { authorization } = request.headers;
  const verdict = await tokens.verify(authorization, [audience]);
  switch (verdict.kind) {
    case 'missing':
      return 'AKV10000: Request is missing a Bearer or PoP token.';
    case 'expired':
      return "[TokenExpired] Error validating token: 'S2S12086'.";
    case 'invalid':
      return 'AKV10046: Unable to resolve the key used for signature validation.';
    case 'wrong-audience':
      return `AKV10022: Invalid audience. Expected ${audience}, found: ${verdict.audience}.`;
    case 'caller': {
      const { caller } = verdict;
      if (caller.tenantId === tenantId) return caller;
      return `AKV10032: Invalid issuer. Expected one of https://sts.windows.net/${tenantId}/, found ${caller.issuer}.`;
    }
  }
}

function attempt(request: CloudRequest, vault: Vault, work: Work): CloudReply {
  try {
    const version = request.url.searchParams.get('api-version');
    if (version === null) throw badParameter('The api-version query parameter is missing.');
    if (!knownVersions.test(version)) throw badParameter(`The api-version ${version} is not supported.`);
    const reply = work.perform();
    return { ...reply, headers: { ...reply.headers, ...commonHeaders(request, vault) } };
  } catch (error) {
    if (error instanceof VaultRefusal) {
      const { status, code, message, innerCode } = error;
      const innererror = innerCode === undefined ? {} : { innererror: { code: innerCode } };
      return fail(request, vault, status, { code, message, ...innererror });
    }
    if (error instanceof z.ZodError || error instanceof SyntaxError) {
      return fail(request, vault, 400, { code: 'BadParameter', message: 'Property has invalid value\r\n' });
    }
    throw error;
  }
}

function deniedText(caller: Caller, action: string, resourceId: string, vault: Vault): string {
  return [
    'Caller is not authorized to perform action on resource.',
    'If role assignments, deny assignments or role definitions were changed recently, please observe propagation time.',
    `Caller: appid=${caller.clientId};oid=${caller.objectId};iss=${caller.issuer}`,
    `Action: '${action}'`,
    `Resource: '${resourceId.toLowerCase()}'`,
    'Assignment: (not found)',
    'DenyAssignmentId: null',
    "DecisionReason: 'DeniedWithNoValidRBAC' ",
    `Vault: ${vault.place.name};location=${vault.place.location}`,
    '',
  ].join('\r\n');
}

function refuserFor(request: CloudRequest, vault: Vault): (refusal: Refusal) => CloudReply {
  return (refusal) => {
    if (refusal.kind === 'throttle') {
      const message =
        'Request was not processed because too many requests were received. Reason: VaultRequestTypeLimitReached';
      return fail(request, vault, 429, { code: 'Throttled', message }, retryAfterHeader(refusal.retryAfter));
    }
    const code = refusal.status === 503 ? 'ServiceUnavailable' : 'InternalServerError';
    return fail(request, vault, refusal.status, { code, message: 'The service could not process the request.' });
  };
}

interface KeyVaultError {
  readonly code: string;
  readonly message: string;
  readonly innererror?: { readonly code: string };
}

function fail(
  request: CloudRequest,
  vault: Vault,
  status: number,
  error: KeyVaultError,
  headers: Readonly<Record<string, string>> = {},
): CloudReply {
  return json(status, { error }, { ...commonHeaders(request, vault), ...headers });
}

/** The headers that every reply of the service carries. */
function commonHeaders(request: CloudRequest, vault: Vault): Record<string, string> {
  const { 'x-ms-client-request-id': clientRequestId } = request.headers;
  return {
    'cache-control': 'no-cache',
    pragma: 'no-cache',
    expires: '-1',
    'x-ms-keyvault-region': vault.place.location,
    'x-ms-request-id': randomUUID(),
    ...(clientRequestId === undefined ? {} : { 'x-ms-client-request-id': clientRequestId }),
    'x-content-type-options': 'nosniff',
    'strict-transport-security': 'max-age=31536000;includeSubDomains',
  };
}
