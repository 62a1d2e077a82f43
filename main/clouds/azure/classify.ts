import { Failure, type FailureDetail } from '../../domain/failure.ts';
import type { SourceKind } from '../../domain/item.ts';
import { connectionFailure, retryAfterMs, traceOf, unforeseen } from '../failures.ts';
import { ServiceRefusal } from './http.ts';
import { disabled } from './items.ts';

/** What a call to a vault was about: the words its failure is told in. */
export interface VaultCall {
  readonly host: string;
  readonly vault: string;
  readonly kind: SourceKind;
  readonly name?: string;
  /** It was the secret that holds a certificate's private key. */
  readonly privateKey?: boolean;
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
        sentence: `There is no ${call.kind} ${call.name ?? ''} in the vault ${call.vault}: it was deleted, moved or never there.`,
        fix: `Run discovery, recover the ${call.kind} in Azure, point the record at another one, or delete the record.`,
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
        sentence: 'Who signs in may not list the vaults here (Microsoft.KeyVault/vaults/read is missing).',
        fix: 'Give the application or person the role Reader on the subscription or resource group. Vault names can also be typed in.',
      },
      cause,
    );
  }
  return new Failure(general(error, 'Azure Resource Manager', now), cause);
}

function vaultForbidden({ innerCode, words }: ServiceRefusal, call: VaultCall): FailureDetail {
  const { kind, vault, name } = call;
  if (innerCode === 'SecretDisabled' || innerCode === 'CertificateDisabled')
    return disabled({ kind, vault, name: name ?? '' }).detail;
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
  const { what, permissions, role } = rightsFor(call);
  if (innerCode === 'AccessDenied' || innerCode === 'ForbiddenByPolicy') {
    return {
      kind: 'denied',
      code: 'azure-denied',
      sentence: `The vault ${vault} uses access policies, and none lets who signs in here ${what}.`,
      fix: `Add an access policy with the ${permissions} for the application or person that signs in.`,
    };
  }
  return {
    kind: 'denied',
    code: 'azure-denied',
    sentence: `Who signs in here may not ${what} in the vault ${vault}.`,
    fix: `Give the application or person the role ${role} on the vault. A new role takes some minutes to work.`,
  };
}

/** What a call needed: https://learn.microsoft.com/azure/key-vault/general/rbac-guide */
function rightsFor({ kind, name, privateKey }: VaultCall): { what: string; permissions: string; role: string } {
  if (kind === 'secret')
    return {
      what: name ? `read the secret ${name}` : 'list the secrets',
      permissions: 'secret permissions Get and List',
      role: 'Key Vault Secrets User',
    };
  const role = 'Key Vault Certificate User';
  if (privateKey)
    return { what: `read the private key of the certificate ${name}`, permissions: 'secret permission Get', role };
  const what = name ? `read the certificate ${name}` : 'list the certificates';
  return { what, permissions: 'certificate permissions Get and List and the secret permission Get', role };
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
export function general({ status, code, header }: Reply, service: string, now: number): FailureDetail {
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
