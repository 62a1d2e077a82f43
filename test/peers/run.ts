import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exclusively, packageCommand, run, say, stopSignals } from '../runtime/process.mjs';
import { install, NotInstalled } from './install.ts';
import type { Peer, ReadyPeer } from './peer.ts';
import { peers } from './peers.ts';
import { type Attempt, caseReport, report } from './report.ts';
import { type Server, startServer } from './server.ts';

/**
 * Installs and starts every peer, runs the suites against those that run, and prints what came of it. Arguments are the
 * names of the peers wanted; none means all.
 *
 * What can't be installed is counted, and a failure only where `CI` is `true`: there a peer must run, unless its registry
 * itself says that it doesn't have it. A peer that is installed and doesn't start is a failure everywhere.
 */
async function main(wanted: readonly string[]): Promise<number> {
  const servers: Server[] = [];
  // A signal that comes while a server starts or stops must not skip the cleaning up; `run` passes it on meanwhile.
  let stopped = false;
  const stop = () => {
    stopped = true;
  };
  for (const signal of stopSignals) process.on(signal, stop);
  const folder = await mkdtemp(join(tmpdir(), 'ccs-peers-'));
  try {
    const attempts: Attempt[] = [];
    const ready: ReadyPeer[] = [];
    let failedToStart = 0;
    for (const peer of peers.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
      if (stopped) return 130;
      const programs = await installed(peer);
      if (programs instanceof NotInstalled) {
        attempts.push({ peer, outcome: programs.why, words: programs.message });
        continue;
      }
      try {
        const server = peer.start.bySuite ? undefined : await startServer(peer, programs);
        if (server) servers.push(server);
        ready.push({ name: peer.name, origin: server?.origin ?? null, programs });
        attempts.push({ peer, outcome: 'ran', words: '' });
      } catch (error) {
        failedToStart += 1;
        attempts.push({ peer, outcome: 'failed', words: error instanceof Error ? error.message : String(error) });
      }
    }
    if (stopped) return 130;
    const file = join(folder, 'cases.json');
    const asked = attempts.some(({ peer, outcome }) => outcome === 'ran' && Object.keys(peer.suites).length > 0);
    const code = asked ? await runSuites(ready, file) : 0;
    if (stopped || code > 128) return code || 130;
    const cases = asked ? JSON.parse(await readFile(file, 'utf8')) : { testResults: [] };
    say(report(attempts, caseReport.parse(cases)));
    const missing = attempts.filter(({ outcome }) => outcome === 'unreachable' || outcome === 'failed').length;
    const mustRun = process.env['CI'] === 'true';
    return code !== 0 || failedToStart > 0 || (mustRun && missing > 0) ? 1 : 0;
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
    await rm(folder, { recursive: true, force: true });
    for (const signal of stopSignals) process.off(signal, stop);
  }
}

async function installed(peer: Peer): Promise<string | NotInstalled> {
  say(`peers: ${peer.name} ${peer.version}`);
  try {
    // The cache is the user's: a second checkout may be at it too.
    return await exclusively('certifyclouds-sync-peers', () => install(peer.artifact));
  } catch (error) {
    if (error instanceof NotInstalled) return error;
    throw error;
  }
}

function runSuites(ready: readonly ReadyPeer[], file: string): Promise<number> {
  const config = join(import.meta.dirname, 'vitest.config.ts');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const env = { ...process.env, PEERS: JSON.stringify(ready) };
  return run(process.execPath, [packageCommand('vitest'), 'run', '--root', '.', '--config', config, ...reporters], {
    env,
  });
}

process.exitCode = await main(process.argv.slice(2));
