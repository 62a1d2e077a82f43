import { lookup } from 'node:dns';
import { isIP } from 'node:net';
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

/**
 * Passed, or a warning if the credential may not do it: sync works without.
 * @param without what is missing then
 * @param code the cloud's own word for a missing right, where other things are `denied` too
 */
export async function unlessDenied(trial: Promise<unknown>, sentence: string, without: string, code?: string) {
  try {
    await trial;
    return { sentence };
  } catch (error) {
    if (!(error instanceof Failure) || error.kind !== 'denied') throw error;
    const { detail } = error;
    if (code !== undefined && detail.code !== code) throw error;
    return { outcome: 'warning', sentence: `${detail.sentence} ${without}`, fix: detail.fix } as const;
  }
}

/** Tries a right on a target that does not exist: to be told so is to have it. */
export async function allowed(trial: Promise<unknown>): Promise<void> {
  try {
    await trial;
  } catch (error) {
    if (!(error instanceof Failure) || error.detail.code !== 'target-missing') throw error;
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
        const proxies = new Set<string>();
        for (const host of hosts) {
          const proxy = network.proxyFor(host);
          if (proxy !== undefined) proxies.add(proxy);
          await reach(proxy ?? host, () => resolves(proxy ?? host));
        }
        const [proxy] = proxies;
        if (proxy === undefined) return { sentence: `The name of ${named} resolves.` };
        return { sentence: `The name of the proxy ${proxy} resolves; it finds what is reached through it.` };
      },
    },
    {
      id: 'tls',
      title: 'Connect securely',
      async run() {
        for (const url of urls) await reach(url.host, (signal) => network.handshake(url, signal));
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
