import { request } from 'node:https';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { endpointOf, openNetwork } from '../../main/clouds/network.ts';
import { Failure } from '../../main/domain/failure.ts';
import { createAuthority, createSelfSigned } from '../clouds/kernel/certificates.ts';
import { type HostileCloud, noProxy, openHostileCloud } from './hostile.ts';

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof Failure) return error.detail.code;
    throw error;
  }
  return 'accepted';
}

describe('endpoints a person types', () => {
  const check = (text: string, allowLoopback = false) => codeOf(() => endpointOf(text, 'address', allowLoopback));

  test.each(['https://login.example.com', 'https://10.1.2.3:8443', 'https://[2001:db8::1]/', 'HTTPS://Host.example'])(
    '%s is accepted',
    (text) => expect(check(text)).toBe('accepted'),
  );

  test.each([
    ['', 'endpoint-invalid'],
    ['login.example.com', 'endpoint-invalid'],
    ['http://login.example.com', 'endpoint-not-https'],
    ['ftp://login.example.com', 'endpoint-not-https'],
    ['https://user:pass@login.example.com', 'endpoint-invalid'],
    ['https://user@login.example.com', 'endpoint-invalid'],
    ['https://:pass@login.example.com', 'endpoint-invalid'],
    ['https://login.example.com/path', 'endpoint-invalid'],
    ['https://login.example.com?x=1', 'endpoint-invalid'],
    ['https://login.example.com#x', 'endpoint-invalid'],
  ])('%s is refused', (text, code) => expect(check(text)).toBe(code));

  test.each([
    'https://169.254.169.254',
    'https://169.254.170.2',
    'https://0xa9fea9fe',
    'https://2852039166',
    'https://0251.0376.0251.0376',
    'https://[::ffff:169.254.169.254]',
    'https://[::ffff:a9fe:a9fe]',
    'https://[64:ff9b::a9fe:a9fe]',
    'https://[fe80::1]',
    'https://[fd00:ec2::254]',
    'https://168.63.129.16',
    'https://100.100.100.200',
    'https://0.0.0.0',
    'https://[::]',
    'https://224.0.0.1',
    'https://[ff02::1]',
    'https://255.255.255.255',
  ])('%s is never a cloud, not even for developers', (text) => {
    expect(check(text)).toBe('endpoint-refused');
    expect(check(text, true)).toBe('endpoint-refused');
  });

  test.each([
    'https://127.0.0.1',
    'https://127.8.9.1:8443',
    'https://[::1]',
    'https://localhost',
    'https://a.localhost',
  ])('%s is for developers only', (text) => {
    expect(check(text)).toBe('endpoint-refused');
    expect(check(text, true)).toBe('accepted');
  });
});

describe('the sockets of a connection', () => {
  let cloud: HostileCloud;
  beforeAll(async () => {
    cloud = await openHostileCloud(() => ({ status: 200, body: 'ok' }));
  });
  afterAll(() => cloud.close());

  /** The status of a GET, or the code of the error it ended in. */
  function get(url: string, options: Partial<Parameters<typeof openNetwork>[0]>): Promise<number | string | undefined> {
    const network = openNetwork({ network: noProxy, allowLoopback: true, ...options });
    return new Promise<number | string | undefined>((resolve) => {
      const sent = request(url, { agent: network.agent }, (response) => {
        response.resume().once('end', () => resolve(response.statusCode));
      });
      sent.once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
      sent.end();
    }).finally(() => network.close());
  }

  test('trust the authority of the bundle, and nobody unknown', async () => {
    expect(await get(cloud.url, { caBundle: cloud.caPem, allowLoopback: true })).toBe(200);
    expect(await get(cloud.url, { allowLoopback: true })).toMatch(/SELF_SIGNED|UNABLE_TO/);
    const stranger = await createAuthority();
    expect(await get(cloud.url, { caBundle: stranger.certPem, allowLoopback: true })).toMatch(/SELF_SIGNED|UNABLE_TO/);
    const both = `${stranger.certPem}\n\n${cloud.caPem}`;
    expect(await get(cloud.url, { caBundle: both, allowLoopback: true })).toBe(200);
    const shared = { ...noProxy, caBundle: cloud.caPem };
    expect(await get(cloud.url, { network: shared })).toBe(200);
    expect(await get(cloud.url, { network: shared, caBundle: stranger.certPem })).toBe(200);
  });

  test('verify certificates whatever the environment says', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    try {
      expect(await get(cloud.url, { allowLoopback: true })).toMatch(/SELF_SIGNED|UNABLE_TO/);
    } finally {
      vi.unstubAllEnvs();
    }
  });

  test('refuse a name that turns out to mean this machine', async () => {
    const before = cloud.asked.length;
    expect(await get(cloud.url, { caBundle: cloud.caPem, allowLoopback: false })).toBe('ENDPOINT_REFUSED');
    expect(cloud.asked).toHaveLength(before);
  });

  test('speak TLS 1.2 or newer', async () => {
    const authority = await createAuthority();
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    const server = createServer({ ...(await authority.issueForLoopback()), ...old }, (socket) => {
      socket.on('error', () => socket.destroy());
      socket.end('HTTP/1.1 204 No Content\r\n\r\n');
    });
    server.on('tlsClientError', (_, socket) => socket.destroy());
    const port = await new Promise<number>((resolve, reject) => {
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        if (address !== null && typeof address === 'object') resolve(address.port);
        else reject(new Error('no port'));
      });
    });
    try {
      // The server does speak: a client that stoops to it is served.
      const version = await new Promise<string | null>((resolve, reject) => {
        const socket: TLSSocket = connect({ port, host: '127.0.0.1', ca: authority.certPem, ...old }, () => {
          resolve(socket.getProtocol());
          socket.destroy();
        });
        socket.once('error', reject);
      });
      expect(version).toBe('TLSv1.1');
      const code = await get(`https://localhost:${port}`, { caBundle: authority.certPem, allowLoopback: true });
      expect(code).toMatch(/^(ERR_SSL|EPROTO|ECONNRESET)/);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  test('take nothing but certificates into the bundle', async () => {
    const { cert, key } = await createSelfSigned('someone', 1);
    const open = (caBundle: string) => {
      const shared = { ...noProxy, caBundle };
      const code = codeOf(() => openNetwork({ caBundle, network: noProxy, allowLoopback: false }).close());
      expect(codeOf(() => openNetwork({ network: shared, allowLoopback: false }).close())).toBe(code);
      return code;
    };
    expect(open(cert)).toBe('accepted');
    expect(open(`# comment\r\n${cert}\n${cloud.caPem}`)).toBe('accepted');
    expect(open('  \n')).toBe('accepted');
    const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----';
    for (const bundle of ['x', key, `${cert}\n${key}`, broken, `${cert}\n${broken}`])
      expect(open(bundle)).toBe('ca-bundle-invalid');
  });
});
