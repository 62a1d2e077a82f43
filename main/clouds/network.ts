import { X509Certificate } from 'node:crypto';
import { lookup } from 'node:dns';
import type { ClientRequestArgs } from 'node:http';
import { Agent } from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect, createSecureContext, rootCertificates, type TLSSocket } from 'node:tls';
import { Failure, invalid } from '../domain/failure.ts';
import type { NetworkSettings } from './call.ts';
import { openProxy } from './proxy.ts';

/** How one connection reaches its cloud: its trust, its sockets, and the addresses it will not talk to. */
export interface Network {
  /** Makes every connection as Settings > Network says: directly, or through the proxy. */
  readonly agent: Agent;
  /** Connects outside the agent, in the same way, agrees on TLS and hangs up: a part of the connection test. */
  handshake(url: URL, signal: AbortSignal): Promise<void>;
  /** The proxy that a host is reached through, which then resolves its name; undefined for none. */
  proxyFor(host: string): string | undefined;
  close(): void;
}

interface NetworkOptions {
  /** PEM certificates to trust besides the runtime's own roots and those of `network`. */
  readonly caBundle?: string | undefined;
  readonly network: NetworkSettings;
  /** The explicit developer switch that lets addresses of this machine through. */
  readonly allowLoopback: boolean;
}

/**
 * Opens the sockets of one connection. TLS 1.2 or newer from here to the cloud, through a proxy too; verified always,
 * whatever the environment says.
 * @throws Failure `invalid` if a bundle holds anything but certificates, or the proxy is not one
 */
export function openNetwork({ caBundle = '', network, allowLoopback }: NetworkOptions): Network {
  const extra = [
    ...certificatesIn(network.caBundle, 'CA bundle in Settings > Network'),
    ...certificatesIn(caBundle, "connection's CA bundle"),
  ];
  // One context for all sockets: parsing the roots once per connection, not once per handshake.
  const secureContext = createSecureContext({
    minVersion: 'TLSv1.2',
    ...(extra.length > 0 ? { ca: [...rootCertificates, ...extra] } : {}),
  });
  const proxy = openProxy(network, { secureContext, lookup: guardedLookup(true) }, (address) =>
    isRefused(address, true),
  );
  const throughProxy = (host: string) => (proxy?.serves(host) ? proxy : undefined);
  const trust = { secureContext, rejectUnauthorized: true, lookup: guardedLookup(allowLoopback) };
  const agent = new Agent({ keepAlive: true, ...trust });
  const connectDirectly = agent.createConnection.bind(agent);

  /** Node's documented way for a socket that comes later: nothing is returned, and the callback gets it. */
  function createConnection(
    options: ClientRequestArgs,
    callback?: (error: Error | null, socket?: Duplex) => void,
  ): Duplex | undefined {
    const host = options.host ?? '';
    if (isRefusedHost(host, allowLoopback)) {
      callback?.(refusedEndpoint(host));
      return undefined;
    }
    const proxying = throughProxy(host);
    if (!proxying) return connectDirectly(options, callback);
    proxying.tunnel(host, Number(options.port)).then(
      (socket) => callback?.(null, connectDirectly({ ...options, socket } as ClientRequestArgs)),
      (error) => callback?.(error),
    );
    return undefined;
  }

  return {
    agent: Object.assign(agent, { createConnection }),
    async handshake(url, signal) {
      const host = hostOf(url);
      const port = Number(url.port || 443);
      if (isRefusedHost(host, allowLoopback)) throw refusedEndpoint(host);
      const tunnel = await throughProxy(host)?.tunnel(host, port);
      // Server name indication is for names only (RFC 6066, 3).
      const name = isIP(host) === 0 ? { servername: host } : {};
      await secured(connect({ ...trust, ...name, host, port, ...(tunnel ? { socket: tunnel } : {}) }), host, signal);
    },
    proxyFor: (host) => throughProxy(host)?.host,
    close() {
      proxy?.close();
      agent.destroy();
    },
  };
}

/** Waits until a socket is secure, and ends it. */
function secured(socket: TLSSocket, host: string, signal: AbortSignal): Promise<void> {
  const end = () => socket.destroy();
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  return new Promise((resolve, reject) => {
    socket.once('secureConnect', () => {
      resolve();
      socket.destroy();
    });
    socket.once('error', reject);
    socket.once('close', () => {
      signal.removeEventListener('abort', end);
      reject(closedEarly(host));
    });
  });
}

function closedEarly(host: string): Failure {
  return new Failure({
    kind: 'network',
    code: 'connection-lost',
    sentence: `The server ${host} closed the connection before it was secure.`,
    fix: 'Check the address and port, and whether a proxy in between answers in its place.',
  });
}

