import { type ClientRequest, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIPv6, type LookupFunction, type Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import { invalid } from '../domain/failure.ts';
import type { NetworkSettings } from './call.ts';

/** The way out of a network that lets nobody out directly: one TCP stream through its proxy for each connection. */
interface ProxyServer {
  /** The proxy's own host. */
  readonly host: string;
  /** Whether a host is reached through the proxy. */
  serves(host: string): boolean;
  /**
   * Asks the proxy for a stream to a host (CONNECT, RFC 9110, 9.3.6); it carries nothing yet, so TLS goes on it next.
   * Fails with an error whose `code` is one of `proxyCodes`.
   */
  tunnel(host: string, port: number): Promise<Socket>;
  close(): void;
}

/** Set as `code` on the error of a connection that the proxy did not make. */
export const proxyCodes = {
  unreachable: 'PROXY_UNREACHABLE',
  untrusted: 'PROXY_UNTRUSTED',
  wantsPassword: 'PROXY_WANTS_PASSWORD',
  refused: 'PROXY_REFUSED',
  failed: 'PROXY_FAILED',
} as const;

/** Longest a proxy may take to answer, in milliseconds; it has to reach the other host first. */
const patienceMs = 30_000;

/**
 * @param settings what Settings > Network says; nothing of the environment counts
 * @param tls what a proxy that is spoken to with https is trusted by
 * @param isRefused the addresses that a proxy may not have; one on this machine may be a helper such as cntlm
 * @returns undefined if no proxy is set
 * @throws Failure `invalid`
 */
export function openProxy(
  settings: NetworkSettings,
  tls: { readonly secureContext: SecureContext; readonly lookup: LookupFunction },
  isRefused: (address: string) => boolean,
): ProxyServer | undefined {
  if (settings.proxy.trim() === '') return undefined;
  const address = addressOf(settings.proxy.trim());
  const host = address.hostname.replace(/^\[|\]$/g, '');
  if (isRefused(host))
    throw invalid(
      'proxy-invalid',
      `The address of the proxy (${host}) is one of this machine's network link, where no proxy is.`,
      settingsFix,
    );
  const direct = rulesOf(settings.noProxy);
  const secure = address.protocol === 'https:';
  const waiting = new Set<ClientRequest>();

  return {
    host,
    serves: (name) => !direct.some((rule) => rule(name.toLowerCase())),
    tunnel: (name, port) =>
      new Promise((resolve, reject) => {
        const target = `${isIPv6(name) ? `[${name}]` : name}:${port}`;
        const asked = (secure ? httpsRequest : httpRequest)({
          host,
          port: Number(address.port || (secure ? 443 : 80)),
          method: 'CONNECT',
          path: target,
          headers: { host: target },
          agent: false,
          timeout: patienceMs,
          ...tls,
          rejectUnauthorized: true,
        });
        waiting.add(asked);
        const refuse = (code: string, cause?: unknown) => {
          asked.destroy();
          reject(Object.assign(new Error(code, { cause }), { code }));
        };
        asked.once('connect', (response, socket: Socket, head) => {
          if (head.length > 0) socket.unshift(head);
          const { statusCode = 0 } = response;
          if (statusCode >= 200 && statusCode < 300) return resolve(socket.setTimeout(0));
          socket.destroy();
          if (statusCode === 407) return refuse(proxyCodes.wantsPassword);
          return refuse(statusCode >= 500 ? proxyCodes.failed : proxyCodes.refused);
        });
        asked.once('timeout', () => refuse(proxyCodes.unreachable));
        asked.on('error', (error) =>
          refuse(secure && isTlsError(error) ? proxyCodes.untrusted : proxyCodes.unreachable, error),
        );
        asked.once('close', () => waiting.delete(asked));
        asked.end();
      }),
    close() {
      for (const asked of waiting) asked.destroy();
    },
  };
}

const settingsFix = 'Write the proxy as http://host:port in Settings > Network, without a user name or password.';

function addressOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const plain = url && !url.username && !url.password && !url.search && !url.hash && url.pathname === '/';
  if (plain && (url.protocol === 'http:' || url.protocol === 'https:')) return url;
  throw invalid('proxy-invalid', 'The proxy in Settings > Network is not written as a host and a port.', settingsFix);
}

/** `host` is that host alone, `.domain` every name below it, `*` everything. */
function rulesOf(text: string): ((host: string) => boolean)[] {
  const rules = text
    .toLowerCase()
    .split(',')
    .map((rule) => rule.trim());
  return rules
    .filter((rule) => rule !== '')
    .map((rule) => {
      if (rule === '*') return () => true;
      if (!/^\.?[a-z0-9_-]+(\.[a-z0-9_-]+)*$|^[0-9a-f:]*:[0-9a-f:.]*$/.test(rule))
        throw invalid(
          'proxy-exception-invalid',
          `The entry ${rule.slice(0, 80)} of "Reached without the proxy" is not a host.`,
          'In Settings > Network, write hosts as host.example.com or .example.com, with commas between them.',
        );
      return rule.startsWith('.') ? (host) => host.endsWith(rule) : (host) => host === rule;
    });
}

/** Of a handshake that failed, as OpenSSL's and Node's codes have it; anything else never came so far. */
function isTlsError(error: NodeJS.ErrnoException): boolean {
  return /CERT|ISSUER|SIGNATURE|^INVALID_CA$|^ERR_(SSL|TLS)|^EPROTO$/.test(error.code ?? '');
}
