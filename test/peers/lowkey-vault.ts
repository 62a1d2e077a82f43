import { request } from 'node:https';
import type { Peer } from './peer.ts';

/** Known to it from the start: those that the suite uses. */
const vaults = ['kv-suite', 'kv-forbidden', 'kv-empty', 'kv-pages', 'kv-cert-pages'];

const anyToken = {
  does: 'Any token opens any vault.',
  shows: 'the call succeeded',
  right: 'stand-in',
  because: 'Azure role assignments have a scope: a subscription, a resource group or one vault.',
} as const;
const blankPassword = {
  does: 'Import fails on a PFX with PBES2 encryption and a blank password.',
  shows: 'the peer answered 500 to POST /certificates/',
  right: 'stand-in',
  because: 'Key Vault takes and gives out PFX files with a blank password.',
} as const;
const oneCertificate = {
  does: 'Of a bundle it keeps one certificate, of a PEM file the last one.',
  right: 'stand-in',
  because: 'Key Vault, "Import a certificate": the file may hold the whole chain.',
} as const;

/** The last version that Java 17 runs. */
export const lowkeyVault: Peer = {
  name: 'lowkey-vault',
  version: '3.4.33',
  artifact: {
    kind: 'maven',
    group: 'com.github.nagyesta.lowkey-vault',
    artifact: 'lowkey-vault-app',
    version: '3.4.33',
  },
  start: {
    program: 'java',
    args: ['--server.port={port}', '--app.token.port={otherPort}', `--LOWKEY_VAULT_NAMES=${vaults.join(',')}`],
    scheme: 'https',
    ready: '/ping',
    bySuite: true,
  },
  suites: {
    keyvault: [
      {
        case: 'tells all metadata, in the list and of one secret',
        does: 'The list of secrets does not tell the content type.',
        shows: '"contentType": "text/plain"',
        right: 'stand-in',
        because: 'REST API, Get Secrets: the items are SecretItem, which has contentType.',
      },
      {
        case: 'names compare without regard to case, and keep their first spelling',
        does: 'A name in another spelling is not found.',
        shows: 'There is no secret mixed-case',
        right: 'stand-in',
        because: 'Key Vault, "Keys, secrets, and certificates overview": names are case-insensitive.',
      },
      {
        case: 'reads the current value byte for byte, with its version',
        does: 'A value of blanks alone is refused.',
        shows: 'the peer answered 400 to PUT /secrets/bytes',
        right: 'not known',
        because: 'REST API, Set Secret: value is a required string; that it must not be blank is said nowhere.',
      },
      {
        case: 'a disabled secret is listed as disabled, and not read, not even an older version',
        does: 'A disabled secret is told as not found.',
        shows: '"code": "source-missing"',
        right: 'stand-in',
        because: 'Real replies are 403 with the inner error SecretDisabled.',
      },
      { case: 'a forbidden vault is denied, and the others go on', ...anyToken },
      { case: 'of a forbidden vault are denied', ...anyToken },
      { case: 'are listed apart from secrets, which mark what belongs to one', ...blankPassword },
      { case: 'an RSA one in a PFX is read with its key, and its chain in order', ...blankPassword },
      { case: 'an EC one in a PFX is read with its key, and its chain in order', ...blankPassword },
      { case: 'whose key never leaves the vault are known as such before, and refused', ...blankPassword },
      {
        case: 'an RSA one in a PFX of old encryption is read with its key, and its chain in order',
        ...oneCertificate,
        shows: 'a length of 1 but got +0',
      },
      {
        case: 'one in PEM with its parts in another order is read with its key, and its chain in order',
        ...oneCertificate,
        shows: 'a length of 1 but got +0',
      },
      {
        case: 'an RSA one in PEM is read with its key, and its chain in order',
        ...oneCertificate,
        shows: 'belongs to none of the certificates',
      },
      {
        case: 'an EC one in PEM is read with its key, and its chain in order',
        ...oneCertificate,
        shows: 'belongs to none of the certificates',
      },
      { case: 'tell what they are without their key', ...oneCertificate, shows: 'Stand-in P-256 root' },
      {
        case: 'change version and thumbprint when they are renewed, also within one second',
        ...oneCertificate,
        shows: 'not to be',
      },
      {
        case: 'that are disabled are listed as disabled, and not read',
        does: 'A disabled certificate is told as not found.',
        shows: 'expected undefined to be false',
        right: 'stand-in',
        because:
          'REST API, Get Certificate: attributes.enabled is false for a disabled one; only its secret is refused.',
      },
      {
        case: 'keep their version when only a tag changes',
        does: 'Moving its time on makes all dates older, those inside certificates too.',
        shows: '"expiresOn"',
        right: 'stand-in',
        because: 'It is the only way to move its time.',
      },
    ],
  },
  notAsked: [],
  vaults: {
    host: (vault, origin) => `${vault}.localhost:${new URL(origin).port}`,
    // It has no clock to set, but can shift the dates of all that it holds.
    advance: (origin, milliseconds) =>
      new Promise((resolve, reject) => {
        const url = `${origin}/management/vault/time/all?seconds=${milliseconds / 1000}`;
        const headers = { 'content-type': 'application/json' };
        const sent = request(url, { method: 'PUT', headers, agent: false, rejectUnauthorized: false }, (reply) => {
          reply.resume();
          if (reply.statusCode === 204) resolve();
          else reject(new Error(`lowkey-vault did not shift its time (${reply.statusCode})`));
        });
        sent.on('error', reject);
        sent.end();
      }),
  },
};
