import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { request as plain } from 'node:http';
import { request as secure } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { programPath, signalGroup } from '../runtime/process.mjs';
import type { Peer } from './peer.ts';

const startLimitMs = 90_000;
const stopLimitMs = 5000;

/** A server of somebody else's, started by us. */
export interface Server {
  readonly origin: string;
  /** Ends it and whatever it started. */
  stop(): Promise<void>;
}

/**
 * Starts a peer on a free loopback port, in an empty folder and an environment without credentials, and waits until it
 * answers.
 * @param programs the folder that its programs are in
 * @param fill what else stands in braces in its arguments and environment
 * @throws Error with its last words, when it ends or the time does before it answers
 */
export async function startServer(
  { name, start }: Peer,
  programs: string,
  fill: Readonly<Record<string, string>> = {},
): Promise<Server> {
  const port = await freePort();
  const fillings = Object.entries({ port, otherPort: await freePort(), ...fill });
  const folder = await mkdtemp(join(tmpdir(), 'ccs-peer-'));
  const filled = (text: string) =>
    fillings.reduce((told, [key, value]) => told.replaceAll(`{${key}}`, String(value)), text);
  const { PATH = '' } = process.env;
  const env = { PATH, HOME: folder, TMPDIR: folder, LANG: 'C.UTF-8' };
  for (const [key, value] of Object.entries(start.env ?? {})) Object.assign(env, { [key]: filled(value) });
  const program =
    start.program === 'java' ? ['java', '-jar', join(programs, 'peer.jar')] : [join(programs, start.program)];
  // On Linux the kernel ends it too, should we be killed before we can.
  const tie = programPath('setpriv') === undefined ? [] : ['setpriv', '--pdeathsig', 'TERM'];
  const [command = '', ...args] = [...tie, ...program, ...start.args.map(filled)];
  const child = spawn(command, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let words = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      words = (words + text).slice(-2000);
    });
  }
  const ended = new AbortController();
  child.on('error', (error) => {
    words += error.message;
    ended.abort();
  });
  child.on('exit', () => ended.abort());

  async function stop(): Promise<void> {
    if (child.pid !== undefined) {
      if (!ended.signal.aborted) signalGroup(child.pid, 'SIGTERM');
      const killing = setTimeout(() => signalGroup(child.pid ?? 0, 'SIGKILL'), stopLimitMs);
      if (!ended.signal.aborted) await once(ended.signal, 'abort');
      clearTimeout(killing);
      signalGroup(child.pid, 'SIGKILL');
    }
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }

  const origin = `${start.scheme}://127.0.0.1:${port}`;
  const deadline = Date.now() + startLimitMs;
  while (!ended.signal.aborted && Date.now() < deadline) {
    if (await answers(`${origin}${start.ready}`)) return { origin, stop };
    await pause(100);
  }
  await stop();
  throw new Error(`${name} did not answer: ${words.trim().split('\n').slice(-3).join(' | ')}`);
}

/** Whether anything speaks HTTP there; only asked of a process of ours, so its certificate doesn't matter yet. */
function answers(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const options = { agent: false, timeout: 2000 } as const;
    const sent = url.startsWith('https:')
      ? secure(url, { ...options, rejectUnauthorized: false })
      : plain(url, options);
    sent.on('response', (reply) => {
      reply.resume();
      resolve(true);
    });
    sent.on('timeout', () => sent.destroy());
    sent.on('error', () => resolve(false));
    sent.on('close', () => resolve(false));
    sent.end();
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
