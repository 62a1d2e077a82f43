import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ensureNeeds } from '../runtime/system.mjs';
import type { Artifact } from './peer.ts';

const execute = promisify(execFile);
const limitMs = 15 * 60_000;
const constraints = join(import.meta.dirname, 'constraints.txt');

/** Why a peer isn't there: only `not served` is the registry's own, definite word about this very artifact. */
export class NotInstalled extends Error {
  readonly why: 'not served' | 'unreachable' | 'failed';

  constructor(why: NotInstalled['why'], words: string) {
    super(words);
    this.why = why;
  }
}

/** What each registry's client prints when the registry answered that it has no such thing. */
const notServed: Readonly<Record<Artifact['kind'], RegExp>> = {
  pypi: /No matching distribution found for|HTTP error (403|404|410)/,
  go: /(403 Forbidden|404 Not Found|410 Gone)/,
  maven: /(Could not find|Unable to find) artifact|was not found in|status code: (403|404|410)/,
};
const unreachable =
  /Unknown host|no such host|Name or service not known|Temporary failure in name resolution|Connect(ion)? ?(refused|timed out|reset)|NewConnectionError|Max retries|ReadTimeout|Network is unreachable|i\/o timeout|handshake timeout/i;

/**
 * Installs an artifact into the user's cache, once for each version.
 * @returns the folder that its programs are in, or its jar, which is named `peer.jar`
 * @throws {NotInstalled}
 */
export async function install(artifact: Artifact): Promise<string> {
  const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'certifyclouds-sync', 'peers');
  const folder = join(cache, (await identity(artifact)).replace(/[^\w.=-]+/g, '_'));
  // Last of all written: a folder without it was left by an installation that didn't end.
  const complete = join(folder, 'complete');
  const programs = artifact.kind === 'pypi' ? join(folder, 'bin') : folder;
  try {
    await access(complete);
    return programs;
  } catch {
    await rm(folder, { recursive: true, force: true });
  }
  await mkdir(folder, { recursive: true });
  try {
    await fetchInto(folder, artifact);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    // E.g. a package of the system that only root can add.
    if (!(error instanceof NotInstalled)) throw new NotInstalled('failed', String(error));
    throw error;
  }
  await writeFile(complete, '');
  return programs;
}

/** What tells one installation from another: with Python, the versions of all that comes along too. */
async function identity(artifact: Artifact): Promise<string> {
  switch (artifact.kind) {
    case 'pypi': {
      const along = createHash('sha256')
        .update(await readFile(constraints))
        .digest('hex');
      return `${artifact.requirement}-${along.slice(0, 12)}`;
    }
    case 'go':
      return `${artifact.module}@${artifact.version}`;
    case 'maven':
      return `${artifact.group}:${artifact.artifact}:${artifact.version}`;
  }
}

async function fetchInto(folder: string, artifact: Artifact): Promise<void> {
  const { kind } = artifact;
  switch (kind) {
    case 'pypi': {
      await ensurePython();
      await client('python3', ['-m', 'venv', folder]);
      const pip = ['-m', 'pip', 'install', '--no-input', '--disable-pip-version-check', '-c', constraints];
      await client(join(folder, 'bin', 'python'), [...pip, artifact.requirement], kind);
      return;
    }
    case 'go': {
      const { module, version, command } = artifact;
      // Without the way round the proxy, straight to the sources' host, so that its answer is the last word.
      const { stdout } = await client('go', ['env', 'GOPROXY']);
      const env = { GOPROXY: stdout.trim().replace(/[,|]direct$/, ''), GOBIN: folder };
      // The module by itself first: what is said about a dependency is not said about it.
      await client('go', ['mod', 'download', '-json', `${module}@${version}`], kind, env);
      await client('go', ['install', `${module}/${command}@${version}`], undefined, env);
      return;
    }
    case 'maven': {
      const { group, artifact: name, version } = artifact;
      const goal = 'org.apache.maven.plugins:maven-dependency-plugin:2.8:copy';
      const wanted = [`-Dartifact=${group}:${name}:${version}:jar`, `-DoutputDirectory=${folder}`];
      await client('mvn', ['-B', '-q', '-U', goal, ...wanted, '-Dmdep.stripVersion=true'], kind);
      return;
    }
  }
}

/** Python with what makes virtual environments, which Debian has apart from it. */
async function ensurePython(): Promise<void> {
  await ensureNeeds([{ package: 'python3-venv', program: 'python3' }]);
  const { stdout } = await client('python3', ['-c', 'import sysconfig; print(sysconfig.get_path("stdlib"))']);
  await ensureNeeds([{ package: 'python3-venv', file: join(stdout.trim(), 'ensurepip', '__init__.py') }]);
}

/**
 * Runs a registry's client.
 * @param registry whose answer this step would bring; undefined for a step that asks none, or about more than the artifact
 */
async function client(
  program: string,
  args: readonly string[],
  registry?: Artifact['kind'],
  env: Readonly<Record<string, string>> = {},
): Promise<{ stdout: string }> {
  try {
    const options = { env: { ...process.env, ...env }, timeout: limitMs, maxBuffer: 64 * 1024 * 1024 };
    return await execute(program, [...args], options);
  } catch (error) {
    const { stdout = '', stderr = '', message } = error as Error & { stdout?: string; stderr?: string };
    const said = `${stdout}\n${stderr}\n${message}`;
    if (unreachable.test(said)) throw new NotInstalled('unreachable', telling(said, unreachable));
    const answer = registry === undefined ? undefined : notServed[registry];
    if (answer?.test(said)) throw new NotInstalled('not served', telling(said, answer));
    throw new NotInstalled('failed', `${program} ${args[0] ?? ''}: ${stderr.trim().split('\n').at(-1) || message}`);
  }
}

/** What matters of it, without the addresses in it. */
function telling(said: string, pattern: RegExp): string {
  const [line = ''] = said.slice(said.search(pattern)).split(/\n|\\n/);
  return line
    .replace(/https?:\/\/\S+/g, '…')
    .slice(0, 200)
    .trim();
}
