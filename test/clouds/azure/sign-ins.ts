import { createHash, randomBytes, randomInt, randomUUID } from 'node:crypto';
import type { App, Tenant, User } from './directory.ts';
import { EntraRefusal, invalidGrant } from './entra-reply.ts';
import type { DelegatedScope } from './scopes.ts';

/** Where and how a browser sign-in is answered. */
export interface BrowserRequest {
  readonly redirectUri: string;
  readonly responseMode: 'query' | 'form_post';
  readonly state?: string;
  readonly nonce?: string;
  readonly clientInfo: boolean;
  readonly challenge?: { readonly value: string; readonly method: 'S256' | 'plain' };
}

/** What a user is asked for. */
interface Asked {
  readonly tenant: Tenant;
  readonly app: App;
  readonly scope: DelegatedScope;
}

interface Waiting extends Asked {
  /** The user code of a device sign-in. */
  readonly id: string;
  readonly expiresAt: number;
  answer?: User | 'denied';
}

export interface BrowserSignIn extends Waiting {
  readonly kind: 'browser';
  readonly request: BrowserRequest;
}

export interface DeviceSignIn extends Waiting {
  readonly kind: 'device';
  readonly deviceCode: string;
  lastPoll?: number;
  redeemed?: true;
}

/** What whoever owns the stand-in sees of a sign-in that nobody has answered. */
export interface PendingSignIn {
  readonly id: string;
  readonly kind: 'browser' | 'device';
  readonly clientId: string;
  readonly resource: string;
}

/** What a code or a refresh token stands for. */
export interface UserGrant extends Asked {
  readonly user: User;
  readonly signedInAt: number;
  /** Redeemed without proof of the app's identity. */
  readonly isPublic: boolean;
  readonly nonce?: string;
}

interface Code {
  readonly grant: UserGrant;
  readonly request: BrowserRequest;
  readonly issuedAt: number;
  redeemed: boolean;
}

const minute = 60 * 1000;
const day = 24 * 60 * minute;
const codeLifetime = 10 * minute;
/** https://learn.microsoft.com/entra/identity-platform/refresh-tokens#token-lifetime */
const refreshTokenLifetime = 90 * day;
export const deviceCodeLifetime = 15 * minute;
const userCodeLetters = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';

/** Sign-ins of users: those that wait for an answer, and the codes and refresh tokens that came of them. */
export class SignIns {
  /** How often a device may ask, in seconds. */
  pollInterval = 5;
  private readonly now: () => number;
  private readonly waiting = new Map<string, BrowserSignIn | DeviceSignIn>();
  private readonly codes = new Map<string, Code>();
  private readonly refreshTokens = new Map<string, { readonly grant: UserGrant; readonly issuedAt: number }>();

  constructor(now: () => number) {
    this.now = now;
  }

  startBrowser(asked: Asked, request: BrowserRequest): BrowserSignIn {
    const expiresAt = this.now() + codeLifetime;
    const signIn: BrowserSignIn = { ...asked, kind: 'browser', id: randomUUID(), expiresAt, request };
    this.waiting.set(signIn.id, signIn);
    return signIn;
  }

  startDevice(asked: Asked): DeviceSignIn {
    const id = Array.from({ length: 9 }, () => userCodeLetters[randomInt(userCodeLetters.length)]).join('');
    const expiresAt = this.now() + deviceCodeLifetime;
    const signIn: DeviceSignIn = { ...asked, kind: 'device', id, expiresAt, deviceCode: opaque() };
    this.waiting.set(id, signIn);
    return signIn;
  }

  /** The sign-in of this id, answered or not, while it lasts. */
  find(id: string): BrowserSignIn | DeviceSignIn | undefined {
    const signIn = this.waiting.get(id);
    return signIn === undefined || signIn.expiresAt <= this.now() ? undefined : signIn;
  }

  pending(): PendingSignIn[] {
    return [...this.waiting.values()]
      .filter(({ id, answer }) => answer === undefined && this.find(id) !== undefined)
      .map(({ id, kind, app, scope }) => ({ id, kind, clientId: app.clientId, resource: scope.audience }));
  }

  /** A fresh code for a browser sign-in that a user has answered. */
  issueCode(signIn: BrowserSignIn, user: User): string {
    const { tenant, app, scope, request } = signIn;
    const { nonce } = request;
    const platform = app.redirects.find(({ uri }) => matchesRedirect(uri, request.redirectUri))?.platform;
    const grant: UserGrant = {
      tenant,
      app,
      scope,
      user,
      signedInAt: this.now(),
      isPublic: platform === 'desktop',
      ...(nonce === undefined ? {} : { nonce }),
    };
    const code = opaque();
    this.codes.set(code, { grant, request, issuedAt: this.now(), redeemed: false });
    this.waiting.delete(signIn.id);
    return code;
  }

