import { request as plain } from 'node:http';
import { request as secure } from 'node:https';
import { createAuthority } from '../clouds/kernel/certificates.ts';
import { createDesk, type DeskControl } from '../clouds/kernel/desk.ts';
import { listen } from '../clouds/kernel/server.ts';
import type { CloudReply, CloudRequest, Operation, Refusal } from '../clouds/kernel/types.ts';

/** How one cloud's requests are named, and how it words a refusal. */
export interface Protocol {
  operation(request: CloudRequest): Operation;
  refuse(refusal: Refusal): CloudReply;
}

/**
 * Stands before a peer, which may speak plain HTTP and plays no faults: TLS by an authority of this run, and a desk that
 * refuses, holds and loses what a test tells it to. Everything else passes as it came.
 */
export interface Front {
  readonly url: string;
  readonly caPem: string;
  readonly desk: DeskControl;
  /** The desk has dealt with a request of this operation since `clearArrivals`; a held one counts from its arrival. */
  arrived(name: string): Promise<void>;
  /** Is told each request of an operation and the peer's reply, as text, before the reply goes back. */
  watch(name: string, see: (request: string, reply: { readonly status: number; readonly body: string }) => void): void;
  close(): Promise<void>;
}

interface FrontOptions {
  /** Shared with other fronts. Default: its own. */
  readonly desk?: DeskControl;
  readonly authority?: Awaited<ReturnType<typeof createAuthority>>;
  /** Who is asked, by path. Default: the peer. */
  readonly originOf?: (path: string) => string;
  /** What the peer is to take its own name for. Default: the front's, which AWS's signatures cover. */
  readonly host?: string;
  /** Changes the text of requests and of replies, where they tell addresses. */
  readonly ask?: (text: string) => string;
  readonly tell?: (text: string) => string;
}

/** @param origin where the peer answers, e.g. `http://127.0.0.1:5000` */
export async function openFront(
  origin: string,
  { operation, refuse }: Protocol,
  options: FrontOptions = {},
): Promise<Front> {
  const desk = options.desk ?? createDesk();
  const authority = options.authority ?? (await createAuthority());
  const watchers = new Map<string, Parameters<Front['watch']>[1]>();
  async function pass(name: string, request: CloudRequest): Promise<CloudReply> {
    const reply = await forward(options.originOf?.(request.url.pathname) ?? origin, request, options);
    watchers.get(name)?.(request.body.toString('utf8'), { status: reply.status, body: String(reply.body ?? '') });
    return reply;
  }
  const listener = await listen(
    async (request) => {
      const asked = operation(request);
      return desk.serve(asked, () => pass(asked.name, request), refuse);
    },
    await authority.issueForLoopback(),
  );
  return {
    url: listener.url,
    caPem: authority.certPem,
    desk,
    async arrived(name) {
      while (desk.arrivals({ name }).length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    },
    watch: (name, see) => void watchers.set(name, see),
    close: listener.close,
  };
}

/** Headers that are about one connection, not about the message. */
const ofConnection = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length']);

function forward(
  origin: string,
  { method, rawPath, headers, body }: CloudRequest,
  { host, ask, tell }: FrontOptions,
): Promise<CloudReply> {
  const asked = ask === undefined ? body : Buffer.from(ask(body.toString('utf8')));
  const passed = Object.entries(headers).filter(([name]) => !ofConnection.has(name));
  const options = {
    method,
    headers: { ...Object.fromEntries(passed), ...(host ? { host } : {}), 'content-length': asked.length },
    agent: false,
    // A server started by us on this machine; what the product trusts is the front's certificate.
    rejectUnauthorized: false,
  };
  return new Promise((resolve, reject) => {
    const sent = (origin.startsWith('https:') ? secure : plain)(`${origin}${rawPath}`, options, (reply) => {
      const chunks: Buffer[] = [];
      reply.on('data', (chunk: Buffer) => chunks.push(chunk));
      reply.on('error', reject);
      reply.on('end', () => {
        const received: Record<string, string> = {};
        for (const [name, value] of Object.entries(reply.headers)) {
          if (!ofConnection.has(name) && value !== undefined) received[name] = String(value);
        }
        const whole = Buffer.concat(chunks);
        const told = tell === undefined ? whole : tell(whole.toString('utf8'));
        resolve({ status: reply.statusCode ?? 502, headers: received, body: told });
      });
    });
    sent.on('error', reject);
    sent.end(asked);
  });
}
