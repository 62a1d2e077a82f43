import type { Tenant } from './directory.ts';
import { EntraRefusal } from './entra-reply.ts';

/** What a user's app asks for: one resource, and what comes with it. */
export interface DelegatedScope {
  readonly audience: string;
  readonly idToken: boolean;
  readonly refreshToken: boolean;
}

const openIdScopes = ['openid', 'profile', 'email', 'offline_access'];

/**
 * The audience that an app asks for in its own name: a client-credentials scope is one resource and `/.default`.
 * Throws an EntraRefusal.
 */
export function appAudience(scope: string | null, resources: ReadonlySet<string>, tenant: Tenant): string {
  const text = scope?.trim() ?? '';
  if (text === '' || text.includes(' ')) throw notValid(text);
  if (!text.endsWith('/.default')) {
    const reason =
      `The provided value for scope ${text} is not valid. Client credential flows must have a scope value with ` +
      '/.default suffixed to the resource identifier (application ID URI).';
    throw new EntraRefusal(400, 'invalid_scope', 1002012, reason);
  }
  return knownAudience(text.slice(0, -'/.default'.length), resources, tenant);
}

/** Reads the scope of a sign-in by a user. Consent counts as given. Throws an EntraRefusal. */
export function delegatedScope(scope: string | null, resources: ReadonlySet<string>, tenant: Tenant): DelegatedScope {
  const words = (scope ?? '').split(' ').filter((word) => word !== '');
  const wanted = words.filter((word) => !openIdScopes.includes(word));
  const audiences = new Set(
    wanted.map((word) => {
      const [, audience] = /^(.+)\/(?:\.default|user_impersonation)$/.exec(word) ?? [];
      if (audience === undefined) throw notValid(word);
      return audience;
    }),
  );
  const [audience, another] = audiences;
  if (audience === undefined) throw notValid(words.join(' '));
  if (another !== undefined) {
    const reason =
      `Provided value for the input parameter scope is not valid because it contains more than one resource. Scope ` +
      `${words.join(' ')} is not valid.`;
    throw new EntraRefusal(400, 'invalid_request', 28000, reason);
  }
  return {
    audience: knownAudience(audience, resources, tenant),
    idToken: words.includes('openid'),
    refreshToken: words.includes('offline_access'),
  };
}

function notValid(scope: string): EntraRefusal {
  const reason =
    "The provided request must include a 'scope' input parameter. The provided value for the input parameter " +
    `'scope' is not valid. The scope ${scope} is not valid.`;
  return new EntraRefusal(400, 'invalid_scope', 70011, reason);
}

function knownAudience(audience: string, resources: ReadonlySet<string>, tenant: Tenant): string {
  if (resources.has(audience.replace(/\/$/, ''))) return audience;
  const reason =
    `The resource principal named ${audience} was not found in the tenant named ${tenant.domain}. This can happen ` +
    'if the application has not been installed by the administrator of the tenant or consented to by any user in ' +
    'the tenant. You might have sent your authentication request to the wrong tenant.';
  throw new EntraRefusal(400, 'invalid_resource', 500011, reason);
}
