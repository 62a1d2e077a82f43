import { z } from 'zod';
import { Failure, type FailureDetail } from '../../domain/failure.ts';
import { brokenReply, retryAfterMs } from '../failures.ts';
import { parseJson, ServiceRefusal } from './http.ts';

/** Who signs in, in the words of its failure. */
export interface SigningIn {
  /** E.g. `the key of sync@p1.iam.gserviceaccount.com`, `this computer's Google Cloud login`. */
  readonly what: string;
  /** What to do to get a new one. */
  readonly renew: string;
  /** The service account gone on as. */
  readonly impersonate?: string | undefined;
}

/** RFC 6749, 5.2. Google's own texts are in the description. */
const oauthBody = z.object({ error: z.string(), error_description: z.string().catch('') });

/**
 * What Google answered instead of a token: its OAuth endpoint, its Security Token Service, or the service that lends out
 * service accounts. Texts as Google's users report them.
 */
export function classifySignIn(response: Response, body: string, url: URL, who: SigningIn, now: number): Failure {
  const { status } = response;
  const wait = retryAfterMs((name) => response.headers.get(name) ?? undefined, now);
  const after = wait === undefined ? {} : { retryAfterMs: wait };
  if (status === 429) {
    return new Failure({
      kind: 'throttled',
      code: 'gcp-throttled',
      sentence: 'Google asked to be signed in to less often.',
      fix: 'Nothing to do: the app waits and tries again.',
      ...after,
    });
  }
  if (status === 408 || status >= 500) {
    return new Failure({
      kind: 'network',
      code: 'gcp-unavailable',
      sentence: `Google's sign-in is not able to answer now (HTTP ${status}).`,
      fix: 'Nothing to do: the app tries again. If it lasts, look at the Google Cloud status page.',
      ...after,
    });
  }
  if (url.host.startsWith('iamcredentials.')) return lendingFailed(new ServiceRefusal(response, body), url.host, who);
  const refused = oauthBody.safeParse(parseJson(body));
  if (!refused.success) return brokenReply(url.host);
  return new Failure(grantRefused(refused.data.error, refused.data.error_description, who));
}

function grantRefused(code: string, words: string, { what, renew }: SigningIn): FailureDetail {
  const refusal = (detail: Pick<FailureDetail, 'code' | 'sentence' | 'fix'>): FailureDetail => ({
    kind: 'auth',
    ...detail,
  });
  if (code === 'invalid_grant' && /\b(iat|exp)\b|timeframe|clock/i.test(words)) {
    return refusal({
      code: 'clock-skew',
      sentence: "Google refused the sign-in because this computer's clock is wrong.",
      fix: 'Set the clock of this computer right (switch on automatic time), then try again.',
    });
  }
  if (code === 'invalid_grant' && /signature|key/i.test(words)) {
    return refusal({
      code: 'gcp-key-refused',
      sentence: `Google does not know ${what}: it was deleted, disabled or replaced.`,
      fix: renew,
    });
  }
  if (/account not found|disabled|deleted/i.test(words) || code === 'deleted_client' || code === 'disabled_client') {
    return refusal({
      code: 'gcp-account-ended',
      sentence: `The account of ${what} is disabled or was deleted.`,
      fix: `Look at the account in the Google Cloud console (IAM & Admin). ${renew}`,
    });
  }
  if (code === 'invalid_grant' || code === 'invalid_rapt' || code === 'interaction_required') {
    return refusal({
      code: 'gcp-sign-in-ended',
      sentence: `Google no longer accepts ${what}: it has expired or was revoked, or its owner has to sign in again.`,
      fix: renew,
    });
  }
  return refusal({
    code: 'gcp-sign-in-refused',
    sentence: `Google refused ${what}${/^[a-z_]{1,40}$/.test(code) ? ` (${code})` : ''}.`,
    fix: renew,
  });
}

/** The IAM Service Account Credentials API. */
function lendingFailed(refusal: ServiceRefusal, host: string, { what, impersonate = '' }: SigningIn): Failure {
  if (refusal.status === undefined) return brokenReply(host, refusal);
  if (refusal.reason === 'SERVICE_DISABLED') {
    return new Failure({
      kind: 'denied',
      code: 'gcp-api-disabled',
      sentence: `The API that lends out ${impersonate} is not switched on in its project.`,
      fix: 'Switch it on: gcloud services enable iamcredentials.googleapis.com, with --project and the project of the service account.',
    });
  }
  if (refusal.status === 'PERMISSION_DENIED' || refusal.status === 'NOT_FOUND') {
    return new Failure({
      kind: 'denied',
      code: 'gcp-impersonation',
      sentence: `Signed in with ${what}, but it may not go on as ${impersonate} (iam.serviceAccounts.getAccessToken), or there is no such service account.`,
      fix: `Give it the role roles/iam.serviceAccountTokenCreator on ${impersonate}. A new role takes some minutes to work.`,
    });
  }
  return new Failure({
    kind: 'auth',
    code: 'gcp-impersonation-refused',
    sentence: `Signed in with ${what}, but Google refused to go on as ${impersonate} (${refusal.status}).`,
    fix: 'Check the e-mail address of the service account to go on as, and that it is enabled.',
  });
}
