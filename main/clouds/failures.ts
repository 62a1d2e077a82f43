import { Failure, framesOf } from '../domain/failure.ts';
import { endpointRefusedCode } from './network.ts';
import { proxyCodes } from './proxy.ts';

/**
 * What to keep of a caught error as a Failure's cause: which error, where in the code. Its message and fields may hold
 * request headers, bodies and values (a parse error of the Azure SDK quotes the whole body), so they are left behind.
 */
export function traceOf(error: unknown): Error {
  const { name, code, status } = facts(error);
  const trace = new Error([name, code, status].filter((part) => part !== undefined).join(' '));
  trace.stack = [trace.message, ...(error instanceof Error ? framesOf(error) : [])].join('\n');
  return trace;
}

function facts(error: unknown): { name: string; code?: string; status?: number } {
  if (typeof error !== 'object' || error === null) return { name: typeof error };
  const name = 'name' in error ? safeWord(error.name) : undefined;
  const code = codeOf(error);
  const status = statusIn(error);
  return { name: name ?? 'Error', ...(code ? { code } : {}), ...(status === undefined ? {} : { status }) };
}

/** The HTTP status, where the Azure or the AWS SDK keeps it. */
function statusIn(error: object): number | undefined {
  const metadata = '$metadata' in error && typeof error.$metadata === 'object' ? (error.$metadata ?? {}) : {};
  const status = 'statusCode' in error ? error.statusCode : 'httpStatusCode' in metadata ? metadata.httpStatusCode : 0;
  return typeof status === 'number' && status > 0 ? status : undefined;
}

/** A code or name out of a foreign error, if it is one word and so cannot carry anything else. */
export function safeWord(value: unknown): string | undefined {
  return typeof value === 'string' && /^[A-Za-z][A-Za-z0-9_.]{0,79}$/.test(value) ? value : undefined;
}

/** The system's or TLS's code of a failed connection, from the error or its cause. */
function codeOf(error: object): string | undefined {
  const own = 'code' in error ? safeWord(error.code) : undefined;
  if (own !== undefined) return own;
  return 'cause' in error && typeof error.cause === 'object' && error.cause !== null ? codeOf(error.cause) : undefined;
}

/**
 * How long to wait, from a reply's headers: `retry-after-ms` and its kin in milliseconds, `Retry-After` in seconds or as
 * an HTTP date (RFC 9110, 10.2.3).
 * @param header looks a header up by its lower-case name
 */
