import { X509Certificate } from 'node:crypto';
import type { Credential } from '../domain/connection.ts';

/** What tells a stored credential apart from others without giving any of it away that is secret. */
export function credentialHint(credential: Credential): string {
  if ('accessKeyId' in credential) {
    // AWS shows access key ids in its console and logs; four characters at each end tell keys apart.
    const { accessKeyId } = credential;
    return `${accessKeyId.slice(0, 4)}…${accessKeyId.slice(-4)}`;
  }
  if (credential.signIn === 'secret') return 'client secret';
  const { validTo } = new X509Certificate(credential.pem);
  return `certificate, valid to ${new Date(validTo).toISOString().slice(0, 10)}`;
}
