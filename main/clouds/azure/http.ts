import type { Agent } from 'node:https';
import {
  createDefaultHttpClient,
  type HttpClient,
  type PipelineRequest,
  type PipelineResponse,
} from '@azure/core-rest-pipeline';
import { z } from 'zod';
import { brokenReply, pointsElsewhere } from '../failures.ts';
import type { SignIn } from './tokens.ts';

/**
 * The HTTP client under every Azure SDK here. It reaches one origin and no other, whatever a nextLink, a redirect or a
 * proxy variable of the environment says, because the request it is given already carries a token.
 * @param options.signal the signal of the call now being made; SDKs lose theirs after the first page of a listing
 */
export function pinnedHttp(options: {
  readonly agent: Agent;
  readonly origin: string;
  readonly signal: () => AbortSignal;
}): HttpClient {
  const http = createDefaultHttpClient();
  return {
    async sendRequest(request) {
      if (new URL(request.url).origin !== options.origin) throw pointsElsewhere(new URL(options.origin).host);
      request.agent = options.agent;
      request.abortSignal = options.signal();
      return http.sendRequest(request);
    },
  };
}

/** What a service answered instead of doing what was asked. */
export class ServiceRefusal extends Error {
  override readonly name = 'ServiceRefusal';
  readonly status: number;
  readonly code: string | undefined;
  readonly innerCode: string | undefined;
  /** The service's own words: to be looked at, never to be shown. */
  readonly words: string;
  readonly header: (name: string) => string | undefined;

  constructor({ status, headers, bodyAsText }: PipelineResponse) {
    super(`HTTP ${status}`);
    const { error } = refusalBody.catch({}).parse(parseJson(bodyAsText));
    this.status = status;
    this.code = error?.code;
    this.innerCode = error?.innererror?.code;
    this.words = error?.message ?? '';
    this.header = (name) => headers.get(name);
  }
}

const word = z.string().optional().catch(undefined);
const refusalBody = z.object({
  error: z
    .object({ code: word, message: word, innererror: z.object({ code: word }).optional().catch(undefined) })
    .optional(),
});

/**
 * Adds the token, below the SDKs and above the pin: what a server's challenge asks for is never followed, so no challenge
 * can have a token made for another resource or tenant. A token that is not accepted is replaced once, in case it ran out.
 *
 * Refusals are thrown here, before an SDK sees them: SDKs stumble over bodies that are not theirs, such as a proxy's page.
 */
export function authorised(http: HttpClient, signIn: SignIn, scope: string): HttpClient {
  async function send(request: PipelineRequest): Promise<PipelineResponse> {
    const { text } = await signIn.token(scope);
    request.headers.set('authorization', `Bearer ${text}`);
    const response = await http.sendRequest(request);
    if (response.status === 401) signIn.forget(text);
    return response;
  }
  return {
    async sendRequest(request) {
      const first = await send(request);
      const response = first.status === 401 ? await send(request) : first;
      if (response.status >= 300) throw new ServiceRefusal(response);
      // Every answer of Key Vault and Resource Manager is a JSON object; SDKs take a portal's page for an empty one.
      if (!isObject(parseJson(response.bodyAsText))) throw brokenReply(new URL(request.url).host);
      return response;
    },
  };
}

/** Tells the `nextLink` of every reply that passes; the Key Vault SDK keeps it to itself. */
export function watchLinks(http: HttpClient, found: (link: string | undefined) => void): HttpClient {
  return {
    async sendRequest(request) {
      const response = await http.sendRequest(request);
      if (response.status === 200) found(nextLinkIn(response.bodyAsText));
      return response;
    },
  };
}

const listReply = z.object({ nextLink: z.string().nullish().catch(undefined) });

function nextLinkIn(body: string | null | undefined): string | undefined {
  return listReply.catch({}).parse(parseJson(body)).nextLink || undefined;
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The parsed text, or undefined: what does not parse may hold anything, so nothing of it is kept. */
export function parseJson(text: string | null | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
