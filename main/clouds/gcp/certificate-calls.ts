import { createHash } from 'node:crypto';
import { type CertificateManagerClient, protos } from '@google-cloud/certificate-manager';
import { product } from '../../product.ts';
import type { GcpCall } from './classify.ts';
import { ownerLabel } from './labels.ts';
import { type OperationState, waitForEnd } from './operations.ts';
import type { GcpSession } from './session.ts';

export type Certificate = protos.google.cloud.certificatemanager.v1.ICertificate;
export type Waiting = (sentence: string) => void;

/** The certificates of one project and location, through the official client. */
export interface CertificatePlace {
  readonly session: GcpSession;
  readonly client: CertificateManagerClient;
  /** E.g. `projects/p1/locations/global`. */
  readonly parent: string;
}

/**
 * SHA-256 of the leaf, in lower-case hex: what is current, told from the public part alone. A date would not do: labels
 * change it too.
 * @returns null for a certificate that has none yet
 */
export function markerOfCertificate({ pemCertificate }: Certificate): string | null {
  const leaf = pemCertificate?.match(/-----BEGIN CERTIFICATE-----([\s\S]*?)-----END CERTIFICATE-----/)?.[1];
  return leaf === undefined ? null : createHash('sha256').update(Buffer.from(leaf, 'base64')).digest('hex');
}

/** The record id in the owner label, or null. */
export function ownerOfCertificate({ labels }: Certificate): string | null {
  return labels?.[ownerLabel(product.tagNamespace)] ?? null;
}

export async function getCertificate(
  { session, client, parent }: CertificatePlace,
  id: string,
  signal: AbortSignal,
): Promise<Certificate> {
  const [certificate] = await session.call(session.about('certificatemanager.certs.get', id), signal, () =>
    client.getCertificate({ name: `${parent}/certificates/${id}` }),
  );
  return certificate;
}

/** Creates and waits. @param begun told once the service has accepted it and may be carrying it out */
export function createCertificate(
  place: CertificatePlace,
  id: string,
  certificate: Certificate,
  signal: AbortSignal,
  waiting: Waiting,
  begun: () => void,
): Promise<void> {
  const { session, client, parent } = place;
  const about = session.about('certificatemanager.certs.create', id);
  const begin = async () => {
    const [operation] = await client.createCertificate({ parent, certificateId: id, certificate });
    begun();
    return operation.latestResponse;
  };
  return operate(place, about, begin, signal, () => waiting(`Certificate Manager is checking the certificate ${id}.`));
}

/** Changes the fields given, no others, and waits. The service has no precondition for it: the last writer wins. */
export function changeCertificate(
  place: CertificatePlace,
  id: string,
  fields: Pick<Certificate, 'selfManaged' | 'labels' | 'description'>,
  signal: AbortSignal,
  waiting: Waiting,
): Promise<void> {
  const { session, client, parent } = place;
  const paths = Object.keys(fields).map((field) => (field === 'selfManaged' ? 'self_managed' : field));
  const begin = async () => {
    const certificate = { name: `${parent}/certificates/${id}`, ...fields };
    const [operation] = await client.updateCertificate({ certificate, updateMask: { paths } });
    return operation.latestResponse;
  };
  const about = session.about('certificatemanager.certs.update', id);
  return operate(place, about, begin, signal, () => waiting(`Certificate Manager is updating the certificate ${id}.`));
}

/** Deletes for good and waits: the service has no other way. */
export function deleteCertificate(place: CertificatePlace, id: string, signal: AbortSignal): Promise<void> {
  const { session, client, parent } = place;
  const begin = async () => {
    const [operation] = await client.deleteCertificate({ name: `${parent}/certificates/${id}` });
    return operation.latestResponse;
  };
  return operate(place, session.about('certificatemanager.certs.delete', id), begin, signal, () => {});
}

/** The success of such a call is not that of what it asks for: that is told by the operation it begins. */
async function operate(
  { session, client }: CertificatePlace,
  about: GcpCall,
  begin: () => Promise<OperationState>,
  signal: AbortSignal,
  waiting: () => void,
): Promise<void> {
  const begun = await session.call(about, signal, begin);
  const look = async (name: string) => {
    const [operation] = await client.getOperation(new protos.google.longrunning.GetOperationRequest({ name }));
    return operation;
  };
  await waitForEnd({ session, about, look }, begun, signal, waiting);
}
