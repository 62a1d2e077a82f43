// The Azure CLI as far as an app may ask it: `az account get-access-token` and `az version`, in the CLI's own words:
// azure-cli-core/azure/cli/core/auth/util.py and command_modules/profile/custom.py. The launcher that
// installFakeAz writes passes the file with the login as the first argument.
import { readFile, rename, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { parseArgs } from 'node:util';

/**
 * The fields of a reply with status 200, and the description of any other.
 * @typedef {{ access_token: string, refresh_token: string, expires_in: number, error_description: string }} TokenReply
 */

const [loginFile = '', ...args] = process.argv.slice(2);
const cliId = '04b07795-8ddb-461a-bbee-02f9e1bf7b46';
const defaultResource = 'https://management.core.windows.net/';

process.exitCode = await run();

async function run() {
  const isTokenCommand = args[0] === 'account' && args[1] === 'get-access-token';
  if (args[0] === 'version' && args.length <= 3) return print({ 'azure-cli': '2.79.0', 'azure-cli-core': '2.79.0' });
  if (!isTokenCommand) {
    return fail(2, `'${args.join(' ')}' is misspelled or not recognized by the system.`);
  }
  const options = readOptions();
  if (typeof options === 'string') return fail(2, options);
  const login = JSON.parse(await readFile(loginFile, 'utf8'));
  if (login.refreshToken === undefined) return fail(1, "Please run 'az login' to setup account.");
  const scope = options.scope?.join(' ') ?? `${options.resource ?? defaultResource}/.default`;
  const tenant = options.tenant ?? login.tenantId;
  const { status, body } = await askToken(login, tenant, scope);
  if (status !== 200) {
    return fail(
      1,
      `${body.error_description}\nInteractive authentication is needed. Please run:\naz login --scope ${scope}`,
    );
  }
  await keep({ ...login, refreshToken: body.refresh_token });
  const expiresOn = Math.floor(Date.now() / 1000) + body.expires_in;
  return print({
    accessToken: body.access_token,
    expiresOn: localTime(new Date(expiresOn * 1000)),
    expires_on: expiresOn,
    ...(options.tenant === undefined ? { subscription: options.subscription ?? login.subscriptionId } : {}),
    tenant,
    tokenType: 'Bearer',
  });
}

/** The options, or what is wrong with them. */
function readOptions() {
  try {
    const { values } = parseArgs({
      args: args.slice(2),
      options: {
        output: { type: 'string', short: 'o' },
        resource: { type: 'string' },
        scope: { type: 'string', multiple: true },
        tenant: { type: 'string', short: 't' },
        subscription: { type: 'string', short: 's' },
        'only-show-errors': { type: 'boolean' },
      },
    });
    if (values.subscription !== undefined && values.tenant !== undefined) {
      return 'Please specify only one of subscription and tenant, not both';
    }
    return values;
  } catch (error) {
    return `unrecognized arguments: ${error instanceof Error ? error.message : ''}`;
  }
}

/**
 * @param {{ loginUrl: string, caPem: string, refreshToken: string }} login
 * @param {string} tenant
 * @param {string} scope
 * @returns {Promise<{ status: number, body: TokenReply }>}
 */
function askToken({ loginUrl, caPem, refreshToken }, tenant, scope) {
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    client_id: cliId,
    refresh_token: refreshToken,
    scope: `${scope} openid profile offline_access`,
  });
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const url = `${loginUrl}/${tenant}/oauth2/v2.0/token`;
    const sent = request(url, { method: 'POST', headers, ca: caPem, agent: false }, (response) => {
      /** @type {Buffer[]} */
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: JSON.parse(Buffer.concat(chunks).toString('utf8')) }),
      );
    });
    sent.on('error', reject);
    sent.end(form.toString());
  });
}

/**
 * Replaces the file as a whole: several calls may run at once.
 * @param {Record<string, unknown>} login
 */
async function keep(login) {
  const copy = `${loginFile}.${process.pid}`;
  await writeFile(copy, JSON.stringify(login), { mode: 0o600 });
  await rename(copy, loginFile);
}

/** @param {unknown} value */
function print(value) {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
  return 0;
}

/**
 * @param {number} code
 * @param {string} text
 */
function fail(code, text) {
  process.stderr.write(`ERROR: ${text}\n`);
  return code;
}

/**
 * As Python's datetime prints a local time.
 * @param {Date} time
 */
function localTime(time) {
  const two = (/** @type {number} */ value) => String(value).padStart(2, '0');
  const date = [time.getFullYear(), two(time.getMonth() + 1), two(time.getDate())].join('-');
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(':');
  return `${date} ${clock}.000000`;
}
