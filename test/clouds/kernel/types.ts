/** What the stand-in clouds share: the shape of a request and a reply, and the desk every request passes. */

type CloudName = 'entra' | 'arm' | 'keyvault' | 'aws' | 'gcp';

/** One HTTPS request, fully read. Header names are lower-case. */
export interface CloudRequest {
  readonly method: string;
  readonly url: URL;
  /** The path and query exactly as sent: signatures are computed over these bytes, not over a normalised URL. */
  readonly rawPath: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface CloudReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /**
   * What the server does to the connection: `cut` it without a reply, `halve` the body and then cut, or `hold` it open
   * in silence. Only the desk sets it; a cloud that reworks a reply spreads it (`{ ...reply, headers }`) to keep it.
   */
  readonly connection?: 'cut' | 'halve' | 'hold';
}

export type Handler = (request: CloudRequest) => Promise<CloudReply>;

/** What one request turned out to be, in the cloud's own words: `GetSecret kv-prod/api-key`, `PutSecretValue arn:…`. */
export interface Operation {
  readonly cloud: CloudName;
  /** The API's own name, e.g. `secretsmanager:PutSecretValue`, `GetSecret`, `ListSecrets`, `token`. */
  readonly name: string;
  /** What it is about: vault/secret, secret name or ARN, or '' for account-wide calls. */
  readonly resource: string;
}

/** A request that arrived and how it was answered. Holds no credential and no secret value, ever. */
export interface Arrival extends Operation {
  readonly id: number;
  /** Milliseconds since the epoch, on the desk's clock. */
  readonly at: number;
  /** The status of the reply, or of the reply that was lost; 0 when the request never took effect and got none. */
  readonly status: number;
  /** The fault that was played on it. */
  readonly fault?: Fault['kind'];
  /** A quota was used up, so it was throttled. */
  readonly overQuota?: true;
}

/**
 * What a fault plan makes of a matching request:
 * - `throttle`: refused before it takes effect, with or without `Retry-After` (in seconds, or as an HTTP date)
 * - `status`: refused before it takes effect with this status, in the cloud's own error body
 * - `reset`: the connection is cut before the request takes effect
 * - `lose-reply`: the request takes effect, then the connection is cut before the reply
 * - `truncate`: the request takes effect, the reply's body is cut in half
 * - `hang`: no reply until the client gives up; the request does not take effect
 */
export type Fault =
  | { readonly kind: 'throttle'; readonly retryAfter?: number | string }
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'reset' | 'lose-reply' | 'truncate' | 'hang' };

/** The faults that a cloud words itself: see `Desk.serve`. */
export type Refusal = Extract<Fault, { readonly kind: 'throttle' | 'status' }>;

/** Which requests a fault or a quota is for: every given part must match; `resource` may use `*`. */
export interface Match {
  readonly cloud?: CloudName;
  readonly name?: string;
  readonly resource?: string;
}

/** Use up to `times` (default: until cleared), skipping the first `after` matches, with `chance` 0..1 (default 1). */
export interface FaultPlan extends Match {
  readonly fault: Fault;
  readonly times?: number;
  readonly after?: number;
  readonly chance?: number;
}

/** At most `limit` matching requests per `perSeconds`; more are throttled as the cloud words it. */
export interface Quota extends Match {
  /** Operations that are counted together; all that match if left out. */
  readonly names?: readonly string[];
  readonly limit: number;
  readonly perSeconds: number;
  /** Sent with the refusals, in seconds or as an HTTP date. Default: no such header, as Key Vault does. */
  readonly retryAfter?: number | string;
}

/**
 * Every request passes the desk between "who is it and what does it want" and "do it". A cloud calls
 * `desk.serve(operation, perform, refuse)`: the desk waits the set latency, applies faults and quotas, calls `perform`
 * when the request is to take effect, and writes down the arrival. `refuse` words a refusal as this cloud does.
 */
export interface Desk {
  /** The clouds' clock, milliseconds since the epoch. */
  now(): number;
  serve(
    operation: Operation,
    perform: () => Promise<CloudReply>,
    refuse: (refusal: Refusal) => CloudReply,
  ): Promise<CloudReply>;
}
