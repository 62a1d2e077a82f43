import { X509Certificate } from 'node:crypto';
import { lookup } from 'node:dns';
import { Agent } from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';
import { Failure, invalid } from '../domain/failure.ts';

/** How one connection reaches its cloud: its trust, its sockets, and the addresses it will not talk to. */
export interface Network {
  readonly agent: Agent;
  /** For a handshake outside the agent (the connection test): the same trust and the same address rules. */
  readonly tls: { readonly secureContext: SecureContext; readonly lookup: LookupFunction };
  close(): void;
}

/**
 * Opens the sockets of one connection. TLS 1.2 or newer, verified always, whatever the environment says.
 * @param options.caBundle PEM certificates to trust besides the runtime's own roots
 * @param options.allowLoopback the explicit developer switch that lets addresses of this machine through
 * @throws Failure `invalid` if the bundle holds anything but certificates
 */
export function openNetwork(options: { readonly caBundle?: string | undefined; allowLoopback: boolean }): Network {
  // One context for all sockets: parsing the roots once per connection, not once per handshake.
  const secureContext = createSecureContext({
    minVersion: 'TLSv1.2',
    ...(options.caBundle?.trim() ? { ca: [...rootCertificates, ...certificatesIn(options.caBundle)] } : {}),
  });
  const guarded = guardedLookup(options.allowLoopback);
  const agent = new Agent({ keepAlive: true, secureContext, rejectUnauthorized: true, lookup: guarded });
  return { agent, tls: { secureContext, lookup: guarded }, close: () => agent.destroy() };
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
  const local = host === 'localhost' || host.endsWith('.localhost');
  if (isRefused(host, allowLoopback) || (local && !allowLoopback)) {
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
        const refused = new Error(`${hostname} resolves to an address that is never a cloud`);
        return callback(Object.assign(refused, { code: endpointRefusedCode }), []);
      }
      const [first] = found;
      if (options.all || !first) return callback(null, found);
      return callback(null, first.address, first.family);
    });
  };
}

function certificatesIn(bundle: string): string[] {
  const blocks = bundle.match(/-----BEGIN [A-Z0-9 ]+-----[\s\S]*?-----END [A-Z0-9 ]+-----/g) ?? [];
  const valid = blocks.length > 0 && blocks.every((block) => isCertificate(block));
  if (valid) return blocks;
  throw new Failure({
    kind: 'invalid',
    code: 'ca-bundle-invalid',
    sentence: 'The CA bundle holds something other than readable PEM certificates.',
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
