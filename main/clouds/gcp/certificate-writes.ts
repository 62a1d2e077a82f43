import type { CertificateBundle } from '../../domain/certificate.ts';
import { cancelled, Failure, isPassing, toFailure } from '../../domain/failure.ts';
import { ownerTag } from '../../domain/ownership.ts';
import { product } from '../../product.ts';
import { targetChanged } from '../failures.ts';
import type { WriteRequest, Written } from '../ports.ts';
import {
  type Certificate,
  type CertificatePlace,
  changeCertificate,
  createCertificate,
  deleteCertificate,
  getCertificate,
  markerOfCertificate,
  ownerOfCertificate,
  type Waiting,
} from './certificate-calls.ts';
import { subjectOf } from './classify.ts';
import { fitMarks, unfitInWords } from './labels.ts';
import { unseen } from './operations.ts';

/** What a description begins with that is ours to change. */
const describedBy = `Kept by ${product.name}.`;

/** The description of a certificate with these tags: those that do not fit a label, in words. */
export function descriptionOf(tags: Readonly<Record<string, string>>): string {
  return `${describedBy} ${unfitInWords(tags, product.tagNamespace)}`.trim();
}

/** Whether a description is ours to change. */
export function isOurs(description: string | null | undefined): boolean {
  return !description || description.startsWith(describedBy);
}

/**
 * Makes a certificate. One that is there already is success if it is this very one, by the same record: then an earlier try
 * had arrived.
 */
export async function create(
  place: CertificatePlace,
  request: WriteRequest,
  bundle: CertificateBundle,
  signal: AbortSignal,
  waiting: Waiting,
): Promise<Written> {
  const { name, tags } = request;
  let begun = false;
  try {
    await createCertificate(
      place,
      name,
      {
        description: descriptionOf(tags),
        labels: fitMarks(tags, product.tagNamespace).labels,
        selfManaged: pemsOf(bundle),
      },
      signal,
      waiting,
      () => {
        begun = true;
      },
    );
  } catch (error) {
    const failure = toFailure(error);
    // Also where the service only finds out on the way: what is there may be what an earlier try of ours is making.
    if (failure.detail.code === 'target-exists') return await repeated(place, request, bundle, failure, signal);
    if (begun && !isPassing(failure) && failure.kind !== 'cancelled')
      await cleanUp(place, request, bundle, failure, signal);
    throw failure;
  }
  return await confirmed(place, name, bundle, signal);
}

/**
 * Writes over what was seen before. There is no precondition for that, so it is looked at right before.
 */
export async function update(
  place: CertificatePlace,
  request: WriteRequest,
  bundle: CertificateBundle,
  signal: AbortSignal,
  waiting: Waiting,
): Promise<Written> {
  const { name, replaces } = request;
  const selfManaged = pemsOf(bundle);
  const { fingerprint } = bundle.facts;
  const found = await foundBefore(place, request, signal);
  if (found) {
    if (found.managed) throw managedByGoogle(place, name);
    const marker = markerOfCertificate(found);
    if (marker !== replaces && marker !== fingerprint) throw targetChanged(subjectOf(place.session.about('', name)));
    if (sameChain(found.pemCertificate, selfManaged.pemCertificate))
      return { id: idOf(place, name, found), version: fingerprint, confirmed: true };
  }
  await changeCertificate(place, name, { selfManaged }, signal, waiting);
  return await confirmed(place, name, bundle, signal);
}

/** What an update finds; undefined if the credential may not look and nobody expects it to. */
async function foundBefore(
  place: CertificatePlace,
  { name, replaces }: WriteRequest,
  signal: AbortSignal,
): Promise<Certificate | undefined> {
  try {
    return await getCertificate(place, name, signal);
  } catch (error) {
    if (toFailure(error).detail.code === 'gcp-denied' && replaces === null) return undefined;
    throw error;
  }
}

