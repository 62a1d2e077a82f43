import { z } from 'zod';
import { Failure, type FailureDetail } from '../../domain/failure.ts';
import { brokenReply, connectionFailure, retryAfterMs, safeWord, traceOf, unforeseen } from '../failures.ts';
import { kmsRefused, nounOf, serviceRefusal, subjectOf } from './refusals.ts';

/** What a call was about: the words its failure is told in. */
export interface AwsCall {
  /** The IAM action, e.g. `secretsmanager:PutSecretValue`. */
  readonly action: string;
  /** The target's name; undefined for calls about the whole account. */
  readonly name?: string;
  readonly region: string;
  readonly host: string;
}

const sdkError = z.object({
  name: z.string(),
  /** Whose fault it is: there only if AWS itself refused. */
  $fault: z.string().optional(),
  message: z.string().catch(''),
  $metadata: z.object({ httpStatusCode: z.number().optional() }).optional(),
  $response: z.object({ headers: z.record(z.string(), z.string().optional()).optional() }).optional(),
});

/** Names of the common errors, in the forms that the services' protocols give them. */
const credentialErrors = new Set([
  'UnrecognizedClientException',
  'InvalidClientTokenId',
  'InvalidClientTokenIdException',
  'SignatureDoesNotMatch',
  'InvalidSignatureException',
  'IncompleteSignature',
  'IncompleteSignatureException',
  'MissingAuthenticationToken',
  'MissingAuthenticationTokenException',
  'ExpiredToken',
  'ExpiredTokenException',
]);
const throttleErrors = new Set([
  'Throttling',
  'ThrottlingException',
  'ThrottledException',
  'RequestThrottled',
  'RequestThrottledException',
  'RequestLimitExceeded',
  'TooManyRequestsException',
  'SlowDown',
]);

/** An AWS error as a Failure. Its text is looked at, never shown: only names and actions are taken over. */
export function classifyAws(error: unknown, call: AwsCall, now: number): Failure {
  const parsed = sdkError.safeParse(error);
  const status = parsed.success ? parsed.data.$metadata?.httpStatusCode : undefined;
  if (!parsed.success || status === undefined)
    return connectionFailure(error, call.host) ?? unforeseen(call.host, error);
  const { $fault, $response } = parsed.data;
  // An answer that broke on the way, or is not from AWS. Only the status of a server error can be believed.
  if ($fault === undefined && status < 500) return connectionFailure(error, call.host) ?? brokenReply(call.host, error);
  const { name, message } = $fault === undefined ? { name: '', message: '' } : parsed.data;
  const detail = detailOf({ name, message, status }, call);
  const wait = retryAfterMs((header) => $response?.headers?.[header], now);
  const waits = detail.kind === 'throttled' || detail.kind === 'network';
  return new Failure({ ...detail, ...(wait !== undefined && waits ? { retryAfterMs: wait } : {}) }, traceOf(error));
}

/** Whether AWS refused a request because of the time it was signed with. */
export function isClockSkew(error: unknown): boolean {
  const parsed = sdkError.safeParse(error);
  if (!parsed.success) return false;
  const { name, message } = parsed.data;
  if (['RequestTimeTooSkewed', 'RequestExpired', 'RequestInTheFuture'].includes(name)) return true;
  return /Signature (expired|not yet current)/i.test(message);
}

function detailOf(error: { name: string; message: string; status: number }, call: AwsCall): FailureDetail {
  const { name, message, status } = error;
  if (throttleErrors.has(name) || status === 429) {
    return {
      kind: 'throttled',
      code: 'aws-throttled',
      sentence: `AWS asked to be called less often (${call.action} in ${call.region}).`,
      fix: 'Nothing to do: the app waits and tries again. Fewer syncs at once (Settings > Sync) avoid it.',
    };
  }
  if (isClockSkew(error)) {
    return {
      kind: 'auth',
      code: 'clock-skew',
      sentence: "AWS refused the request because this computer's clock is wrong.",
      fix: 'Set the clock of this computer right (switch on automatic time), then try again.',
    };
  }
  if (credentialErrors.has(name)) return credentialsRefused(name);
  if (name === 'AccessDeniedException' || name === 'AccessDenied') return accessDenied(message, call);
  if (status >= 500) {
    return {
      kind: 'network',
      code: 'aws-unavailable',
      sentence: `AWS is not able to answer now (${call.region}, HTTP ${status}).`,
      fix: 'Nothing to do: the app tries again. If it lasts, look at the AWS Health Dashboard.',
    };
  }
  return (
    serviceRefusal({ name, message }, call) ?? {
      kind: 'invalid',
      code: 'aws-refused',
      sentence: `AWS refused ${call.action} on ${subjectOf(call)} as invalid (${safeWord(name) ?? 'no reason given'}).`,
      fix: 'Check the target name and its tags. If they are right, please report this.',
    }
  );
}

function credentialsRefused(name: string): FailureDetail {
  const expired = name.startsWith('ExpiredToken');
  const wrongSecret = name.startsWith('Signature') || name.startsWith('InvalidSignature');
  return {
    kind: 'auth',
    code: 'aws-credentials',
    sentence: expired
      ? 'The AWS credentials have expired.'
      : wrongSecret
        ? 'The AWS secret access key does not belong to the access key ID.'
        : 'AWS does not know this access key: it is wrong, inactive or deleted, or the region is not enabled in the account.',
    fix: expired
      ? 'Sign in again where they come from, or enter new ones in this connection.'
      : 'Check the key in IAM (Users > Security credentials); if in doubt make a new key, enter it here, and check its policy.',
  };
}

/** The code says whether a policy forbids this explicitly: then the refusal tells nothing about other names. */
function accessDenied(message: string, call: AwsCall): FailureDetail {
  const named = message.match(/\bperform: ((?:secretsmanager|ssm|acm|sts|kms):[A-Za-z]{1,60})\b/)?.[1];
  if (named?.startsWith('kms:') || (named === undefined && /\bKMS\b/.test(message))) return kmsRefused(call, named);
  const action = named ?? call.action;
  const explicit = /explicit deny/i.test(message);
  const on = call.name === undefined ? 'this account' : call.name;
  return {
    kind: 'denied',
    code: explicit ? 'aws-denied-explicitly' : 'aws-denied',
    sentence: `The AWS credentials may not do ${action} on ${on} in ${call.region}${explicit ? ': a policy forbids it explicitly' : ''}.`,
    fix: explicit
      ? `Look for a Deny of ${action} in the policies of this user, its boundary, the organisation and the ${nounOf(call)}.`
      : `Add ${action} to the IAM policy of these credentials; the AWS connection offers the policy text to copy.`,
  };
}
