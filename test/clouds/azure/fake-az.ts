import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Who is signed in to the Azure CLI; without a refresh token, nobody is. */
interface CliLogin {
  readonly loginUrl: string;
  /** The authority to trust. */
  readonly caPem: string;
  readonly tenantId: string;
  readonly subscriptionId: string;
  /** Of `azure.signInToCli`. */
  readonly refreshToken?: string;
}

/**
 * Writes an executable `az` into a folder of its own, to be put first in the PATH, and the login beside it, readable
 * by its owner only. Returns the path of the executable. To sign in anew or out, install again.
 */
export async function installFakeAz(folder: string, login: CliLogin): Promise<string> {
  const loginFile = join(folder, 'az-login.json');
  const executable = join(folder, 'az');
  const script = fileURLToPath(new URL('az.mjs', import.meta.url));
  const [node, program, file] = [process.execPath, script, loginFile].map(quote);
  await writeFile(loginFile, JSON.stringify(login), { mode: 0o600 });
  await writeFile(executable, `#!/bin/sh\nexec ${node} ${program} ${file} "$@"\n`, { mode: 0o755 });
  return executable;
}

function quote(path: string): string {
  return `'${path.replaceAll("'", "'\\''")}'`;
}
