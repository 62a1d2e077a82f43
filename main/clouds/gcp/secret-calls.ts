import type { protos, SecretManagerServiceClient } from '@google-cloud/secret-manager';
import { product } from '../../product.ts';
import { ownerLabel } from './labels.ts';
import type { GcpSession } from './session.ts';

export type Secret = protos.google.cloud.secretmanager.v1.ISecret;

/** The secrets of one place, through the official client. */
export interface SecretPlace {
  readonly session: GcpSession;
  readonly client: SecretManagerServiceClient;
  /** E.g. `projects/p1`, `projects/p1/locations/europe-west1`. */
  readonly parent: string;
}

/** The record id in the owner label, or null. */
export function ownerOfSecret({ labels }: Secret): string | null {
  return labels?.[ownerLabel(product.tagNamespace)] ?? null;
}

export async function getSecret(
  { session, client, parent }: SecretPlace,
  name: string,
  signal: AbortSignal,
): Promise<Secret> {
  const [secret] = await session.call(session.about('secretmanager.secrets.get', name), signal, () =>
    client.getSecret({ name: `${parent}/secrets/${name}` }),
  );
  return secret;
}

/**
 * Changes the fields given, no others, of a secret as it was read: what somebody else changed since then is not overwritten,
 * but read anew by the next try.
 */
export async function changeSecret(
  { session, client, parent }: SecretPlace,
  name: string,
  { etag }: Secret,
  fields: Pick<Secret, 'labels' | 'annotations'>,
  signal: AbortSignal,
): Promise<void> {
  await session.call(session.about('secretmanager.secrets.update', name, true), signal, () =>
    client.updateSecret({
      secret: { name: `${parent}/secrets/${name}`, ...fields, ...(etag ? { etag } : {}) },
      updateMask: { paths: Object.keys(fields) },
    }),
  );
}