export function retryAfterMs(header: (name: string) => string | undefined, now: number): number | undefined {
  for (const name of ['retry-after-ms', 'x-ms-retry-after-ms', 'x-amz-retry-after']) {
    const ms = header(name);
    if (ms !== undefined && /^\d{1,9}$/.test(ms)) return Number(ms);
  }
  const value = header('retry-after');
  if (value === undefined) return undefined;
  if (/^\d{1,6}$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

interface Case {
  readonly kind: 'network' | 'timeout' | 'invalid';
  readonly code: string;
  sentence(host: string): string;
  readonly fix: string;
}

const offline = 'Check the network connection, VPN and proxy of this computer. The app tries again by itself.';
const bundleFix =
  'If your company inspects traffic or runs its own authority, paste its certificate as CA bundle in this connection or in Settings > Network.';

const unresolved: Case = {
  kind: 'network',
  code: 'dns',
  sentence: (host) => `The name ${host} could not be resolved.`,
  fix: 'Check the spelling of the address, vault or region, and the network connection.',
};
const lost: Case = {
  kind: 'network',
  code: 'connection-lost',
  sentence: (host) => `The connection to ${host} was cut before its answer was complete.`,
  fix: offline,
};
const unreadable: Case = {
  kind: 'network',
  code: 'reply-broken',
  sentence: (host) => `The answer of ${host} could not be read: it was cut off, or something in between answered.`,
  fix: 'Check the address, and whether a proxy or a sign-in page of the network answers in its place.',
};
const unreachable: Case = {
  kind: 'network',
  code: 'unreachable',
  sentence: (host) => `The server ${host} cannot be reached from this computer's network.`,
  fix: offline,
};
const untrusted: Case = {
  kind: 'invalid',
  code: 'tls-untrusted',
  sentence: (host) => `The certificate of ${host} is signed by an authority this app does not trust.`,
  fix: bundleFix,
};
const tlsDate: Case = {
  kind: 'invalid',
  code: 'tls-date',
  sentence: (host) => `The certificate of ${host} is not valid at this time.`,
  fix: "Check this computer's clock. If it is right, the service has to renew its certificate.",
};

const cases: Readonly<Record<string, Case>> = {
  ENOTFOUND: unresolved,
  EAI_AGAIN: unresolved,
  EAI_FAIL: unresolved,
  ENODATA: unresolved,
  ECONNRESET: lost,
  ECONNABORTED: lost,
  EPIPE: lost,
  ERR_STREAM_PREMATURE_CLOSE: lost,
  PARSE_ERROR: unreadable,
  REQUEST_SEND_ERROR: lost,
  EHOSTUNREACH: unreachable,
  ENETUNREACH: unreachable,
  ENETDOWN: unreachable,
  EADDRNOTAVAIL: unreachable,
  ECONNREFUSED: {
    kind: 'network',
    code: 'connection-refused',
    sentence: (host) => `The server ${host} refused the connection.`,
    fix: 'Check the address and port, and that nothing in between blocks it.',
  },
  ETIMEDOUT: {
    kind: 'timeout',
    code: 'timeout',
    sentence: (host) => `The server ${host} did not answer in time.`,
    fix: offline,
  },
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  CERT_UNTRUSTED: untrusted,
  CERT_SIGNATURE_FAILURE: untrusted,
  INVALID_CA: untrusted,
  CERT_HAS_EXPIRED: tlsDate,
  CERT_NOT_YET_VALID: tlsDate,
  ERR_TLS_CERT_ALTNAME_INVALID: {
    kind: 'invalid',
    code: 'tls-wrong-name',
    sentence: (host) => `The server at ${host} showed a certificate for another name.`,
    fix: 'Check the address. If it is right, something in between answers in its place: do not go on.',
  },
  [endpointRefusedCode]: {
    kind: 'invalid',
    code: 'endpoint-refused',
    sentence: (host) =>
      `The name ${host} resolves to an address inside this machine or its network link, never a cloud.`,
    fix: 'Use the host name of the service, and check who answers for it in DNS.',
  },
  [proxyCodes.unreachable]: {
    kind: 'network',
    code: 'proxy-unreachable',
    sentence: (host) => `The proxy in Settings > Network cannot be reached, so ${host} was not either.`,
    fix: "Check the proxy's address in Settings > Network, and that it runs. The app tries again by itself.",
  },
  [proxyCodes.untrusted]: {
    kind: 'invalid',
    code: 'proxy-untrusted',
    sentence: (host) =>
      `No secure connection to the proxy in Settings > Network could be made, so ${host} was not reached.`,
    fix: "Paste the certificate of the proxy's authority as CA bundle in Settings > Network, or reach it with http://.",
  },
  [proxyCodes.wantsPassword]: {
    kind: 'invalid',
    code: 'proxy-password',
    sentence: (host) => `The proxy in Settings > Network wants a password before it connects to ${host}.`,
    fix: 'Use a proxy that needs none, or a helper on this computer such as cntlm, and set its address in Settings > Network.',
  },
  [proxyCodes.refused]: {
    kind: 'invalid',
    code: 'proxy-refused',
    sentence: (host) => `The proxy in Settings > Network does not let this computer connect to ${host}.`,
    fix: 'Ask whoever runs the proxy to allow the host, or list it under "Reached without the proxy" in Settings > Network.',
  },
  [proxyCodes.failed]: {
    kind: 'network',
    code: 'proxy-failed',
    sentence: (host) => `The proxy in Settings > Network could not connect to ${host}.`,
    fix: 'Check the address, and that the proxy itself reaches the internet (Settings > Network). The app tries again by itself.',
  },
};

/** A connection that failed below HTTP, as a Failure; undefined if the error is of another kind. */
export function connectionFailure(error: unknown, host: string): Failure | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const code = codeOf(error);
  const found = code === undefined ? undefined : (cases[code] ?? tlsCase(code));
  if (!found) return undefined;
  return failureIn(found, host, error);
}

/** An error of an SDK that none of our cases foresaw. */
export function unforeseen(host: string, error: unknown): Failure {
  return new Failure(
    {
      kind: 'bug',
      code: 'reply-unforeseen',
      sentence: `The answer of ${host} could not be understood.`,
      fix: 'Try again. If it happens again, please report it with the steps that led here.',
    },
    traceOf(error),
  );
}

/** An answer that is not in the service's language, or not whole. */
export function brokenReply(host: string, error?: unknown): Failure {
  return failureIn(unreadable, host, error);
}

function failureIn({ kind, code, sentence, fix }: Case, host: string, error: unknown): Failure {
  return new Failure({ kind, code, sentence: sentence(host), fix }, error === undefined ? undefined : traceOf(error));
}

function tlsCase(code: string): Case | undefined {
  if (!/^(EPROTO|ERR_SSL_|ERR_TLS_)/.test(code)) return undefined;
  return {
    kind: 'invalid',
    code: 'tls-failed',
    sentence: (host) => `No secure connection to ${host} could be agreed (TLS 1.2 or newer is needed).`,
    fix: 'Check the address and port, and whether a proxy in between answers in its place.',
  };
}

/**
 * What is found right before a write is not what the write was meant to replace.
 * @param what the target in words, with its service's noun, name and place
 */
export function targetChanged(what: string): Failure {
  return new Failure({
    kind: 'conflict',
    code: 'target-changed',
    sentence: `The ${what} was changed by somebody else since this sync looked at it. It was left as it is.`,
    fix: 'Press Sync Now to look at it again, then decide.',
  });
}

/**
 * A removal that means a certain version, by a credential that may not look which one there is.
 * @param what the target in words, with its service's noun, name and place
 * @param missing the right that would let it look
 */
export function removalUnseen(what: string, missing: string): Failure {
  return new Failure({
    kind: 'denied',
    code: 'removal-unseen',
    sentence: `The ${what} was not deleted: these credentials may not look at it (${missing}), so somebody's change to it could be lost with it.`,
    fix: `Allow ${missing}, or delete it by hand.`,
  });
}

/** A server that points elsewhere, in a link, a redirect or a credential. @param host the one it was asked of, or points to */
export function pointsElsewhere(host: string): Failure {
  return new Failure({
    kind: 'invalid',
    code: 'endpoint-elsewhere',
    sentence: `An answer or the credential points to another server than this connection's (${host}). Nothing was sent there.`,
    fix: "Check this connection's addresses and credential: something answers in the service's place.",
  });
}
