import { request } from 'node:http';
import { type AuthenticationResult, PublicClientApplication } from '@azure/msal-node';
import { type AzureSettings, isPersonal } from '../../domain/connection.ts';
import { cancelled, Failure, type FailureDetail, invalid } from '../../domain/failure.ts';
import { type CloudDeps, callCloud } from '../call.ts';
import { brokenReply, pointsElsewhere, traceOf } from '../failures.ts';
import type { SignedIn, SignInPrompts } from '../ports.ts';
import { type Authority, openAuthority } from './authority.ts';
import { signInAgain } from './classify-sign-in.ts';
import { authOptions, msalNetwork, tokenOf } from './msal.ts';
import type { Acquire } from './tokens.ts';

interface UserCredential {
  readonly signIn: 'user';
  readonly cache: string;
  readonly homeAccountId: string;
  readonly username: string;
}

/** Longest a person may take to sign in: a device code's usual lifetime at Entra ID. */
const patienceMs = 15 * 60_000;

/**
 * Signs a person in, in the system's browser or with a code typed at another device. What is kept of it can get tokens for
 * Resource Manager and for vaults until Entra ID wants to see the person again.
 * @throws Failure `invalid` if the settings sign nobody in, `cancelled`, or what signing in failed with
 */
export async function signInPerson(
  settings: AzureSettings,
  prompts: SignInPrompts,
  deps: CloudDeps,
  signal: AbortSignal,
): Promise<SignedIn> {
  if (!isPersonal(settings))
    throw invalid(
      'sign-in-way',
      'This connection signs in without a person.',
      'Choose "Browser" or "Device code" as its way to sign in.',
    );
  const authority = openAuthority(settings, deps);
  const { host } = authority.place.authority;
  let waiting: AbortSignal | undefined;
  try {
    const { application, reasonFor } = publicApplication(authority);
    const options = { signal, host, classify: reasonFor };
    const ask = settings.signIn === 'browser' ? withBrowser : withCode;
    const { account } = await callCloud(
      (until) => {
        waiting = until;
        return ask(application, authority, prompts, until);
      },
      { ...options, timeoutMs: patienceMs },
    );
    // Proves now, while the person is there, that the same sign-in opens vaults as well.
    const vaults = { account, scopes: [authority.place.vaultScope] };
    await callCloud(() => application.acquireTokenSilent(vaults), { ...options, timeoutMs: deps.callTimeoutMs });
    const { homeAccountId, username } = account;
    const cache = application.getTokenCache().serialize();
    return { credential: { signIn: 'user', cache, homeAccountId, username }, username };
  } catch (error) {
    if (waiting?.aborted && !signal.aborted) throw signInAgain('Nobody finished the sign-in within 15 minutes.');
    throw error;
  } finally {
    authority.network.close();
  }
}

/** Gets tokens for the person who signed in before, and keeps what Entra ID renews on the way. */
export function openPerson(credential: UserCredential, authority: Authority): Acquire {
  const { homeAccountId, username } = credential;
  let { cache } = credential;
  const { application, reasonFor } = publicApplication(authority, {
    async beforeCacheAccess({ tokenCache }) {
      try {
        tokenCache.deserialize(cache);
      } catch {
        // The parser's words may quote it.
        throw signInAgain('The stored sign-in is damaged.');
      }
    },
    async afterCacheAccess({ tokenCache, cacheHasChanged }) {
      if (!cacheHasChanged) return;
      cache = tokenCache.serialize();
      authority.deps.keepCredential({ signIn: 'user', cache, homeAccountId, username });
    },
  });
  return async (scope, fresh) => {
    try {
      const accounts = await application.getAllAccounts();
      const account = accounts.find((known) => known.homeAccountId === homeAccountId);
      if (!account) throw signInAgain('The stored sign-in is not complete.');
      const result = await application.acquireTokenSilent({ account, scopes: [scope], forceRefresh: fresh });
      return tokenOf(result, username || 'The person');
    } catch (error) {
      throw reasonFor(error);
    }
  };
}