/** Looks at what is current after the write: without a precondition, somebody else's may have come right after. */
async function confirmed(
  place: CertificatePlace,
  name: string,
  { facts: { fingerprint } }: CertificateBundle,
  signal: AbortSignal,
): Promise<Written> {
  try {
    const now = await getCertificate(place, name, signal);
    return { id: idOf(place, name, now), version: fingerprint, confirmed: markerOfCertificate(now) === fingerprint };
  } catch (error) {
    const failure = toFailure(error);
    if (failure.kind === 'cancelled') throw cancelled();
    if (failure.detail.code !== 'gcp-denied')
      throw unseen(failure, 'gcp-write-unseen', 'The certificate was written, but what is current could not be seen.');
    // Who may not look goes by what the operation said: it carried out this very write.
    return { id: idOf(place, name, {}), version: fingerprint, confirmed: true };
  }
}

async function repeated(
  place: CertificatePlace,
  { name, tags }: WriteRequest,
  { facts: { fingerprint } }: CertificateBundle,
  exists: Failure,
  signal: AbortSignal,
): Promise<Written> {
  let found: Certificate;
  try {
    found = await getCertificate(place, name, signal);
  } catch (error) {
    if (toFailure(error).detail.code === 'gcp-denied') throw exists;
    throw error;
  }
  const isOwn = ownerOfCertificate(found) === (tags[ownerTag(product.tagNamespace)] ?? null);
  const marker = markerOfCertificate(found);
  if (isOwn && marker === fingerprint) return { id: idOf(place, name, found), version: fingerprint, confirmed: true };
  if (isOwn && marker === null && !found.managed) throw stillMaking(place, name);
  throw exists;
}

/** A create that failed at the end leaves nothing behind that could pass for a certificate. */
async function cleanUp(
  place: CertificatePlace,
  { name, tags }: WriteRequest,
  { facts: { fingerprint } }: CertificateBundle,
  failure: Failure,
  signal: AbortSignal,
): Promise<void> {
  try {
    const left = await getCertificate(place, name, signal);
    const isOwn = ownerOfCertificate(left) === (tags[ownerTag(product.tagNamespace)] ?? null);
    const isUsable = markerOfCertificate(left) === fingerprint;
    if (isOwn && !isUsable) await deleteCertificate(place, name, signal);
  } catch (error) {
    const { code, sentence, fix } = toFailure(error).detail;
    if (code === 'target-missing') return;
    const { detail } = failure;
    throw new Failure(
      {
        ...detail,
        sentence: `${detail.sentence} What it left behind could not be taken away: ${sentence}`,
        fix: `${detail.fix} Delete the certificate ${name} in the Google Cloud console if it is there. ${fix}`,
      },
      failure.cause,
    );
  }
}

/** Leaf first, then its issuers: SelfManagedCertificate in the API. The root is left to those who trust it. */
function pemsOf({ leaf, chain, privateKey }: CertificateBundle): { pemCertificate: string; pemPrivateKey: string } {
  return { pemCertificate: [leaf, ...chain].map((pem) => `${pem.trim()}\n`).join(''), pemPrivateKey: privateKey };
}

function sameChain(held: string | null | undefined, wanted: string): boolean {
  const bare = (pem: string) => pem.replace(/\s/g, '');
  return bare(held ?? '') === bare(wanted);
}

function idOf({ parent }: CertificatePlace, id: string, { name }: Certificate): string {
  return name || `${parent}/certificates/${id}`;
}

/** @returns the state of a certificate that Google renews by itself, in words */
export function managedByGoogle({ session }: CertificatePlace, name: string): Failure {
  return new Failure({
    kind: 'conflict',
    code: 'target-managed',
    sentence: `The ${subjectOf(session.about('', name))} is one that Google issues and renews, so none can be put in its place.`,
    fix: 'Choose another target name.',
  });
}

function stillMaking({ session }: CertificatePlace, name: string): Failure {
  return new Failure({
    kind: 'throttled',
    code: 'gcp-operation-running',
    sentence: `An earlier try to make the ${subjectOf(session.about('', name))} is still running.`,
    fix: 'Nothing to do: the app looks again.',
  });
}
