import { randomBytes, randomUUID } from 'node:crypto';
import { retryAfterHeader } from '../kernel/reply.ts';
import type { CloudReply, CloudRequest } from '../kernel/types.ts';
import { AwsFailure } from './failure.ts';
import type { RoleSession, Roles } from './roles.ts';
import type { Call, Words } from './service.ts';

/** What signing in at IAM Identity Center gives: an access token for the portal, and what may be had with it. */
export interface PortalAccess {
  readonly accessToken: string;
  readonly accountId: string;
  readonly roleName: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

export interface PortalSettings {
  /** The permission set's name, which the portal calls the role. */
  readonly roleName: string;
  /** What the role may do: see parsePolicy. */
  readonly policy: unknown;
  readonly userName?: string;
  /** Seconds until the access token runs out. Default: eight hours. */
  readonly seconds?: number;
}

interface Access extends PortalAccess {
  readonly roleArn: string;
  readonly userName: string;
}

/** The portal of IAM Identity Center: role credentials for whoever has an access token. No request to it is signed. */
export interface Portal extends Words {
  /** Signs somebody in; there is no browser and no OIDC here, only what comes out of them. */
  signIn(settings: PortalSettings): PortalAccess;
  signOut(accessToken: string): void;
  /** Whether the request is for the portal: it is told apart by its path. */
  isAsked(request: CloudRequest): boolean;
  call(request: CloudRequest): Call;
}

const path = '/federation/credentials';
/** How long role credentials last: the permission set's session duration, by default an hour. */
const sessionSeconds = 3600;

/** @param now milliseconds since the epoch */
export function createPortal(accountId: string, roles: Roles, now: () => number): Portal {
  const accesses = new Map<string, Access>();

  function open(request: CloudRequest): RoleSession {
    const { 'x-amz-sso_bearer_token': token = '' } = request.headers;
    const access = accesses.get(token);
    if (access === undefined || access.expiresAt <= now()) {
      throw new AwsFailure('UnauthorizedException', 'Session token not found or invalid', 401);
    }
    const { searchParams } = request.url;
    const role = roles.get(access.roleArn);
    const asked = searchParams.get('account_id') === accountId && searchParams.get('role_name') === access.roleName;
    // The service model doesn't have this one, the service does.
    if (!asked || role === undefined) throw new AwsFailure('ForbiddenException', 'No access', 403);
    return roles.open(role, access.userName, sessionSeconds, now());
  }

  return {
    signIn({ roleName, policy, userName = 'jane', seconds = 8 * 3600 }) {
      const roleArn = roles.add({
        roleName: `AWSReservedSSO_${roleName}_${randomBytes(8).toString('hex')}`,
        policy,
        // Nobody assumes it but through the portal.
        trust: { Version: '2012-10-17', Statement: [] },
      });
      const access: PortalAccess = {
        accessToken: randomBytes(200).toString('base64url'),
        accountId,
        roleName,
        expiresAt: now() + seconds * 1000,
      };
      accesses.set(access.accessToken, { ...access, roleArn, userName });
      return access;
    },
    signOut(accessToken) {
      if (!accesses.delete(accessToken)) throw new Error('nobody is signed in with this token');
    },
    isAsked: (request) => request.method === 'GET' && request.url.pathname.endsWith(path),

    call: (request) => ({
      name: 'sso:GetRoleCredentials',
      resource: request.url.searchParams.get('role_name') ?? '',
      perform() {
        const { key } = open(request);
        const { accessKeyId, secretAccessKey, sessionToken, expiresAt } = key;
        return reply(200, {
          roleCredentials: { accessKeyId, secretAccessKey, sessionToken, expiration: expiresAt },
        });
      },
    }),

    wordRefusal(refusal) {
      if (refusal.kind === 'throttle') {
        return new AwsFailure('TooManyRequestsException', 'HTTP 429 Unknown Code', 429, refusal.retryAfter);
      }
      return new AwsFailure('InternalServerException', 'An error occurred on the server side.', refusal.status);
    },

    fail: ({ code, message, status, retryAfter }) =>
      reply(status, { message, __type: code }, { 'x-amzn-errortype': code, ...retryAfterHeader(retryAfter) }),
  };
}

function reply(status: number, body: object, headers: Readonly<Record<string, string>> = {}): CloudReply {
  return {
    status,
    headers: { 'content-type': 'application/json', 'x-amzn-requestid': randomUUID(), ...headers },
    body: JSON.stringify(body),
  };
}
