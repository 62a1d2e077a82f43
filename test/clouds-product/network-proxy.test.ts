import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createSecureServer, request } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { connectionFailure } from '../../main/clouds/failures.ts';
import { openNetwork } from '../../main/clouds/network.ts';
import type { TestStep } from '../../main/clouds/ports.ts';
import { connectionTrials, runTrials } from '../../main/clouds/steps.ts';
import { Failure } from '../../main/domain/failure.ts';
import { createAuthority } from '../clouds/kernel/certificates.ts';
import { patience } from '../conformance/outcome.ts';
import { type HostileCloud, listed, noProxy, openHostileCloud, patientDeps, sourceOf } from './hostile.ts';

/** What a proxy does when asked for a tunnel. */
type Manner = 'tunnel' | 'hang' | 'cut' | number;

interface TinyProxy {
  readonly url: string;
  /** What it was asked for, `host:port` each. */
  readonly asked: string[];
  manner: Manner;
  /** What went through its tunnels from the inside, as it saw it. */
  seen(): string;
  close(): Promise<void>;
}

/** A proxy that knows CONNECT and nothing else. @param tls makes it one that is spoken to with https */
async function openTinyProxy(tls?: { key: string; cert: string }): Promise<TinyProxy> {
  const asked: string[] = [];
  const seen: Buffer[] = [];
  const sockets = new Set<Duplex>();
  const server: Server = tls ? createSecureServer(tls) : createServer();
  const proxy: TinyProxy = {
    url: '',
    asked,
    manner: 'tunnel',
    seen: () => Buffer.concat(seen).toString('latin1'),
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
  server.on('connect', (message: IncomingMessage, inside: Socket) => {
    const target = message.url ?? '';
    asked.push(target);
    sockets.add(inside);
    inside.on('error', () => inside.destroy());
    if (proxy.manner === 'hang') return;
    if (proxy.manner === 'cut') return void inside.destroy();
    if (proxy.manner !== 'tunnel')
      return void inside.end(`HTTP/1.1 ${proxy.manner} No\r\nproxy-authenticate: Basic realm="canary"\r\n\r\ncanary`);
    // Every name leads to this machine: names are the proxy's to resolve.
    const outside = connect(Number(target.split(':').pop()), '127.0.0.1', () => {
      inside.write('HTTP/1.1 200 Connection established\r\n\r\n');
      inside.on('data', (data: Buffer) => seen.push(data));
      inside.pipe(outside).pipe(inside);
    });
    sockets.add(outside);
    outside.on('error', () => inside.destroy());
    inside.on('close', () => outside.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(proxy, { url: `${tls ? 'https' : 'http'}://localhost:${port}` });
}

describe('the proxy of Settings > Network', () => {
  let cloud: HostileCloud;
  let proxy: TinyProxy;
  const opened: { close(): unknown }[] = [];
  beforeAll(async () => {
    cloud = await openHostileCloud(({ url }, { url: own }) =>
      url.pathname === '/secrets' ? json(own) : plain(url.pathname),
    );
    proxy = await openTinyProxy();
  });
  afterEach(async () => {
    proxy.manner = 'tunnel';
    proxy.asked.length = 0;
    for (const thing of opened.splice(0)) await thing.close();
  });
  afterAll(async () => {
    await proxy.close();
    await cloud.close();
  });

  const plain = (path: string) =>
    /^\/[a-z-]*$/.test(path) && path !== '/subscriptions' ? { status: 200, body: path } : undefined;
  const json = (own: string) => ({
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ value: [listed(own, 'a')] }),
  });
  const hostOf = (url: string) => new URL(url).host;
  const settings = (change: Partial<typeof noProxy> = {}) => ({ ...noProxy, proxy: proxy.url, ...change });

  function open(change: Partial<typeof noProxy> = {}, options: Partial<Parameters<typeof openNetwork>[0]> = {}) {
    const network = openNetwork({
      network: settings(change),
      caBundle: cloud.caPem,
      allowLoopback: true,
      ...options,
    });
    opened.push(network);
    return network;
  }

  /** The body of a GET; an error comes as it is. */
  function get(network: ReturnType<typeof open>, url: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const sent = request(url, { agent: network.agent }, (response) => {
        let body = '';
        response.on('data', (part) => {
          body += part;
        });
        response.once('end', () => resolve(body));
        response.once('error', reject);
      });
      sent.once('error', reject);
      sent.end();
    });
  }
  /** How a GET fails, as a person is told. */
  const failureOf = async (network: ReturnType<typeof open>, url = cloud.url) => {
    const error: unknown = await get(network, url).then(
      () => 'it worked',
      (thrown: unknown) => thrown,
    );
    return connectionFailure(error, hostOf(url))?.detail ?? error;
  };

  test('carries every connection, encrypted from end to end', async () => {
    const network = open();
    expect(await get(network, `${cloud.url}/canary-path`)).toBe('/canary-path');
    expect(await get(network, `${cloud.url}/again`)).toBe('/again');
    expect(new Set(proxy.asked)).toEqual(new Set([hostOf(cloud.url)]));
    expect(proxy.seen().length).toBeGreaterThan(0);
    expect(proxy.seen()).not.toContain('canary-path');
  });

  test('is used by a whole connection, sign-in and all, and by its test', async () => {
    const source = await sourceOf(cloud, {}, { ...patientDeps, network: settings() });
    opened.push(source);
    const { items } = await source.listPage('kv-hostile', 'secret', undefined, patience());
    expect(items).toHaveLength(1);
    expect(new Set(proxy.asked)).toEqual(new Set([hostOf(cloud.url)]));
  });

  test('changes nothing about who is trusted', async () => {
    expect(await failureOf(open({}, { caBundle: undefined }))).toMatchObject({ code: 'tls-untrusted' });
    const byAddress = cloud.url.replace('localhost', '127.0.0.1');
    expect(await get(open(), byAddress)).toBe('/');
    const wrongName = cloud.url.replace('localhost', 'vault.azure.example');
    expect(await failureOf(open(), wrongName)).toMatchObject({ code: 'tls-wrong-name' });
  });

  test('may itself be spoken to with https, and is then trusted by the same rules', async () => {
    const authority = await createAuthority();
    const secure = await openTinyProxy(await authority.issueForLoopback());
    opened.push(secure);
    const untrusted = open({ proxy: secure.url });
    expect(await failureOf(untrusted)).toMatchObject({ kind: 'invalid', code: 'proxy-untrusted' });
    expect(secure.asked).toEqual([]);
    expect(await get(open({ proxy: secure.url, caBundle: authority.certPem }), `${cloud.url}/x`)).toBe('/x');
    expect(secure.asked).toEqual([hostOf(cloud.url)]);
  });

  test.each<[string, boolean]>([
    ['', true],
    ['localhost', false],
    ['LOCALHOST', false],
    [' other.example.com , localhost,', false],
    ['*', false],
    ['host', true],
    ['.localhost', true],
    ['127.0.0.1', true],
    ['calhost', true],
  ])('reached without the proxy: "%s"', async (rules, proxied) => {
    expect(await get(open({ noProxy: rules }), `${cloud.url}/x`)).toBe('/x');
    expect(proxy.asked).toHaveLength(proxied ? 1 : 0);
  });

  test('a rule for a domain is one for all names below it', () => {
    const network = open({ noProxy: '.corp.example, exact.example, ::1' });
    const direct = ['vault.corp.example', 'a.b.corp.example', 'exact.example', '::1'];
    const proxied = ['corp.example', 'evilcorp.example', 'a.exact.example', 'corp.example.evil'];
    expect(direct.filter((host) => network.proxyFor(host) !== undefined)).toEqual([]);
    expect(proxied.map((host) => network.proxyFor(host))).toEqual(proxied.map(() => 'localhost'));
  });

  test('is not asked for what is never a cloud', async () => {
    const metadata = ['https://169.254.169.254/', 'https://[fe80::1]/', 'https://[::ffff:169.254.169.254]/'];
    for (const url of metadata) expect(await failureOf(open(), url)).toMatchObject({ code: 'endpoint-refused' });
    for (const url of [cloud.url, cloud.url.replace('localhost', '127.0.0.1')])
      expect(await failureOf(open({}, { allowLoopback: false }), url)).toMatchObject({ code: 'endpoint-refused' });
    expect(proxy.asked).toEqual([]);
    for (const url of metadata)
      expect(await failureOf(open({ noProxy: '*' }), url)).toMatchObject({ code: 'endpoint-refused' });
  });

  test.each<[Manner, string, string]>([
    [407, 'invalid', 'proxy-password'],
    [403, 'invalid', 'proxy-refused'],
    [502, 'network', 'proxy-failed'],
    ['cut', 'network', 'proxy-unreachable'],
  ])('one that answers %s is told as the proxy, not as the cloud', async (manner, kind, code) => {
    proxy.manner = manner;
    const failure = await failureOf(open());
    expect(failure).toMatchObject({ kind, code, fix: expect.stringContaining('Settings > Network') });
    expect(JSON.stringify(failure)).not.toContain('canary');
    const source = await sourceOf(cloud, {}, { ...patientDeps, network: settings() });
    opened.push(source);
    const listing = source.listPage('kv-hostile', 'secret', undefined, patience());
    const caught: unknown = await listing.catch((error: unknown) => error);
    expect(caught).toBeInstanceOf(Failure);
    expect(caught).toMatchObject({ detail: { kind, code } });
  });

  test('one that is not there is unreachable, and so is one that cannot be resolved', async () => {
    const gone = await openTinyProxy();
    await gone.close();
    for (const address of [gone.url, 'http://proxy.invalid:8080'])
      expect(await failureOf(open({ proxy: address }))).toMatchObject({ kind: 'network', code: 'proxy-unreachable' });
  });

  test('one that never answers holds no socket once the connection is closed', async () => {
    proxy.manner = 'hang';
    const network = open();
    const failing = failureOf(network);
    await vi.waitFor(() => expect(proxy.asked).toHaveLength(1));
    network.close();
    expect(await failing).toMatchObject({ code: 'proxy-unreachable' });
  });

  test.each([
    'x',
    'proxy:8080',
    'ftp://proxy:1',
    'http://user:canary@proxy:1',
    'http://proxy:1/path',
    'http://169.254.169.254',
    'http://[fe80::1]:80',
  ])('the address %s is refused', (address) => {
    const opening = () => openNetwork({ network: { ...noProxy, proxy: address }, allowLoopback: true });
    expect(opening).toThrow(Failure);
    expect(opening).toThrow(/proxy/i);
    expect(opening).not.toThrow(/canary/);
  });

  test.each(['https://host', 'host:443', 'a b', '*.example.com', 'a!'])('the rule %s is refused', (rule) => {
    expect(() => open({ noProxy: rule })).toThrow(Failure);
  });

  test('the steps of a connection test go through it, and its name is the one looked up', async () => {
    const steps = async (change: Partial<typeof noProxy> = {}) => {
      const found: TestStep[] = [];
      const options = { signal: patience(), timeoutMs: 10_000 };
      const trials = connectionTrials([new URL(cloud.url)], open(change), options);
      for await (const step of runTrials(trials, patience())) found.push(step);
      return found;
    };
    const passed = await steps();
    expect(passed.map(({ outcome }) => outcome)).toEqual(['passed', 'passed']);
    expect(passed[0]?.sentence).toContain('proxy localhost');
    expect(proxy.asked).toEqual([hostOf(cloud.url)]);
    proxy.manner = 407;
    expect((await steps())[1]).toMatchObject({ outcome: 'failed', fix: expect.stringContaining('Settings > Network') });
    expect((await steps({ proxy: 'http://proxy.invalid:1' }))[0]).toMatchObject({ id: 'dns', outcome: 'failed' });
  });
});
