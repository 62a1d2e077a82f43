import { Failure, type FailureDetail } from '../../domain/failure.ts';
import { brokenReply, connectionFailure, retryAfterMs, safeWord, traceOf, unforeseen } from '../failures.ts';
import { reasonOf, ServiceRefusal } from './http.ts';

/** The two services, in words. */
export const gcpServices = {
  secretmanager: { title: 'GCP Secret Manager', thing: 'secret' },
  certificatemanager: { title: 'GCP Certificate Manager', thing: 'certificate' },
} as const;
export type GcpService = keyof typeof gcpServices;

/** What a call was about: the words its failure is told in. */
export interface GcpCall {
  readonly service: GcpService;
  readonly project: string;
  readonly location: string;
  readonly host: string;
  /** The IAM permission it needs, e.g. `secretmanager.versions.add`. */
  readonly permission: string;
  /** The id of the secret or certificate; undefined for calls about the whole place. */
  readonly name?: string;
  /** The call was sent with the etag that had been read before. */
  readonly guarded?: boolean;
}

/**
 * An error of a GCP API as a Failure. Its text is looked at, never shown: only codes, reasons and permissions are taken over.
 * Codes: https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto
 */
export function classifyGcp(thrown: unknown, call: GcpCall, now: number): Failure {
  const error = reasonOf(thrown);
  if (error instanceof Failure) return error;
  if (!(error instanceof ServiceRefusal)) return connectionFailure(error, call.host) ?? unforeseen(call.host, error);
  const { statusCode, status } = error;
  // An answer that is not Google's. Only the status of a server error or of throttling can be believed.
  if (status === undefined && statusCode < 500 && statusCode !== 429) return brokenReply(call.host, error);
  const detail = detailOf(error, call);
  const wait = retryAfterMs(error.header, now);
  const waits = detail.kind === 'throttled' || detail.kind === 'network';
  return new Failure({ ...detail, ...(wait !== undefined && waits ? { retryAfterMs: wait } : {}) }, traceOf(error));
}

/** How an operation that had been accepted failed: a google.rpc.Status. @param code its gRPC number */
export function operationFailed(code: number, words: string, call: GcpCall): Failure {
  const status = operationCodes[code];
  const passing = status === 'UNAVAILABLE' || status === 'INTERNAL' || status === 'DEADLINE_EXCEEDED';
  if (status === undefined || passing) {
    return new Failure({
      kind: 'network',
      code: 'gcp-operation-failed',
      sentence: `${gcpServices[call.service].title} began with ${subjectOf(call)} and could not finish (code ${code}).`,
      fix: 'Nothing to do: the app tries again. If it lasts, look at the Google Cloud status page.',
    });
  }
  return new Failure(refused({ status, words, reason: undefined, metadata: {} }, call));
}

const operationCodes: Readonly<Record<number, string>> = {
  3: 'INVALID_ARGUMENT',
  4: 'DEADLINE_EXCEEDED',
  5: 'NOT_FOUND',
  6: 'ALREADY_EXISTS',
  7: 'PERMISSION_DENIED',
  8: 'RESOURCE_EXHAUSTED',
  9: 'FAILED_PRECONDITION',
  10: 'ABORTED',
  13: 'INTERNAL',
  14: 'UNAVAILABLE',
};

function detailOf(error: ServiceRefusal, call: GcpCall): FailureDetail {
  const { statusCode } = error;
  if (statusCode === 429) return exhausted(error, call);
  if (statusCode === 408 || statusCode === 499 || statusCode >= 500) {
    return {
      kind: 'network',
      code: 'gcp-unavailable',
      sentence: `${gcpServices[call.service].title} is not able to answer now (${call.location}, HTTP ${statusCode}).`,
      fix: 'Nothing to do: the app tries again. If it lasts, look at the Google Cloud status page.',
    };
  }
  return refused(error, call);
}

type Refused = Pick<ServiceRefusal, 'status' | 'words' | 'reason' | 'metadata'>;

function refused(error: Refused, call: GcpCall): FailureDetail {
  const { service } = call;
  const { thing, title } = gcpServices[service];
  const subject = subjectOf(call);
  switch (error.status) {
    case 'UNAUTHENTICATED':
      return {
        kind: 'auth',
        code: 'gcp-token-refused',
        sentence: `The sign-in worked, but ${title} does not accept it. The account may have been disabled a moment ago.`,
        fix: "Check the account in the Google Cloud console under IAM > Service accounts, and this computer's clock.",
      };
    case 'PERMISSION_DENIED':
      return denied(error, call);
    case 'RESOURCE_EXHAUSTED':
      return exhausted(error, call);
    case 'NOT_FOUND':
      return {
        kind: 'not-found',
        code: 'target-missing',
        sentence: `There is no ${subject}.`,
        fix: 'Press Overwrite target to create it again, or delete the record if it is no longer wanted.',
      };
    case 'ALREADY_EXISTS':
      return {
        kind: 'conflict',
        code: 'target-exists',
        sentence: `There is already a ${subject}. It was not touched.`,
        fix: 'Press Overwrite target to replace its value from now on, or choose another target name.',
      };
    case 'ABORTED':
      return busy(subject);
    case 'FAILED_PRECONDITION':
      return precondition(error.words, call);
  }
  const field = error.words.match(/\b(?:field|Field) \[?([a-z_.]{1,60})\]?/)?.[1];
  return {
    kind: 'invalid',
    code: 'gcp-refused',
    sentence: `${title} refused the ${thing} ${call.name ?? ''} in ${call.location} as invalid (${safeWord(error.status) ?? 'no reason given'}${field ? `, ${field}` : ''}).`,
    fix:
      service === 'certificatemanager'
        ? 'Check that the certificate is valid now, that its key fits it, and that its chain is complete.'
        : 'Check the target name and its location. If they are right, please report this.',
  };
}