  /** What a code stands for; it is used up by `redeem`. Throws an EntraRefusal. */
  readCode(code: string, clientId: string, redirectUri: string, verifier: string | null) {
    const found = this.codes.get(code);
    if (found === undefined || found.grant.app.clientId !== clientId) {
      throw invalidGrant(70000, 'The provided value for the code parameter is not valid.');
    }
    if (found.redeemed) {
      const text =
        'OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing ' +
        'refresh token.';
      throw invalidGrant(54005, text);
    }
    if (found.issuedAt + codeLifetime <= this.now()) {
      const text =
        'The provided authorization code or refresh token has expired due to inactivity. Send a new interactive ' +
        'authorization request for this user and resource.';
      throw invalidGrant(70008, text);
    }
    const { challenge, redirectUri: requested } = found.request;
    if (redirectUri !== requested) {
      const text =
        `The reply address '${redirectUri}' does not match the reply address '${requested}' provided when requesting ` +
        'Authorization code.';
      throw invalidGrant(500112, text);
    }
    if (challenge !== undefined && transform(verifier ?? '', challenge.method) !== challenge.value) {
      const text = 'The Code_Verifier does not match the code_challenge supplied in the authorization request.';
      throw invalidGrant(501481, text);
    }
    return {
      grant: found.grant,
      redeem: () => {
        found.redeemed = true;
      },
    };
  }

  /**
   * What a device code stands for once a user has answered. Throws an EntraRefusal until then and after; `slow_down` is
   * RFC 8628's and leaves a client room for a clock that runs a little fast.
   */
  redeemDevice(deviceCode: string, clientId: string): UserGrant {
    const signIn = [...this.waiting.values()].find(
      (candidate): candidate is DeviceSignIn => candidate.kind === 'device' && candidate.deviceCode === deviceCode,
    );
    if (signIn === undefined || signIn.app.clientId !== clientId || signIn.redeemed) {
      throw new EntraRefusal(400, 'bad_verification_code', 70000, "The 'device_code' is not valid.");
    }
    const [now, { lastPoll, answer }] = [this.now(), signIn];
    if (signIn.expiresAt <= now) {
      const text =
        "The provided value for the input parameter 'device_code' is not valid. This device code has expired.";
      throw new EntraRefusal(400, 'expired_token', 70020, text);
    }
    signIn.lastPoll = now;
    if (lastPoll !== undefined && now - lastPoll < (this.pollInterval * 1000) / 2) {
      throw new EntraRefusal(400, 'slow_down', 70016, 'The client polls too often. Increase the interval.');
    }
    if (answer === undefined) {
      const text = 'OAuth 2.0 device flow error. Authorization is pending. Continue polling.';
      throw new EntraRefusal(400, 'authorization_pending', 70016, text);
    }
    if (answer === 'denied') {
      const text = 'The resource owner or authorization server denied the request.';
      throw new EntraRefusal(400, 'authorization_declined', 65004, text);
    }
    const { tenant, app, scope } = signIn;
    if (!app.publicFlows) throw needsSecret();
    signIn.redeemed = true;
    return { tenant, app, scope, user: answer, signedInAt: now, isPublic: true };
  }

  /** A further refresh token. As with Entra the earlier ones stay good for their time. */
  issueRefreshToken(grant: UserGrant): string {
    const token = `1.${opaque()}`;
    this.refreshTokens.set(token, { grant, issuedAt: this.now() });
    return token;
  }

  /** Throws an EntraRefusal for a refresh token that is unknown, too old, or revoked. */
  readRefreshToken(token: string, clientId: string): UserGrant {
    const found = this.refreshTokens.get(token);
    if (found === undefined || found.grant.app.clientId !== clientId) {
      throw invalidGrant(9002313, 'Invalid request. Request is malformed or invalid.');
    }
    const { grant, issuedAt } = found;
    const { user, signedInAt } = grant;
    if (!user.enabled) throw invalidGrant(50057, 'The user account is disabled.');
    if (signedInAt < user.signInsValidFrom) {
      const text =
        'The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have ' +
        `changed or reset their password. The grant was issued on '${iso(signedInAt)}' and the TokensValidFrom date ` +
        `(before which tokens are not valid) for this user is '${iso(user.signInsValidFrom)}'.`;
      throw invalidGrant(50173, text);
    }
    if (issuedAt + refreshTokenLifetime <= this.now()) {
      const text =
        `The refresh token has expired due to inactivity. The token was issued on ${iso(issuedAt)} and was inactive ` +
        'for 90.00:00:00.';
      throw invalidGrant(700082, text);
    }
    return grant;
  }
}

/** What a client is told that should have proved who it is. */
export function needsSecret(): EntraRefusal {
  const text = "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.";
  return new EntraRefusal(401, 'invalid_client', 7000218, text);
}

/**
 * Whether an app registered this address; the port of `http://localhost` does not count:
 * https://learn.microsoft.com/entra/identity-platform/reply-url#localhost-exceptions
 */
export function matchesRedirect(registered: string, asked: string): boolean {
  if (registered === asked) return true;
  if (!URL.canParse(registered) || !URL.canParse(asked)) return false;
  const [left, right] = [new URL(registered), new URL(asked)];
  const isLoopback = left.protocol === 'http:' && left.hostname === 'localhost';
  return isLoopback && right.protocol === 'http:' && right.hostname === 'localhost' && left.pathname === right.pathname;
}

function transform(verifier: string, method: 'S256' | 'plain'): string {
  return method === 'plain' ? verifier : createHash('sha256').update(verifier).digest('base64url');
}

function opaque(): string {
  return randomBytes(48).toString('base64url');
}

/** As .NET prints a time, with seven digits of a second. */
function iso(time: number): string {
  return new Date(time).toISOString().replace('Z', '0000Z');
}
