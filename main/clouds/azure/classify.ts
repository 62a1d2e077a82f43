import { z } from 'zod';
import type { AzureSettings } from '../../domain/connection.ts';
import { Failure, type FailureDetail } from '../../domain/failure.ts';
import { connectionFailure, retryAfterMs, traceOf, unforeseen } from '../failures.ts';
import { ServiceRefusal } from './http.ts';

type Header = (name: string) => string | undefined;

/** What a call to a vault was about: the words its failure is told in. */
export interface VaultCall {
  readonly host: string;
  readonly vault: string;
  readonly secret?: string;
}

/** A failure below HTTP, or one that nobody foresaw. */
export function classifyNetwork(error: unknown, host: string): Failure {
  return connectionFailure(error, host) ?? unforeseen(host, error);
}

/**
 * An error of Key Vault as a Failure. Codes and inner codes as the service sends them; the role names are those of
 * https://learn.microsoft.com/azure/key-vault/general/rbac-guide .
 */
export function classifyVault(error: unknown, call: VaultCall, now: number): Failure {
  const cause = traceOf(error);
  if (!(error instanceof ServiceRefusal)) {
    const failure = classifyNetwork(error, call.host);
    if (failure.detail.code !== 'dns') return failure;
    return new Failure(
      {
        kind: 'network',
        code: 'vault-unresolved',
        sentence: `The name ${call.host} could not be resolved: there is no vault ${call.vault}, or DNS cannot be reached.`,
        fix: 'Check the spelling of the vault, whether it was deleted, and the network connection.',
      },
      cause,
    );
  }
  if (error.status === 401) return new Failure(tokenRefused(`the vault ${call.vault}`), cause);
  if (error.status === 403) return new Failure(vaultForbidden(error, call), cause);
  if (error.status === 404) {
    return new Failure(
      {
        kind: 'not-found',
        code: 'source-missing',
        sentence: `There is no secret ${call.secret ?? ''} in the vault ${call.vault}: it was deleted, moved or never there.`,
        fix: 'Run discovery, recover the secret in Azure, point the record at another secret, or delete the record.',
      },
      cause,
    );
  }
  return new Failure(general(error, `The vault ${call.vault}`, now), cause);
}

/** An error of Azure Resource Manager as a Failure. */
export function classifyManager(error: unknown, host: string, now: number): Failure {
  if (!(error instanceof ServiceRefusal)) return classifyNetwork(error, host);
  const cause = traceOf(error);
  if (error.status === 401) return new Failure(tokenRefused('Azure Resource Manager'), cause);
  if (error.status === 403) {
    return new Failure(
      {
        kind: 'denied',
        code: 'azure-denied',
        sentence: 'The application may not list the vaults here (Microsoft.KeyVault/vaults/read is missing).',
        fix: 'Give the application the role Reader on the subscription or resource group. Vault names can also be typed in.',
      },
      cause,
    );
  }
  return new Failure(general(error, 'Azure Resource Manager', now), cause);
}

function vaultForbidden({ innerCode, words }: ServiceRefusal, { vault, secret }: VaultCall): FailureDetail {
  if (innerCode === 'SecretDisabled') {
    return {
      kind: 'invalid',
      code: 'source-disabled',
      sentence: `The secret ${secret ?? ''} in the vault ${vault} is disabled, so its value cannot be read.`,
      fix: 'Enable the secret in Azure, or pause this record.',
    };
  }
  if (innerCode === 'ForbiddenByFirewall' || /Client address.*not authorized/is.test(words)) {
    return {
      kind: 'denied',
      code: 'vault-firewall',
      sentence: `The firewall of the vault ${vault} does not let this computer's address in.`,
      fix: 'Add the address to the vault (Networking > Firewalls), or connect through the network that is allowed.',
    };
  }
  if (innerCode === 'ForbiddenByConnection' || /public network access is disabled/i.test(words)) {
    return {
      kind: 'denied',
      code: 'vault-private',
      sentence: `The vault ${vault} answers only through its private endpoint.`,
      fix: 'Connect to the network of the private endpoint, and check that its name resolves to the private address there.',
    };
  }
  if (innerCode === 'AccessDenied' || innerCode === 'ForbiddenByPolicy') {
    return {
      kind: 'denied',
      code: 'azure-denied',
      sentence: `The vault ${vault} uses access policies, and none lets the application list and read secrets.`,
      fix: 'Add an access policy with the secret permissions Get and List for the application.',
    };
  }
  return {
    kind: 'denied',
    code: 'azure-denied',
    sentence: `The application may not ${secret ? `read the secret ${secret}` : 'list the secrets'} in the vault ${vault}.`,
    fix: 'Give the application the role Key Vault Secrets User on the vault. A new role takes some minutes to work.',
  };
}

