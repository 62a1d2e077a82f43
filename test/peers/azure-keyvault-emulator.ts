import { z } from 'zod';
import type { Peer } from './peer.ts';

const oneForAll = {
  does: 'Rights are given for all vaults together.',
  shows: 'the call succeeded',
  right: 'stand-in',
  because: 'Azure role assignments have a scope: a subscription, a resource group or one vault.',
} as const;
const onePfxCertificate = {
  does: 'Import takes a PFX only if it holds one certificate and no more.',
  shows: 'the peer answered 400 to POST /certificates/',
  right: 'stand-in',
  because: 'Key Vault, "Import a certificate": the file may hold the whole chain.',
} as const;
const bareKey = {
  does: 'The secret of a certificate is its private key alone, whatever was imported, and is said to be a PFX.',
  shows: 'The value is not a PFX',
  right: 'stand-in',
  because: 'Key Vault, "About certificates": the secret holds the certificate with its private key, as PFX or PEM.',
} as const;

export const azureKeyVaultEmulator: Peer = {
  name: 'azure-keyvault-emulator',
  version: '0.7.0',
  artifact: {
    kind: 'go',
    module: 'github.com/calvinchengx/azure-keyvault-emulator',
    version: 'v0.7.0',
    command: 'cmd/azure-keyvault-emulator',
  },
  start: {
    program: 'azure-keyvault-emulator',
    args: [],
    env: {
      KV_ADDR: '127.0.0.1:{port}',
      KV_DISABLE_TLS: 'true',
      // Tokens of the stand-in's directory: their issuer, and where its keys are.
      KV_ENTRA_ISSUER: '{issuer}',
      KV_ENTRA_JWKS_URL: '{jwks}',
      KV_ENTRA_TLS_INSECURE: 'true',
    },
    scheme: 'http',
    ready: '/health',
    bySuite: true,
  },
  suites: {
    keyvault: [
      {
        case: 'tells all metadata, in the list and of one secret',
        does: 'A secret that has expired, or is not valid yet, is not given out: 403 Forbidden.',
        shows: 'may not read the secret Full-Metadata',
        right: 'stand-in',
        because:
          'Key Vault, "About secrets", date-time controlled operations: "A secret\'s get operation will work for not-yet-valid and expired secrets".',
      },
      {
        case: 'names compare without regard to case, and keep their first spelling',
        does: 'A name in another spelling is not found.',
        shows: 'There is no secret mixed-case',
        right: 'stand-in',
        because: 'Key Vault, "Keys, secrets, and certificates overview": names are case-insensitive.',
      },
      {
        case: 'a disabled secret is listed as disabled, and not read, not even an older version',
        does: 'The refusal has no inner error, so that it looks like any other missing right.',
        shows: '"code": "azure-denied"',
        right: 'stand-in',
        because: 'Real replies carry the inner error SecretDisabled.',
      },
      { case: 'a forbidden vault is denied, and the others go on', ...oneForAll },
      { case: 'of a forbidden vault are denied', ...oneForAll },
      { case: 'are listed apart from secrets, which mark what belongs to one', ...onePfxCertificate },
      { case: 'an RSA one in a PFX is read with its key, and its chain in order', ...onePfxCertificate },
      {
        case: 'an RSA one in a PFX of old encryption is read with its key, and its chain in order',
        ...onePfxCertificate,
      },
      { case: 'an EC one in a PFX is read with its key, and its chain in order', ...onePfxCertificate },
      { case: 'whose key never leaves the vault are known as such before, and refused', ...onePfxCertificate },
      { case: 'an RSA one in PEM is read with its key, and its chain in order', ...bareKey },
      { case: 'an EC one in PEM is read with its key, and its chain in order', ...bareKey },
      { case: 'one in PEM with its parts in another order is read with its key, and its chain in order', ...bareKey },
      { case: 'change version and thumbprint when they are renewed, also within one second', ...bareKey },
    ],
  },
  notAsked: [],
  vaults: {
    host: (vault) => `${vault}.vault.azure.net`,
    async stopClock(origin, time) {
      const { now } = await setClock(origin, { freeze: true });
      await setClock(origin, { advance: Math.round(time / 1000) - now });
    },
    async advance(origin, milliseconds) {
      await setClock(origin, { advance: milliseconds / 1000 });
    },
  },
};

async function setClock(origin: string, change: object): Promise<{ readonly now: number }> {
  const reply = await fetch(`${origin}/_emulator/clock`, { method: 'POST', body: JSON.stringify(change) });
  return z.object({ now: z.number() }).parse(await reply.json());
}
