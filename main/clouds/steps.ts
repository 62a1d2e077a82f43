import { lookup } from 'node:dns';
import { isIP } from 'node:net';
import { connect } from 'node:tls';
import { cancelled, Failure, toFailure } from '../domain/failure.ts';
import { callCloud } from './call.ts';
import { connectionFailure } from './failures.ts';
import { hostOf, type Network } from './network.ts';
import type { TestStep } from './ports.ts';

/** One step of a connection test: says how it went, or throws a Failure. */
interface Trial {
  readonly id: TestStep['id'];
  readonly title: string;
  run(): Promise<Pick<TestStep, 'sentence'> & Partial<Pick<TestStep, 'outcome' | 'fix'>>>;
}

/**
 * Runs trials in order and tells each one's outcome. After a failed one the rest is skipped: what they would say follows
 * from it.
 * @throws Failure `cancelled` if the person gave up
 */
export async function* runTrials(trials: readonly Trial[], signal: AbortSignal): AsyncIterable<TestStep> {
  let failed = false;
  for (const { id, title, run } of trials) {
    if (failed) {
      yield { id, title, outcome: 'skipped', sentence: 'Not tried, because an earlier step failed.', fix: '' };
      continue;
    }
    try {
      yield { id, title, outcome: 'passed', fix: '', ...(await run()) };
    } catch (error) {
      if (signal.aborted) throw cancelled();
      const { sentence, fix } = toFailure(error).detail;
      failed = true;
      yield { id, title, outcome: 'failed', sentence, fix };
    }
  }
}

/** The two trials below any sign-in: every host's name resolves, and each one's certificate is trusted. */
export function connectionTrials(
  urls: readonly URL[],
  network: Network,
  options: { readonly signal: AbortSignal; readonly timeoutMs: number },
): Trial[] {
  const hosts = [...new Set(urls.map(hostOf))];
  const named = hosts.join(' and ');
  const reach = (host: string, work: (signal: AbortSignal) => Promise<void>) =>
    callCloud(work, { ...options, host, classify: (error) => connectionFailure(error, host) ?? toFailure(error) });
  return [
    {
      id: 'dns',
      title: 'Find the service',
      async run() {
        for (const host of hosts) await reach(host, () => resolves(host));
        return { sentence: `The name of ${named} resolves.` };
      },
    },
    {
      id: 'tls',
      title: 'Connect securely',
      async run() {
        for (const url of urls) await reach(url.host, (signal) => handshake(url, network, signal));
        return { sentence: `The certificate of ${named} is trusted.` };
      },
    },
  ];
}

function resolves(host: string): Promise<void> {
  if (isIP(host) !== 0) return Promise.resolve();
  return new Promise((resolve, reject) => {
    lookup(host, (error) => (error ? reject(error) : resolve()));
  });
}

function handshake(url: URL, network: Network, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const host = hostOf(url);
    const socket = connect({
      ...network.tls,
      host,
      port: Number(url.port || 443),
      rejectUnauthorized: true,
      // Server name indication is for names only (RFC 6066, 3).
      ...(isIP(host) === 0 ? { servername: host } : {}),
    });
    const end = () => socket.destroy();
    signal.addEventListener('abort', end, { once: true });
    socket.once('secureConnect', () => {
      resolve();
      socket.destroy();
    });
    socket.once('error', reject);
    socket.once('close', () => {
      signal.removeEventListener('abort', end);
      reject(new Failure(closedEarly(host)));
    });
  });
}

function closedEarly(host: string) {
  return {
    kind: 'network',
    code: 'connection-lost',
    sentence: `The server ${host} closed the connection before it was secure.`,
    fix: 'Check the address and port, and whether a proxy in between answers in its place.',
  } as const;
}