function tokenRefused(place: string): FailureDetail {
  return {
    kind: 'auth',
    code: 'azure-token-refused',
    sentence: `The sign-in worked, but ${place} does not accept it. It may belong to another tenant or cloud.`,
    fix: "Check the connection's tenant ID and cloud, and this computer's clock.",
  };
}

type Reply = Pick<ServiceRefusal, 'status' | 'code' | 'header'>;

/** What every Azure service answers alike. */
function general({ status, code, header }: Reply, service: string, now: number): FailureDetail {
  const wait = retryAfterMs(header, now);
  const after = wait === undefined ? {} : { retryAfterMs: wait };
  if (status === 429) {
    return {
      kind: 'throttled',
      code: 'azure-throttled',
      sentence: `${service} asked to be called less often.`,
      fix: 'Nothing to do: the app waits and tries again. Fewer syncs at once (Settings > Sync) avoid it.',
      ...after,
    };
  }
  if (status === 408 || status >= 500) {
    return {
      kind: 'network',
      code: 'azure-unavailable',
      sentence: `${service} is not able to answer now (HTTP ${status}).`,
      fix: 'Nothing to do: the app tries again. If it lasts, look at the Azure status page.',
      ...after,
    };
  }
  const word = code !== undefined && /^\w{1,60}$/.test(code) ? `, ${code}` : '';
  return {
    kind: 'invalid',
    code: 'azure-refused',
    sentence: `${service} refused the request (HTTP ${status}${word}).`,
    fix: "Check the connection's cloud and addresses. If they are right, please report this.",
  };
}

const signInBody = z.object({
  error: z.string().optional().catch(undefined),
  error_codes: z.array(z.number()).optional().catch(undefined),
});

/**
 * A refused sign-in as a Failure. Entra's codes:
 * https://learn.microsoft.com/entra/identity-platform/reference-error-codes
 */
export function classifySignIn(
  status: number,
  body: unknown,
  header: Header,
  { tenantId, clientId }: AzureSettings,
  now: number,
): Failure {
  const parsed = signInBody.safeParse(body);
  const number = parsed.success ? parsed.data.error_codes?.[0] : undefined;
  // Too much, too broken, or not Entra ID at all: its refusals always carry a code of their own.
  if (status === 429 || status >= 500 || number === undefined) {
    return new Failure(general({ status, code: undefined, header }, 'Entra ID', now));
  }
  const told = signInCases(tenantId, clientId)[number];
  if (told) return new Failure({ kind: 'auth', code: `entra-${number}`, sentence: told[0], fix: told[1] });
  return signInFailed(undefined, number);
}

function signInCases(tenant: string, client: string): Readonly<Record<number, readonly [string, string]>> {
  const newSecret =
    'Make a new client secret in the app registration (Certificates & secrets) and enter its value here.';
  const upload =
    'Upload the certificate to the app registration (Certificates & secrets), or enter the one that is there.';
  return {
    7000215: ['The client secret is wrong.', `${newSecret} The value is needed, not the secret ID.`],
    7000222: ['The client secret has expired.', newSecret],
    7000218: [
      'Entra ID got no client secret or certificate.',
      'Enter the secret or certificate of this connection again.',
    ],
    700016: [
      `There is no application ${client} in the tenant ${tenant}.`,
      'Check client ID and tenant ID against the app registration; perhaps they were mixed up.',
    ],
    90002: [
      `There is no tenant ${tenant} in this cloud.`,
      'Check the tenant ID, and the cloud chosen for this connection.',
    ],
    900023: [`The tenant ID ${tenant} is not one.`, 'Copy the tenant ID from Microsoft Entra ID > Overview.'],
    700027: ['Entra ID does not know the sign-in certificate, or it has expired.', upload],
    700024: ['Entra ID refused the sign-in because of its time.', "Set this computer's clock right, then try again."],
    700021: ['The sign-in certificate belongs to another application.', upload],
    700030: ['The sign-in certificate is not trusted for this application.', upload],
    7000112: [`The application ${client} is disabled.`, 'Enable it in Microsoft Entra ID > Enterprise applications.'],
    500011: [
      `The tenant ${tenant} does not know the service that was asked for.`,
      'Check the tenant ID and the cloud of this connection.',
    ],
    53003: [
      'A Conditional Access policy blocks this sign-in.',
      'Let the policy allow this application from this network (Microsoft Entra ID > Conditional Access).',
    ],
    70011: [
      'Entra ID does not know the service that was asked for.',
      'Check the cloud and addresses of this connection.',
    ],
  };
}

/** A sign-in that failed without a reason we know. */
export function signInFailed(error: unknown, number?: number): Failure {
  return new Failure(
    {
      kind: 'auth',
      code: number === undefined ? 'entra-refused' : `entra-${number}`,
      sentence: `Entra ID refused the sign-in${number === undefined ? '' : ` (AADSTS${number})`}.`,
      fix: "Check tenant ID, client ID and secret or certificate; the tenant's sign-in log tells the reason.",
    },
    error === undefined ? undefined : traceOf(error),
  );
}
