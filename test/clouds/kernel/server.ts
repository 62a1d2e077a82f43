import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { CloudReply, CloudRequest, Handler } from './types.ts';

/** An HTTPS listener on the loopback interface. */
export interface Listener {
  readonly port: number;
  /** `https://localhost:PORT`, without a slash at the end. */
  readonly url: string;
  /** Stops listening and cuts every connection, also those a fault holds open. */
  close(): Promise<void>;
}

/** A private key and the certificate for it, in PEM. */
export interface TlsIdentity {
  readonly key: string;
  readonly cert: string;
}

interface ListenOptions {
  /** Default: a free one. */
  readonly port?: number;
  /** Larger requests are refused with 413. Default: 1 MiB. */
  readonly maxBodyBytes?: number;
  /** The clock of the `Date` header, milliseconds since the epoch. Default: the machine's. */
  readonly now?: () => number;
}

/** Starts an HTTPS server on 127.0.0.1 that reads each request whole, asks the handler, and plays the desk's faults. */
export async function listen(handler: Handler, tls: TlsIdentity, options: ListenOptions = {}): Promise<Listener> {
  const { maxBodyBytes = 1024 * 1024, now = Date.now } = options;
  // Longer than any client keeps an idle connection, so that none is closed just as a request is sent on it.
  const server = createServer({ ...tls, minVersion: 'TLSv1.2', keepAliveTimeout: 120_000 }, (request, response) => {
    response.setHeader('date', new Date(now()).toUTCString());
    answer(handler, request, response, maxBodyBytes).catch((error: unknown) => {
      const text = error instanceof Error ? (error.stack ?? error.message) : 'unknown error';
      process.stderr.write(`stand-in cloud failed on ${request.method ?? ''}: ${text}\n`);
      if (response.headersSent) response.destroy();
      else send(response, { status: 500, body: 'The stand-in cloud itself failed; its standard error says why.' });
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the listener has no port');
  return {
    port: address.port,
    url: `https://localhost:${address.port}`,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

async function answer(
  handler: Handler,
  request: IncomingMessage,
  response: ServerResponse,
  maxBodyBytes: number,
): Promise<void> {
  const body = await readBody(request, maxBodyBytes);
  if (body === 'gone') return;
  if (body === 'too-large') {
    send(response, { status: 413, headers: { connection: 'close' } });
    return;
  }
  send(response, await handler(toCloudRequest(request, body)));
}

/** The body; `gone` when the client left before sending all of it, so that nothing takes effect. */
async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | 'gone' | 'too-large'> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request) {
      size += chunk.length;
      if (size > maxBytes) return 'too-large';
      chunks.push(chunk);
    }
  } catch {
    return 'gone';
  }
  return Buffer.concat(chunks);
}

function toCloudRequest(request: IncomingMessage, body: Buffer): CloudRequest {
  const rawPath = request.url ?? '/';
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  // Concatenated, not resolved: a path that begins with two slashes must not be taken for a host.
  const { host = 'localhost' } = headers;
  const url = new URL(`https://${host}${rawPath}`);
  return { method: request.method ?? 'GET', url, rawPath, headers, body };
}

function send(response: ServerResponse, reply: CloudReply): void {
  if (reply.connection === 'hold') return;
  if (reply.connection === 'cut') {
    response.destroy();
    return;
  }
  const body = Buffer.from(reply.body ?? '');
  const length: Record<string, string> = reply.status === 204 ? {} : { 'content-length': String(body.length) };
  response.writeHead(reply.status, { ...reply.headers, ...length });
  if (reply.connection === 'halve') {
    response.flushHeaders();
    response.write(body.subarray(0, Math.floor(body.length / 2)), () => response.destroy());
    return;
  }
  response.end(body);
}
