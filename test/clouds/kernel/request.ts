import { request } from 'node:https';

interface OutgoingRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** The only authority that is trusted for this request. */
  readonly caPem: string;
}

interface IncomingReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** Sends one HTTPS request on a connection of its own and reads the whole reply. Rejects when the connection fails. */
export function send(url: string, outgoing: OutgoingRequest): Promise<IncomingReply> {
  return new Promise((resolve, reject) => {
    const { method = 'GET', headers = {}, body, caPem } = outgoing;
    const sent = request(url, { method, headers, ca: caPem, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const received: Record<string, string> = {};
        for (const [name, value] of Object.entries(response.headers)) received[name] = String(value);
        resolve({ status: response.statusCode ?? 0, headers: received, text: Buffer.concat(chunks).toString('utf8') });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
