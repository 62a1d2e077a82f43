/** The canonical codes that occur here: HTTP status and gRPC number. From google/rpc/code.proto. */
const codes = {
  INVALID_ARGUMENT: [400, 3],
  FAILED_PRECONDITION: [400, 9],
  UNAUTHENTICATED: [401, 16],
  PERMISSION_DENIED: [403, 7],
  NOT_FOUND: [404, 5],
  ALREADY_EXISTS: [409, 6],
  ABORTED: [409, 10],
  RESOURCE_EXHAUSTED: [429, 8],
  INTERNAL: [500, 13],
  UNAVAILABLE: [503, 14],
  DEADLINE_EXCEEDED: [504, 4],
} as const;

export type Code = keyof typeof codes;

/** A message of google/rpc/error_details.proto, packed with its `@type`. */
type Detail = { readonly '@type': string } & Readonly<Record<string, unknown>>;

/** A refusal by a Google API: a canonical code, Google's words, and what it packs along. */
export class GcpFailure extends Error {
  readonly code: Code;
  readonly details: readonly Detail[];

  constructor(code: Code, message: string, details: readonly Detail[] = []) {
    super(message);
    this.code = code;
    this.details = details;
  }

  get httpStatus(): number {
    return codes[this.code][0];
  }

  /** As a google.rpc.Status, for the `error` of an operation. */
  toStatus(): object {
    return { code: codes[this.code][1], message: this.message, details: this.details };
  }

  /** As the body of a reply: https://google.aip.dev/193#http11json-representation */
  toBody(): object {
    const details = this.details.length === 0 ? {} : { details: this.details };
    return { error: { code: this.httpStatus, message: this.message, status: this.code, ...details } };
  }
}

/** Why, for programs: the reasons of domain `googleapis.com` are those of google/api/error_reason.proto. */
export function errorInfo(
  reason: string,
  metadata: Readonly<Record<string, string>>,
  domain = 'googleapis.com',
): Detail {
  return { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason, domain, metadata };
}

export function invalid(message: string): GcpFailure {
  return new GcpFailure('INVALID_ARGUMENT', message);
}
