import { randomUUID } from 'node:crypto';
import { json, pathSegments, retryAfterHeader } from '../kernel/reply.ts';
import type { CloudReply, CloudRequest, Desk, Handler, Refusal } from '../kernel/types.ts';
import type { Caller, Rejection, TokenIssuer } from './access-token.ts';
import { pageOf } from './pages.ts';
import type { RoleAssignments } from './roles.ts';
import type { Vault } from './vault.ts';

export interface Subscription {
  readonly id: string;
  readonly tenantId: string;
  readonly displayName: string;
}

export interface VaultAtUrl {
  readonly vault: Vault;
  readonly url: string;
}

interface ArmWorld {
  readonly desk: Desk;
  readonly tokens: TokenIssuer;
  readonly roles: RoleAssignments;
  readonly loginUrl: string;
  readonly audiences: readonly string[];
  subscriptions(): readonly Subscription[];
  vaults(): readonly VaultAtUrl[];
  pageSize(): number;
}

interface Work {
  readonly name: string;
  readonly resource: string;
  perform(): CloudReply;
}

/**
 * Resource Manager as far as finding vaults needs it: subscriptions, Key Vaults of a subscription or resource group,
 * one vault, and the generic resource list filtered to vaults, as in
 * https://learn.microsoft.com/rest/api/keyvault/keyvault/vaults .
 */
export function createArm(world: ArmWorld): Handler {
  const { desk, tokens } = world;
  return async (request) => {
    const { authorization } = request.headers;
    const verdict = await tokens.verify(authorization, world.audiences);
    if (verdict.kind !== 'caller') {
      const reply = unauthenticated(world, verdict);
      return desk.serve({ cloud: 'arm', name: 'challenge', resource: '' }, async () => reply, refuse);
    }
    const work = planWork(world, request, verdict.caller);
    if (work === undefined) return armError(404, 'NotFound', 'This stand-in has no such resource or operation.');
    const { name, resource } = work;
    return desk.serve({ cloud: 'arm', name, resource }, async () => checkVersion(request) ?? work.perform(), refuse);
  };
}

function planWork(world: ArmWorld, request: CloudRequest, caller: Caller): Work | undefined {
  if (request.method !== 'GET') return undefined;
  const segments = pathSegments(request);
  const [, id = ''] = segments;
  // Resource ids and the words of these paths compare without regard to case.
  const path = segments.map((segment) => segment.toLowerCase()).join('/');
  if (path === 'subscriptions') {
    const perform = () => {
      const seen = visibleSubscriptions(world, caller).map(showSubscription);
      return page(world, request, seen, { count: { type: 'Total', value: seen.length } });
    };
    return { name: 'ListSubscriptions', resource: '', perform };
  }
  const inSubscription = (name: string, resource: string, work: (seen: readonly VaultAtUrl[]) => CloudReply): Work => {
    const perform = () => subscriptionRefusal(world, caller, id) ?? work(visibleVaults(world, caller, id));
    return { name, resource, perform };
  };
  if (/^subscriptions\/[^/]+$/.test(path)) {
    const found = world.subscriptions().filter((subscription) => subscription.id === id.toLowerCase());
    return inSubscription('GetSubscription', id, () => json(200, found.map(showSubscription)[0]));
  }
  if (/^subscriptions\/[^/]+\/providers\/microsoft\.keyvault\/vaults$/.test(path)) {
    return inSubscription('ListVaults', id, (seen) => page(world, request, seen.map(showVault)));
  }
  if (/^subscriptions\/[^/]+\/resources$/.test(path)) {
    return inSubscription('ListResources', id, (seen) => {
      const filter = request.url.searchParams.get('$filter') ?? '';
      if (!/^resourceType eq 'Microsoft\.KeyVault\/vaults'$/i.test(filter)) {
        return armError(400, 'InvalidFilterInQueryString', 'This stand-in lists only vaults.');
      }
      return page(world, request, seen.map(showResource));
    });
  }
  const inGroup =
    /^subscriptions\/[^/]+\/resourcegroups\/([^/]+)\/providers\/microsoft\.keyvault\/vaults(?:\/([^/]+))?$/;
  const [, group = '', name] = inGroup.exec(path) ?? [];
  if (group === '') return undefined;
  const ofGroup = ({ vault }: VaultAtUrl) => vault.place.resourceGroup.toLowerCase() === group;
  if (name === undefined) {
    return inSubscription('ListVaults', `${id}/${group}`, (seen) =>
      page(world, request, seen.filter(ofGroup).map(showVault)),
    );
  }
  return inSubscription('GetVault', name, (seen) => {
    const found = seen.filter(ofGroup).find(({ vault }) => vault.place.name.toLowerCase() === name);
    if (found !== undefined) return json(200, showVault(found));
    const text = `The Resource 'Microsoft.KeyVault/vaults/${name}' under resource group '${group}' was not found.`;
    return armError(404, 'ResourceNotFound', text);
  });
}

