import { connect } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { createAuthority } from '../clouds/kernel/certificates.ts';
import { send } from '../clouds/kernel/request.ts';
import { type Listener, listen } from '../clouds/kernel/server.ts';
import type { CloudReply, CloudRequest } from '../clouds/kernel/types.ts';

const authority = await createAuthority();
const tls = await authority.issueForLoopback();
const caPem = authority.certPem;

let listener: Listener | undefined;
let seen: CloudRequest[] = [];

async function serve(reply: CloudReply, options: Parameters<typeof listen>[2] = {}): Promise<string> {
  const handler = async (request: CloudRequest) => {
    seen.push(request);
    return reply;
  };
  listener = await listen(handler, tls, options);
  return listener.url;
}

afterEach(async () => {
  await listener?.close();
  listener = undefined;
  seen = [];
});

describe('a listener', () => {
  it('hands over the request as sent and returns the reply', async () => {
    const url = await serve({ status: 201, headers: { 'x-answer': 'yes' }, body: 'größer' });
    const reply = await send(`${url}//a%2Fb/?q=1&q=%20`, {
      method: 'POST',
      headers: { 'X-Ask': 'you' },
      body: 'ü',
      caPem,
    });
    expect(reply).toMatchObject({ status: 201, text: 'größer' });
    expect(reply.headers['x-answer']).toBe('yes');
    const [request] = seen;
    expect(request).toMatchObject({ method: 'POST', rawPath: '//a%2Fb/?q=1&q=%20' });
    expect(request?.headers['x-ask']).toBe('you');
    expect(request?.body.toString('utf8')).toBe('ü');
    expect(request?.url.pathname).toBe('//a%2Fb/');
    expect(request?.url.searchParams.getAll('q')).toEqual(['1', ' ']);
  });

  it('is trusted by name and address, under its own authority only', async () => {
    await serve({ status: 204 });
    const port = listener?.port ?? 0;
    for (const host of ['localhost', '127.0.0.1']) {
      expect((await send(`https://${host}:${port}/`, { caPem })).status).toBe(204);
    }
    const { certPem: other } = await createAuthority();
    await expect(send(`https://localhost:${port}/`, { caPem: other })).rejects.toThrow(/certificate/);
    expect(seen).toHaveLength(2);
  });

  it('speaks no TLS older than 1.2', async () => {
    await serve({ status: 204 });
    const port = listener?.port ?? 0;
    const oldClient = { port, host: '127.0.0.1', ca: caPem, minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1' } as const;
    // At its usual level OpenSSL would not even ask.
    const socket = connect({ ...oldClient, ciphers: 'DEFAULT@SECLEVEL=0' });
    const outcome = new Promise((resolve) => {
      socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code));
      socket.on('secureConnect', () => resolve('connected'));
    });
    expect(await outcome).toBe('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION');
    socket.destroy();
  });

  it('dates its replies by the clock it was given', async () => {
    const url = await serve({ status: 200 }, { now: () => Date.UTC(2031, 4, 5, 6, 7, 8) });
    expect((await send(url, { caPem })).headers).toHaveProperty('date', 'Mon, 05 May 2031 06:07:08 GMT');
  });

  it('refuses a body over the limit unseen', async () => {
    const url = await serve({ status: 200 }, { maxBodyBytes: 10 });
    expect((await send(url, { method: 'PUT', body: '0123456789', caPem })).status).toBe(200);
    expect((await send(url, { method: 'PUT', body: '0123456789a', caPem })).status).toBe(413);
    expect(seen).toHaveLength(1);
  });
});

describe('the connection', () => {
  it('is cut without a reply', async () => {
    const url = await serve({ status: 200, body: 'lost', connection: 'cut' });
    await expect(send(url, { caPem })).rejects.toThrow(/socket hang up|ECONNRESET/);
    expect(seen).toHaveLength(1);
  });

  it('is cut in the middle of the body', async () => {
    const url = await serve({ status: 200, body: 'x'.repeat(1000), connection: 'halve' });
    await expect(send(url, { caPem })).rejects.toThrow(/aborted/);
  });

  it('is held without a reply until the listener closes', async () => {
    const url = await serve({ status: 200, connection: 'hold' });
    const outcome = send(url, { caPem }).then(
      () => 'a reply',
      () => 'cut',
    );
    await expect.poll(() => seen.length).toBe(1);
    await listener?.close();
    listener = undefined;
    expect(await outcome).toBe('cut');
  });
});
