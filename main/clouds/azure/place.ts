import type { AzureSettings } from '../../domain/connection.ts';
import { Failure } from '../../domain/failure.ts';
import { endpointOf } from '../network.ts';

/** Where one Azure cloud answers, and what its tokens are asked for. */
export interface AzurePlace {
  readonly authority: URL;
  readonly resourceManager: URL;
  readonly resourceManagerScope: string;
  readonly vaultScope: string;
  /** A vault's host is its name and this; undefined where only Resource Manager knows it. */
  readonly vaultSuffix: string | undefined;
}

/**
 * Hosts of the sovereign clouds: https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates
 * (vault suffixes), https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud (sign-in).
 * China signs in at the host that MSAL prefers there.
 */
const known = {
  public: cloud('login.microsoftonline.com', 'management.azure.com', 'vault.azure.net'),
  usgov: cloud('login.microsoftonline.us', 'management.usgovcloudapi.net', 'vault.usgovcloudapi.net'),
  china: cloud('login.partner.microsoftonline.cn', 'management.chinacloudapi.cn', 'vault.azure.cn'),
} as const;

function cloud(login: string, management: string, vault: string): AzurePlace {
  return {
    authority: new URL(`https://${login}`),
    resourceManager: new URL(`https://${management}`),
    resourceManagerScope: `https://${management}/.default`,
    vaultScope: `https://${vault}/.default`,
    vaultSuffix: `.${vault}`,
  };
}

/**
 * The hosts a connection's settings mean.
 * @throws Failure `invalid`
 */
export function placeOf(settings: AzureSettings, allowLoopback: boolean): AzurePlace {
  if (settings.cloud !== 'custom') return known[settings.cloud];
  const authority = endpointOf(settings.authority ?? '', 'sign-in authority', allowLoopback);
  const resourceManager = endpointOf(settings.resourceManager ?? '', 'Resource Manager address', allowLoopback);
  return {
    authority,
    resourceManager,
    resourceManagerScope: `${resourceManager.origin}/.default`,
    vaultScope: known.public.vaultScope,
    vaultSuffix: undefined,
  };
}

/** Vault names: 3 to 24 letters, digits and single hyphens, as above. */
const vaultName = /^(?!.*--)[A-Za-z][A-Za-z0-9-]{1,22}[A-Za-z0-9]$/;

/** A vault's name in its one comparable spelling: Azure does not tell upper from lower case. */
export function vaultKey(name: string): string {
  if (vaultName.test(name)) return name.toLowerCase();
  throw new Failure({
    kind: 'invalid',
    code: 'vault-name',
    sentence: 'A vault name has 3 to 24 letters, digits and single hyphens, and begins with a letter.',
    fix: 'Write only the name of the vault, for example kv-production, without its address.',
  });
}