/** A page with the absolute link to the next; links keep the query of the request, as Resource Manager's do. */
function page(world: ArmWorld, request: CloudRequest, all: readonly { readonly id: string }[], more = {}): CloudReply {
  const { url } = request;
  const top = Number(url.searchParams.get('$top') ?? world.pageSize());
  if (!Number.isInteger(top) || top < 1) return armError(400, 'InvalidQueryParameterValue', "The '$top' is invalid.");
  const sorted = [...all].sort((a, b) => (a.id.toLowerCase() < b.id.toLowerCase() ? -1 : 1));
  const cut = pageOf(sorted, ({ id }) => id, Math.min(top, world.pageSize()), url.searchParams.get('$skiptoken'));
  if (cut === undefined) return armError(400, 'InvalidQueryParameterValue', "The '$skiptoken' is invalid.");
  if (cut.next === undefined) return json(200, { value: cut.items, ...more });
  const next = new URL(url);
  next.searchParams.set('$skiptoken', cut.next);
  return json(200, { value: cut.items, ...more, nextLink: next.href });
}

function visibleVaults({ roles, vaults }: ArmWorld, caller: Caller, subscriptionId: string): VaultAtUrl[] {
  return vaults().filter(
    ({ vault }) =>
      vault.place.subscriptionId === subscriptionId.toLowerCase() &&
      roles.allows(caller.objectId, 'Microsoft.KeyVault/vaults/read', vault.resourceId),
  );
}

/** A subscription shows to whoever may read it or anything in it. */
function visibleSubscriptions(world: ArmWorld, caller: Caller): Subscription[] {
  return world
    .subscriptions()
    .filter(
      ({ id, tenantId }) =>
        tenantId === caller.tenantId &&
        (world.roles.allows(caller.objectId, 'Microsoft.Resources/subscriptions/read', `/subscriptions/${id}`) ||
          visibleVaults(world, caller, id).length > 0),
    );
}

function subscriptionRefusal(world: ArmWorld, caller: Caller, id: string): CloudReply | undefined {
  const known = world.subscriptions().find((subscription) => subscription.id === id.toLowerCase());
  if (known === undefined || known.tenantId !== caller.tenantId) {
    return armError(404, 'SubscriptionNotFound', `The subscription '${id}' could not be found.`);
  }
  if (visibleSubscriptions(world, caller).includes(known)) return undefined;
  const text =
    `The client '${caller.userName ?? caller.clientId}' with object id '${caller.objectId}' does not have authorization to perform ` +
    `action 'Microsoft.KeyVault/vaults/read' over scope '/subscriptions/${id}' or the scope is invalid. If access ` +
    'was recently granted, please refresh your credentials.';
  return armError(403, 'AuthorizationFailed', text);
}

function showSubscription({ id, tenantId, displayName }: Subscription) {
  return {
    id: `/subscriptions/${id}`,
    authorizationSource: 'RoleBased',
    managedByTenants: [],
    subscriptionId: id,
    tenantId,
    displayName,
    state: 'Enabled',
    subscriptionPolicies: {
      locationPlacementId: 'Public_2014-09-01',
      quotaId: 'PayAsYouGo_2014-09-01',
      spendingLimit: 'Off',
    },
  };
}

function showResource({ vault }: VaultAtUrl) {
  const { name, location } = vault.place;
  return { id: vault.resourceId, name, type: 'Microsoft.KeyVault/vaults', location, tags: {} };
}

function showVault(found: VaultAtUrl) {
  return {
    ...showResource(found),
    properties: {
      sku: { family: 'A', name: 'standard' },
      tenantId: found.vault.place.tenantId,
      accessPolicies: [],
      enabledForDeployment: false,
      enableSoftDelete: true,
      softDeleteRetentionInDays: 90,
      enableRbacAuthorization: true,
      vaultUri: `${found.url}/`,
      provisioningState: 'Succeeded',
      publicNetworkAccess: 'Enabled',
    },
  };
}

function checkVersion(request: CloudRequest): CloudReply | undefined {
  if (request.url.searchParams.has('api-version')) return undefined;
  const text = 'The api-version query parameter (?api-version=) is required for all requests.';
  return armError(400, 'MissingApiVersionParameter', text);
}

function unauthenticated(world: ArmWorld, rejection: Rejection) {
  const [code, text] = rejectionWords(world, rejection);
  const challenge = `Bearer authorization_uri="${world.loginUrl}/", error="invalid_token", error_description="${text}"`;
  return armError(401, code, text, { 'www-authenticate': challenge });
}

function rejectionWords(world: ArmWorld, rejection: Rejection): [code: string, text: string] {
  switch (rejection.kind) {
    case 'missing':
      return ['AuthenticationFailed', "Authentication failed. The 'Authorization' header is missing."];
    case 'expired':
      return ['ExpiredAuthenticationToken', 'The access token expiry UTC time is earlier than current UTC time.'];
    case 'invalid':
      return ['InvalidAuthenticationToken', 'The access token is invalid.'];
    case 'wrong-audience': {
      const allowed = world.audiences.map((audience) => `'${audience}'`).join(',');
      const text =
        `The access token has been obtained for wrong audience or resource '${rejection.audience}'. It should ` +
        `exactly match with one of the allowed audiences ${allowed}.`;
      return ['InvalidAuthenticationTokenAudience', text];
    }
  }
}

function refuse(refusal: Refusal): CloudReply {
  if (refusal.kind === 'throttle') {
    const text = 'The request is being throttled as the limit has been reached for operation type - Read.';
    return armError(429, 'TooManyRequests', text, retryAfterHeader(refusal.retryAfter));
  }
  const code = refusal.status === 503 ? 'ServerBusy' : 'InternalServerError';
  return armError(refusal.status, code, 'The server encountered an error. Please retry the request.');
}

/** Resource Manager's error body: https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting */
function armError(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
  return json(status, { error: { code, message } }, { 'x-ms-request-id': randomUUID(), ...headers });
}
