import { X509Certificate } from 'node:crypto';
import { z } from 'zod';
import type { ConnectionSettings, Credential } from '../domain/connection.ts';

/** What a person may see of a stored credential. */
interface CredentialFacts {
  /** Tells it apart from others without giving any of it away that is secret; at most 80 characters. */
  readonly hint: string;
  /** When it ends by itself, in milliseconds since the epoch; null where it does not say so. */
  readonly expiresAt: number | null;
}

/** What tells a credential apart, and when it ends. */
export function credentialFacts(settings: ConnectionSettings, credential: Credential): CredentialFacts {
  if ('accessKeyId' in credential) {
    // AWS shows access key ids in its console and logs; four characters at each end tell keys apart.
    const { accessKeyId } = credential;
    return lasting(`${accessKeyId.slice(0, 4)}…${accessKeyId.slice(-4)}`);
  }
  if ('serviceAccountKey' in credential) return lasting(emailIn(credential.serviceAccountKey) ?? 'service account key');
  switch (credential.signIn) {
    case 'secret':
      return lasting('client secret');
    case 'user':
      return lasting(credential.username || 'signed in');
    case 'outside':
      return lasting(outside(settings));
    case 'certificate': {
      const end = new Date(new X509Certificate(credential.pem).validTo);
      return { hint: `certificate, valid to ${end.toISOString().slice(0, 10)}`, expiresAt: end.getTime() };
    }
  }
}

function lasting(hint: string): CredentialFacts {
  return { hint: hint.length > 80 ? `${hint.slice(0, 79)}…` : hint, expiresAt: null };
}

const keyFile = z.object({ client_email: z.string().regex(/^[\w.+@-]+$/) });

/** The account that a service account's key file is for: public, and what Google lists it by. */
function emailIn(serviceAccountKey: string): string | undefined {
  try {
    return keyFile.safeParse(JSON.parse(serviceAccountKey)).data?.client_email;
  } catch {
    // Not JSON: the file is refused when it is used. The parser's words may quote it.
    return undefined;
  }
}

/** Where on this computer a credential that is not stored here comes from. */
function outside(settings: ConnectionSettings): string {
  switch (settings.provider) {
    case 'azure':
      return 'Azure CLI';
    case 'aws':
      return settings.signIn === 'sso'
        ? `AWS SSO, ${settings.sso?.roleName ?? ''}`
        : `AWS profile ${settings.profile ?? ''}`;
    case 'gcp':
      return 'application default credentials';
  }
}
