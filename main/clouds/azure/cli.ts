import { type ExecFileException, execFile } from 'node:child_process';
import { join } from 'node:path';
import { z } from 'zod';
import type { AzureSettings } from '../../domain/connection.ts';
import { Failure, type FailureDetail } from '../../domain/failure.ts';
import { callCloud } from '../call.ts';
import { traceOf } from '../failures.ts';
import type { Authority } from './authority.ts';
import { entraFailure } from './classify-sign-in.ts';
import { parseJson } from './http.ts';
import type { AccessToken, Acquire } from './tokens.ts';

/** What `az account get-access-token` prints: `expires_on` in seconds since 2.54, `expiresOn` in this computer's time always. */
const answerShape = z.object({
  accessToken: z.string().min(1),
  expires_on: z.number().optional().catch(undefined),
  expiresOn: z.string().optional().catch(undefined),
});

/**
 * Gets tokens from the Azure CLI of this computer, of whoever is signed in there. It reaches Entra ID by itself: proxy and
 * CA bundle of Settings > Network do not count for it.
 */
export function openCli({ settings, place, deps }: Authority): Acquire {
  const { tenantId } = settings;
  return async (scope) => {
    // The CLI speaks of resources: a scope without its last part.
    const resource = scope.replace(/\/\.default$/, '');
    const command = ['account', 'get-access-token', '--output', 'json', '--resource', resource, '--tenant', tenantId];
    const text = await callCloud((signal) => runAz(command, signal), {
      // All who need the token share one run of the command: whoever gives up does not end it for the others.
      signal: new AbortController().signal,
      timeoutMs: deps.callTimeoutMs,
      host: place.authority.host,
      classify: (error) => classifyCli(error, settings),
    });
    return tokenIn(text);
  };
}

function tokenIn(text: string): AccessToken {
  const parsed = answerShape.safeParse(parseJson(text));
  const { accessToken, expires_on: seconds, expiresOn } = parsed.data ?? {};
  const time = seconds === undefined ? Date.parse(expiresOn?.replace(' ', 'T') ?? '') : seconds * 1000;
  if (accessToken !== undefined && !Number.isNaN(time))
    return { text: accessToken, expiresOn: time, who: "The Azure CLI's user" };
  throw new Failure(badAnswer);
}

/** The Azure CLI said no. Its own words are looked at and never kept: they may hold anything. */
class CliRefusal extends Error {
  readonly missing: boolean;
  readonly words: string;

  constructor({ code }: ExecFileException, words: string) {
    super('az failed');
    // What the system says of a command that is not there, and what cmd.exe says.
    this.missing = String(code) === 'ENOENT' || String(code) === '9009';
    this.words = words;
  }
}

/**
 * Runs the Azure CLI that PATH leads to. No shell reads the arguments, except on Windows, where `az` is a batch file that
 * only cmd.exe can run: there every argument is made of letters that mean nothing to it.
 */
function runAz(command: readonly string[], signal: AbortSignal): Promise<string> {
  const onWindows = process.platform === 'win32';
  const windows = process.env['SystemRoot'] ?? 'C:\\Windows';
  if (onWindows && !command.every((word) => /^[\w.:/-]+$/.test(word)))
    throw new Error('an argument that cmd.exe could misread');
  const [file, words] = onWindows
    ? [join(windows, 'System32', 'cmd.exe'), ['/d', '/c', 'az', ...command]]
    : ['az', command];
  return new Promise((resolve, reject) => {
    // Not where the app was started from: cmd.exe, or a PATH with a dot in it, would look for `az` there.
    const options = { signal, cwd: onWindows ? windows : '/', maxBuffer: 1024 * 1024, windowsHide: true };
    execFile(file, words, options, (error, stdout, stderr) => {
      if (error) reject(new CliRefusal(error, stderr));
      else resolve(stdout);
    });
  });
}

function classifyCli(error: unknown, settings: AzureSettings): Failure {
  const cause = traceOf(error);
  if (!(error instanceof CliRefusal)) return new Failure(failed, cause);
  const { missing: isMissing, words } = error;
  if (isMissing) return new Failure(missing, cause);
  if (/ConnectionError|Max retries exceeded|Failed to establish|getaddrinfo|timed out/i.test(words))
    return new Failure(offline, cause);
  const number = Number(/AADSTS(\d{4,8})/.exec(words)?.[1]);
  if (number === 50020 || number === 90002) return new Failure(wrongTenant(settings), cause);
  if (/az login/.test(words)) return new Failure(signedOut(settings), cause);
  return (Number.isNaN(number) ? undefined : entraFailure(number, settings)) ?? new Failure(failed, cause);
}

const byHand = 'Try "az account get-access-token" in a terminal: it says why.';
const missing: FailureDetail = {
  kind: 'auth',
  code: 'azure-cli-missing',
  sentence: 'The Azure CLI (az) was not found on this computer through its PATH.',
  fix: 'Install the Azure CLI, run "az login" in a terminal, and start this app again; or choose another way to sign in.',
};
const offline: FailureDetail = {
  kind: 'network',
  code: 'azure-cli-offline',
  sentence: 'The Azure CLI (az) could not reach Entra ID.',
  fix: 'Check the network connection, and the proxy of the Azure CLI (HTTPS_PROXY): Settings > Network is not its own.',
};
const badAnswer: FailureDetail = {
  kind: 'auth',
  code: 'azure-cli-answer',
  sentence: 'The Azure CLI (az) answered with something other than a token.',
  fix: `Update the Azure CLI. ${byHand}`,
};
const failed: FailureDetail = {
  kind: 'auth',
  code: 'azure-cli-failed',
  sentence: 'The Azure CLI (az) gave no token.',
  fix: byHand,
};

function signedOut({ tenantId }: AzureSettings): FailureDetail {
  return {
    kind: 'auth',
    code: 'azure-cli-signed-out',
    sentence: 'Nobody is signed in to the Azure CLI (az), or not well enough for this tenant.',
    fix: `Run "az login --tenant ${tenantId}" in a terminal.`,
  };
}

function wrongTenant({ tenantId }: AzureSettings): FailureDetail {
  return {
    kind: 'auth',
    code: 'azure-cli-tenant',
    sentence: `Whoever is signed in to the Azure CLI (az) does not belong to the tenant ${tenantId}, or there is none.`,
    fix: `Check the tenant ID and the cloud, or run "az login --tenant ${tenantId}" in a terminal.`,
  };
}