type CachePlugin = NonNullable<
  NonNullable<ConstructorParameters<typeof PublicClientApplication>[0]['cache']>['cachePlugin']
>;

function publicApplication(authority: Authority, cachePlugin?: CachePlugin) {
  const network = msalNetwork(authority);
  const application = new PublicClientApplication({
    auth: authOptions(authority),
    system: { networkClient: network.module },
    ...(cachePlugin ? { cache: { cachePlugin } } : {}),
  });
  return { application, reasonFor: network.reasonFor };
}

type Completed = AuthenticationResult & { readonly account: NonNullable<AuthenticationResult['account']> };

function completed(result: AuthenticationResult | null, host: string): Completed {
  if (!result?.account) throw brokenReply(host);
  return { ...result, account: result.account };
}

async function withBrowser(
  application: PublicClientApplication,
  { place }: Authority,
  prompts: SignInPrompts,
  signal: AbortSignal,
): Promise<Completed> {
  let stop = () => {};
  const end = () => stop();
  signal.addEventListener('abort', end, { once: true });
  try {
    const result = await application.acquireTokenInteractive({
      scopes: [place.resourceManagerScope],
      prompt: 'select_account',
      successTemplate: page('You are signed in', 'You can close this window and go back to the app.'),
      errorTemplate: page('You are not signed in', 'Close this window and go back to the app: it says why.'),
      async openBrowser(address) {
        const url = new URL(address);
        if (url.origin !== place.authority.origin) throw pointsElsewhere(place.authority.host);
        stop = () => declineAt(url);
        if (signal.aborted) throw cancelled();
        await prompts.openBrowser(address).catch((error: unknown) => {
          throw new Failure(noBrowser, traceOf(error));
        });
      },
    });
    return completed(result, place.authority.host);
  } finally {
    signal.removeEventListener('abort', end);
  }
}

const noBrowser: FailureDetail = {
  kind: 'invalid',
  code: 'browser-unopened',
  sentence: 'The browser of this computer could not be opened, so nobody was signed in.',
  fix: 'Set a default browser, or choose "Device code" as the way to sign in.',
};

/** Ends MSAL's wait for the browser, which cannot be called off, with the answer that somebody declined. */
function declineAt(authorize: URL): void {
  const redirect = new URL(authorize.searchParams.get('redirect_uri') ?? '');
  const form = new URLSearchParams({ error: 'access_denied', state: authorize.searchParams.get('state') ?? '' });
  const sent = request({
    // MSAL listens on this address alone, whatever `localhost` means here.
    host: '127.0.0.1',
    port: redirect.port,
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    agent: false,
  });
  // Nobody listening is the end that was wanted.
  sent.on('error', () => sent.destroy());
  sent.on('response', (response) => response.resume());
  sent.end(form.toString());
}

async function withCode(
  application: PublicClientApplication,
  { place, deps }: Authority,
  prompts: SignInPrompts,
  signal: AbortSignal,
): Promise<Completed> {
  const asked = {
    scopes: [place.resourceManagerScope],
    cancel: false,
    deviceCodeCallback(code: { userCode: string; verificationUri: string; expiresIn: number }) {
      const { userCode, verificationUri: address, expiresIn } = code;
      if (!/^https:\/\//i.test(address)) throw pointsElsewhere(place.authority.host);
      prompts.showCode({ userCode, address, expiresAt: deps.now() + expiresIn * 1000 });
    },
  };
  const end = () => {
    asked.cancel = true;
  };
  signal.addEventListener('abort', end, { once: true });
  try {
    return completed(await application.acquireTokenByDeviceCode(asked), place.authority.host);
  } finally {
    signal.removeEventListener('abort', end);
  }
}

/** What the browser shows at the end: complete in itself, loads nothing. */
function page(title: string, text: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title><style>
body { font: 16px/1.5 system-ui, sans-serif; color-scheme: light dark; max-width: 36rem; margin: 20vh auto; padding: 0 1rem; }
</style></head><body><h1>${title}</h1><p>${text}</p></body></html>`;
}