/** E.g. `secret api-key in project p1 (global)`. */
export function subjectOf({ service, name, project, location }: GcpCall): string {
  return `${gcpServices[service].thing}${name === undefined ? '' : ` ${name}`} in project ${project} (${location})`;
}

/**
 * Somebody else's change got in between, so this one was not made. Told as `throttled`: nothing happened, and the same call
 * made anew reads first and may succeed.
 */
function busy(subject: string): FailureDetail {
  return {
    kind: 'throttled',
    code: 'gcp-changed-meanwhile',
    sentence: `Something else changed the ${subject} at the same moment, so nothing was done.`,
    fix: 'Nothing to do: the app looks again and tries again.',
  };
}

/** An etag that no longer fits is told like this too: https://cloud.google.com/secret-manager/docs/etags */
function precondition(words: string, call: GcpCall): FailureDetail {
  const subject = subjectOf(call);
  if (/\b(DISABLED|DESTROYED) state\b/.test(words)) {
    return {
      kind: 'conflict',
      code: 'version-ended',
      sentence: `The current version of the ${subject} is disabled or destroyed.`,
      fix: 'Enable it in the Google Cloud console, or press Overwrite target to write the value from Azure as a new version.',
    };
  }
  if (call.guarded) return busy(subject);
  if (/\b(in use|used by|referenced|attached)\b/i.test(words)) {
    return {
      kind: 'conflict',
      code: 'target-in-use',
      sentence: `The ${subject} is in use, so it was kept.`,
      fix: 'Take it out of the certificate map entries or proxies that use it first.',
    };
  }
  return {
    kind: 'conflict',
    code: 'gcp-precondition',
    sentence: `${gcpServices[call.service].title} refused this for the ${subject} in its present state.`,
    fix: 'Look at it in the Google Cloud console: its state, its expiry and what uses it.',
  };
}

function exhausted({ words, reason }: Refused, call: GcpCall): FailureDetail {
  const { title } = gcpServices[call.service];
  // A quota of how many may exist, not of how often may be asked.
  const ofThings = reason !== 'RATE_LIMIT_EXCEEDED' && /\b(maximum|limit of|number of|too many)\b/i.test(words);
  if (ofThings && !/\bper (second|minute|hour|day)\b/i.test(words)) {
    return {
      kind: 'quota',
      code: 'gcp-quota',
      sentence: `A quota of ${title} in project ${call.project} (${call.location}) is used up.`,
      fix: 'Delete what is not needed, or ask Google for a higher quota (IAM & Admin > Quotas).',
    };
  }
  return {
    kind: 'throttled',
    code: 'gcp-throttled',
    sentence: `Google asked to be called less often (${title}, project ${call.project}).`,
    fix: 'Nothing to do: the app waits and tries again. Fewer syncs at once (Settings > Sync) avoid it.',
  };
}

/** Reasons: https://github.com/googleapis/googleapis/blob/master/google/api/error_reason.proto */
function denied(error: Refused, call: GcpCall): FailureDetail {
  const { project, service, location, name } = call;
  const { title } = gcpServices[service];
  if (error.reason === 'SERVICE_DISABLED' || /has not been used in project|it is disabled/.test(error.words)) {
    return {
      kind: 'denied',
      code: 'gcp-api-disabled',
      sentence: `The API of ${title} is not switched on in the project ${project}.`,
      fix: `Switch it on: gcloud services enable ${service}.googleapis.com --project ${project}. It takes some minutes to work.`,
    };
  }
  if (error.reason === 'USER_PROJECT_DENIED') {
    return {
      kind: 'denied',
      code: 'gcp-quota-project',
      sentence: `The GCP login may not be billed to its project (serviceusage.services.use).`,
      fix: `Set the project it is billed to: gcloud auth application-default set-quota-project ${project}`,
    };
  }
  if (error.reason === 'BILLING_DISABLED') {
    return {
      kind: 'denied',
      code: 'gcp-billing-disabled',
      sentence: `The project ${project} has no billing account, so ${title} does not work in it.`,
      fix: 'Link a billing account to the project in the Google Cloud console under Billing.',
    };
  }
  if (error.reason === 'CONSUMER_INVALID' || error.reason === 'CONSUMER_SUSPENDED') {
    return {
      kind: 'denied',
      code: 'gcp-project',
      sentence: `There is no project ${project}, it is suspended, or these credentials do not see it.`,
      fix: 'Check the project id of this connection. The console shows it on the start page of the project.',
    };
  }
  if (error.reason === 'ACCESS_TOKEN_SCOPE_INSUFFICIENT') {
    return {
      kind: 'auth',
      code: 'gcp-scope',
      sentence: 'The sign-in was not made for all of Google Cloud (the scope cloud-platform is missing).',
      fix: 'Sign in again: gcloud auth application-default login',
    };
  }
  const named = error.metadata['permission'] ?? error.words.match(/[Pp]ermission '([^']+)'/)?.[1] ?? '';
  const permission = /^[a-z]+(\.[A-Za-z]+){2,3}$/.test(named) ? named : call.permission;
  const on = name === undefined ? `the project ${project} (${location})` : `the ${subjectOf(call)}`;
  return {
    kind: 'denied',
    code: 'gcp-denied',
    sentence: `The GCP credentials may not do ${permission} on ${on}.`,
    fix: `Give the account a role with ${permission}; the GCP connection offers the commands to copy. A new role takes some minutes to work.`,
  };
}
