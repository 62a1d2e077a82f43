import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingMessage } from 'node:http';
import { type Agent, request as startRequest } from 'node:https';
import { z } from 'zod';
import { Failure } from '../../domain/failure.ts';
import { brokenReply, pointsElsewhere } from '../failures.ts';

/** Where requests may go. */
interface Places {
  /** Google's own origins that this connection has business with. */
  readonly origins: ReadonlySet<string>;
  /** One address that all of them are asked at instead, by the same paths. */
  readonly endpoint?: URL | undefined;
}

/** Far more than any answer here: the largest is a page of certificates. */
const maxReplyBytes = 64 * 1024 * 1024;

/** The signal of the call now being made: Google's libraries have none to pass on in REST mode. */
export const callSignal = new AsyncLocalStorage<AbortSignal>();

/**
 * The one HTTP client under all of Google's libraries here, in the form they take it. It reaches the connection's own
 * places and no other, and follows no redirect, because what it is given carries a token or a key's signature.
 */
export function pinnedFetch(agent: Agent, places: Places): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, requestInit(init));
    const url = routed(new URL(request.url), places);
    const body = Buffer.from(await request.arrayBuffer());
    const length = request.method === 'GET' ? {} : { 'content-length': String(body.byteLength) };
    const headers = { ...Object.fromEntries(request.headers), ...length };
    const response = await exchange(url, { method: request.method, headers, agent }, body);
    if (response.status >= 300 && response.status < 400) throw pointsElsewhere(url.host);
    return response;
  };
}

/** Only what makes the request: libraries add agents of their own and signals that nobody ever fires. */
function requestInit(init: RequestInit = {}): RequestInit {
  const { method = 'GET', headers, body } = init;
  return { method, ...(headers ? { headers } : {}), ...(body ? { body } : {}) };
}

function routed(url: URL, { origins, endpoint }: Places): URL {
  if (!origins.has(url.origin)) throw pointsElsewhere(url.host);
  return endpoint ? new URL(`${url.pathname}${url.search}`, endpoint) : url;
}

function exchange(
  url: URL,
  options: { readonly method: string; readonly headers: Record<string, string>; readonly agent: Agent },
  body: Buffer,
): Promise<Response> {
  const signal = callSignal.getStore();
  return new Promise((resolve, reject) => {
    const outgoing = startRequest(url, { ...options, ...(signal ? { signal } : {}) }, (incoming) => {
      const parts: Buffer[] = [];
      let size = 0;
      incoming.on('data', (part: Buffer) => {
        size += part.byteLength;
        if (size > maxReplyBytes) outgoing.destroy(brokenReply(url.host));
        else parts.push(part);
      });
      incoming.on('error', reject);
      incoming.on('end', () => {
        const response = responseOf(incoming, Buffer.concat(parts));
        if (response) resolve(response);
        else reject(brokenReply(url.host));
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function responseOf({ statusCode: status = 0, headersDistinct }: IncomingMessage, body: Buffer): Response | undefined {
  if (status < 200 || status > 599) return undefined;
  const headers = Object.entries(headersDistinct).flatMap(([name, values]) =>
    (values ?? []).map((value): [string, string] => [name, value]),
  );
  // A response of these has no body, and may not be given one.
  const bodiless = status === 204 || status === 205 || status === 304;
  return new Response(bodiless ? null : new Uint8Array(body), { status, headers });
}

const word = z.string().optional().catch(undefined);
/** google.rpc.Status as JSON, with the details that matter here: https://google.aip.dev/193#http11json-representation */
const refusalBody = z.object({
  error: z.object({
    status: z.string(),
    message: z.string().catch(''),
    details: z
      .array(
        z.object({
          '@type': word,
          reason: word,
          metadata: z.record(z.string(), z.string()).optional().catch(undefined),
        }),
      )
      .catch([]),
  }),
});

/** What an API answered instead of doing what was asked. */
export class ServiceRefusal extends Error {
  override readonly name = 'ServiceRefusal';
  readonly statusCode: number;
  /** The canonical code, e.g. `NOT_FOUND`; undefined where the answer is not Google's. */
  readonly status: string | undefined;
  /** Google's reason, e.g. `SERVICE_DISABLED`. */
  readonly reason: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  /** The service's own words: to be looked at, never to be shown. */
  readonly words: string;
  readonly header: (name: string) => string | undefined;

  constructor({ status, headers }: Response, body: string) {
    super(`HTTP ${status}`);
    const parsed = refusalBody.safeParse(parseJson(body));
    const info = parsed.data?.error.details.find(({ reason }) => reason !== undefined);
    this.statusCode = status;
    this.status = parsed.data?.error.status;
    this.reason = info?.reason;
    this.metadata = info?.metadata ?? {};
    this.words = parsed.data?.error.message ?? '';
    this.header = (name) => headers.get(name) ?? undefined;
  }
}

/** What adds a sign-in to requests. */
export interface Authorisation {
  /** The headers that say who asks. */
  headers(): Promise<Record<string, string>>;
  /** Drops what a service refused, so that the next headers are new. */
  forget(headers: Record<string, string>): void;
}

/**
 * Adds the sign-in, above the pin and below the libraries. One that is not accepted is replaced once, in case it ran out.
 * Refusals are thrown here, before a library sees them: theirs would carry the whole request, with the value in it.
 */
export function authorisedFetch(send: typeof fetch, authorisation: Authorisation): typeof fetch {
  async function sendSigned(...[input, init]: Parameters<typeof fetch>): Promise<Response> {
    const own = await authorisation.headers();
    const headers = new Headers(init?.headers);
    for (const [name, value] of Object.entries(own)) headers.set(name, value);
    const response = await send(input, { ...init, headers });
    if (response.status === 401) authorisation.forget(own);
    return response;
  }
  return async (input, init) => {
    const first = await sendSigned(input, init);
    const response = first.status === 401 ? await sendSigned(input, init) : first;
    const body = await response.text();
    if (!response.ok) throw new ServiceRefusal(response, body);
    // Every answer of these APIs is a JSON object; a portal's page must not pass for an empty one.
    if (!isObject(parseJson(body))) throw brokenReply(hostIn(input));
    return new Response(body, { status: response.status, headers: response.headers });
  };
}

function hostIn(input: Parameters<typeof fetch>[0]): string {
  return new URL(input instanceof Request ? input.url : input).host;
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The parsed text, or undefined: what does not parse may hold anything, so nothing of it is kept. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What Google's libraries were failed with, out of what they made of it: they wrap errors and keep the whole request. */
export function reasonOf(error: unknown): unknown {
  for (let inner: unknown = error; inner instanceof Error; inner = inner.cause) {
    if (inner instanceof Failure || inner instanceof ServiceRefusal) return inner;
  }
  return error;
}