/**
 * An address a person gave, as its URL. https only, an origin and nothing else; addresses of this machine's link, cloud
 * metadata services and the like are refused here when written literally, and when a name turns out to mean them at
 * connect time (`guardedLookup`).
 * @param what how the setting is called, e.g. `sign-in authority`
 * @throws Failure `invalid`
 */
export function endpointOf(text: string, what: string, allowLoopback: boolean): URL {
  const fix = `Write the ${what} as https:// followed by the host name, for example https://host.example.com.`;
  if (!URL.canParse(text)) throw invalid('endpoint-invalid', `The ${what} is not a web address.`, fix);
  const url = new URL(text);
  if (url.protocol !== 'https:')
    throw invalid('endpoint-not-https', `The ${what} does not use https, so nothing would be encrypted.`, fix);
  if (url.username || url.password || url.search || url.hash || (url.pathname !== '/' && url.pathname !== ''))
    throw invalid('endpoint-invalid', `The ${what} holds more than a host name and a port.`, fix);
  const host = hostOf(url);
  if (isRefusedHost(host, allowLoopback)) {
    throw invalid(
      'endpoint-refused',
      `The ${what} is an address inside this machine or its network link (${host}), which is never a cloud.`,
      'Use the host name of the service.',
    );
  }
  return url;
}

/** A URL's host without port, and an IPv6 address without its brackets: as sockets and DNS take it. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}

/** Set as `code` on the error of a connection to a name that resolved to a refused address. */
export const endpointRefusedCode = 'ENDPOINT_REFUSED';

const loopback = addresses([
  ['127.0.0.0', 8],
  ['::1', 128],
]);

/** Never a cloud: unspecified, link-local and metadata, multicast, reserved (RFC 6890, and each cloud's metadata address). */
const neverCloud = addresses([
  ['0.0.0.0', 8],
  ['169.254.0.0', 16],
  ['168.63.129.16', 32],
  ['100.100.100.200', 32],
  ['192.0.0.192', 32],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['::', 128],
  ['fe80::', 10],
  ['ff00::', 8],
  ['fd00:ec2::254', 128],
  ['fd20:ce::254', 128],
  // The same IPv4 ranges behind the NAT64 prefix of RFC 6052.
  ['64:ff9b::a9fe:0', 112],
  ['64:ff9b::7f00:0', 104],
  ['64:ff9b::', 104],
]);

function addresses(subnets: [string, number][]): BlockList {
  const list = new BlockList();
  for (const [net, prefix] of subnets) list.addSubnet(net, prefix, net.includes(':') ? 'ipv6' : 'ipv4');
  return list;
}

/** As `isRefused`, and the names that mean this machine wherever they are resolved (RFC 6761, 6.3). */
function isRefusedHost(host: string, allowLoopback: boolean): boolean {
  const local = host === 'localhost' || host.endsWith('.localhost');
  return isRefused(host, allowLoopback) || (local && !allowLoopback);
}

/** Whether an IP address may not be connected to. A name is not an address: see `guardedLookup`. */
function isRefused(address: string, allowLoopback: boolean): boolean {
  const version = isIP(address);
  if (version === 0) return false;
  const family = version === 4 ? 'ipv4' : 'ipv6';
  return neverCloud.check(address, family) || (!allowLoopback && loopback.check(address, family));
}

/** Resolves names as the system does, and refuses a name if any of its addresses is refused. Sockets use this very answer. */
function guardedLookup(allowLoopback: boolean): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error) return callback(error, []);
      if (found.some(({ address }) => isRefused(address, allowLoopback))) {
        return callback(refusedEndpoint(hostname), []);
      }
      const [first] = found;
      if (options.all || !first) return callback(null, found);
      return callback(null, first.address, first.family);
    });
  };
}

function refusedEndpoint(host: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${host} is an address that is never a cloud`), { code: endpointRefusedCode });
}

function certificatesIn(bundle: string, what: string): string[] {
  if (bundle.trim() === '') return [];
  const blocks = bundle.match(/-----BEGIN [A-Z0-9 ]+-----[\s\S]*?-----END [A-Z0-9 ]+-----/g) ?? [];
  const valid = blocks.length > 0 && blocks.every((block) => isCertificate(block));
  if (valid) return blocks;
  throw new Failure({
    kind: 'invalid',
    code: 'ca-bundle-invalid',
    sentence: `The ${what} holds something other than readable PEM certificates.`,
    fix: 'Paste the certificates of your authority only, each from BEGIN CERTIFICATE to END CERTIFICATE, and no private key.',
  });
}

function isCertificate(block: string): boolean {
  if (!block.startsWith('-----BEGIN CERTIFICATE-----')) return false;
  try {
    new X509Certificate(block);
    return true;
  } catch {
    // Not readable as a certificate: that is the answer, whatever the parser said.
    return false;
  }
}
