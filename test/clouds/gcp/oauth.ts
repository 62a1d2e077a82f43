import { json, retryAfterHeader } from '../kernel/reply.ts';
import type { CloudReply, CloudRequest, Desk, Refusal } from '../kernel/types.ts';
import type { Account, Accounts } from './accounts.ts';
import { type AssertionProblem, verifyAssertion } from './assertion.ts';
import { type AccessTokens, cloudPlatform } from './tokens.ts';

interface OAuthWorld {
  readonly desk: Desk;
  readonly accounts: Accounts;
  readonly tokens: AccessTokens;
}

/** By what name Google's token endpoint goes; the stand-in's own URL is another. */
const googleTokenUri = 'https://oauth2.googleapis.com/token';
const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const lifetimeSeconds = 3599;

/** Google's words, as its users report them. */
const assertionProblems: Readonly<Record<AssertionProblem, string>> = {
  malformed: 'Bad Request',
  // An account that is disabled is to the token endpoint as one that was deleted.
  'no-account': 'Invalid grant: account not found',
  disabled: 'Invalid grant: account not found',
  // So is a key: https://github.com/google-github-actions/setup-gcloud/issues/76
  signature: 'Invalid JWT Signature.',
  time:
    'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. ' +
    'Check your iat and exp values in the JWT claim.',
};

/** `POST /token`: a service account's signed JWT, or a person's refresh token, for an access token. */
export function answerToken(request: CloudRequest, world: OAuthWorld): Promise<CloudReply> {
  const form = new URLSearchParams(request.body.toString('utf8'));
  const resource = form.get('client_id') ?? '';
  return world.desk.serve(
    { cloud: 'gcp', name: 'token', resource },
    () => grant(form, [googleTokenUri, `${request.url.origin}/token`], world),
    refuse,
  );
}

async function grant(
  form: URLSearchParams,
  audiences: readonly string[],
  { desk, accounts, tokens }: OAuthWorld,
): Promise<CloudReply> {
  const answer = (account: Account, scopes: readonly string[]) => {
    const { token } = tokens.issue(account, scopes, lifetimeSeconds);
    const scope = account.kind === 'user' ? { scope: scopes.join(' ') } : {};
    return json(200, { access_token: token, expires_in: lifetimeSeconds, ...scope, token_type: 'Bearer' });
  };

  switch (form.get('grant_type')) {
    case jwtBearer: {
      const assertion = await verifyAssertion(form.get('assertion') ?? '', accounts, desk.now());
      if (typeof assertion === 'string') return oauthError(400, 'invalid_grant', assertionProblems[assertion]);
      if (!audiences.includes(assertion.audience ?? '')) {
        const text = `Invalid JWT: Failed audience check. The right audience is ${googleTokenUri}`;
        return oauthError(400, 'invalid_grant', text);
      }
      if (assertion.scopes.length === 0) {
        return oauthError(400, 'invalid_scope', 'Invalid OAuth scope or ID token audience provided.');
      }
      if (assertion.subject !== undefined) {
        const text =
          'Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of ' +
          'the scopes requested.';
        return oauthError(401, 'unauthorized_client', text);
      }
      return answer(assertion.account, assertion.scopes);
    }
    case 'refresh_token': {
      const [id, secret, token] = ['client_id', 'client_secret', 'refresh_token'].map((name) => form.get(name) ?? '');
      const user = accounts.findUser(id ?? '', secret ?? '', token ?? '');
      if (user === 'no-client') return oauthError(401, 'invalid_client', 'The OAuth client was not found.');
      if (user === 'secret') return oauthError(401, 'invalid_client', 'Unauthorized');
      if (user === 'token') return oauthError(400, 'invalid_grant', 'Bad Request');
      if (!user.enabled) return oauthError(400, 'invalid_grant', 'Token has been expired or revoked.');
      return answer(user, [cloudPlatform]);
    }
    default:
      return oauthError(400, 'unsupported_grant_type', `Invalid grant_type: ${form.get('grant_type') ?? ''}`);
  }
}

function refuse(refusal: Refusal): CloudReply {
  if (refusal.kind === 'throttle') {
    const reply = oauthError(429, 'rate_limit_exceeded', 'Rate limit exceeded. Please try again later.');
    return { ...reply, headers: { ...reply.headers, ...retryAfterHeader(refusal.retryAfter) } };
  }
  return oauthError(refusal.status, 'internal_failure', 'Backend Error');
}

/** https://datatracker.ietf.org/doc/html/rfc6749#section-5.2 */
function oauthError(status: number, error: string, description: string): CloudReply {
  return json(status, { error, error_description: description });
}
