import type { Credential } from '../domain/connection.ts';
import { cancelled, cancelledUnsent, Failure } from '../domain/failure.ts';
import type { CallSignal } from './ports.ts';
import type { Lane, Traffic } from './traffic.ts';

/** How this computer reaches the internet, for every connection; see Settings > Network. */
export interface NetworkSettings {
  /** `http://host:port` of the proxy that all requests go through; '' for none. Holds no password. */
  readonly proxy: string;
  /** Hosts reached without the proxy: `host`, `.domain` or `*`, comma-separated. */
  readonly noProxy: string;
  /** PEM certificates of private authorities to trust besides the system's; '' for none. */
  readonly caBundle: string;
}

/** What every adapter needs from its surroundings. */
export interface CloudDeps {
  readonly network: NetworkSettings;
  /** Keeps a credential that has renewed itself, in place of the one it was opened with. */
  keepCredential(credential: Credential): void;
  /** The explicit developer switch: endpoints on this machine itself are let through. */
  readonly allowLoopback: boolean;
  /** Longest a single call to a cloud may take, in milliseconds. */
  readonly callTimeoutMs: number;
  /** Milliseconds since the epoch. */
  now(): number;
  /** A fresh UUID, for names that are tried because they do not exist. */
  randomId(): string;
  /** One for the whole app, so that all that is opened shares the clouds' quotas. */
  readonly traffic: Traffic;
}

interface CallOptions {
  readonly signal: CallSignal;
  /** From when it is sent: waiting for its turn does not count. */
  readonly timeoutMs: number;
  readonly host: string;
  /** In which turn it goes; at once if left out. */
  readonly lane?: Lane;
  classify(error: unknown): Failure;
}

/**
 * Makes one call to a cloud when it is its turn. It ends when it is answered, when the caller gives up, or when its time is over,
 * even where an SDK forgets the signal on the way.
 * @param classify turns this cloud's own errors into Failures
 * @throws Failure, and nothing else
 */
export async function callCloud<T>(work: (signal: AbortSignal) => Promise<T>, options: CallOptions): Promise<T> {
  const { signal, lane } = options;
  const stop = signal.stop ?? signal;
  if (signal.aborted || stop.aborted) throw cancelledUnsent();
  const send = () => sendOnce(work, options);
  return lane ? await lane.during(stop, send) : await send();
}

async function sendOnce<T>(work: (signal: AbortSignal) => Promise<T>, options: CallOptions): Promise<T> {
  const { signal } = options;
  // Not AbortSignal.any: in the Node of Electron 33 it never lets go of a long-lived signal's followers.
  const ended = new AbortController();
  const giveUp = () => ended.abort(cancelled());
  const timer = setTimeout(() => ended.abort(timedOut(options.host, options.timeoutMs)), options.timeoutMs);
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    return await new Promise<T>((resolve, reject) => {
      ended.signal.addEventListener('abort', () => reject(ended.signal.reason), { once: true });
      work(ended.signal).then(resolve, reject);
    });
  } catch (error) {
    throw error instanceof Failure ? error : options.classify(error);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', giveUp);
  }
}

/** Runs `work` for each item, at most `limit` at once; the first failure stops the rest from starting. */
export async function eachAtMost<T>(
  limit: number,
  items: Iterable<T>,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items[Symbol.iterator]();
  let failed = false;
  const worker = async () => {
    for (let next = queue.next(); !next.done && !failed; next = queue.next()) {
      try {
        await work(next.value);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: limit }, worker));
}

function timedOut(host: string, ms: number): Failure {
  return new Failure({
    kind: 'timeout',
    code: 'timeout',
    sentence: `The server ${host} did not answer within ${Math.round(ms / 1000)} seconds.`,
    fix: 'Check the network connection. The app tries again by itself; fewer syncs at once (Settings > Sync) may help.',
  });
}
