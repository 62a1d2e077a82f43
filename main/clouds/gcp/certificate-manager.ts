import { CertificateManagerClient } from '@google-cloud/certificate-manager';
import type { GcpSettings } from '../../domain/connection.ts';
import { toFailure } from '../../domain/failure.ts';
import type { TargetState } from '../../domain/plan.ts';
import { product } from '../../product.ts';
import type { CloudDeps } from '../call.ts';
import { targetChanged } from '../failures.ts';
import { listingTrail } from '../listing.ts';
import type { Target } from '../ports.ts';
import {
  type Certificate,
  type CertificatePlace,
  changeCertificate,
  deleteCertificate,
  getCertificate,
  markerOfCertificate,
  ownerOfCertificate,
} from './certificate-calls.ts';
import { create, descriptionOf, isOurs, managedByGoogle, update } from './certificate-writes.ts';
import { subjectOf } from './classify.ts';
import { changedMarks } from './labels.ts';
import { gcpNameProblems } from './names.ts';
import { certificateBundle, certificateProblems } from './rules.ts';
import { openSession } from './session.ts';
import { testCertificateManager } from './trials.ts';

const pageSize = 100;

/**
 * The certificates of one project and location.
 * @param credential the connection's, not trusted to be one until parsed
 * @throws Failure `invalid` if settings, location or credential cannot be used; nothing is sent yet
 */
export function openCertificateManager(
  settings: GcpSettings,
  credential: unknown,
  location: string,
  deps: CloudDeps,
): Target {
  const session = openSession('certificatemanager', settings, credential, location, deps);
  const client = new CertificateManagerClient(session.clientOptions);
  const parent = `projects/${session.project}/locations/${location}`;
  const place: CertificatePlace = { session, client, parent };
  const trail = listingTrail(`The list of certificates in ${location}`);

  return {
    // A certificate is known by its fingerprint: the very one that is there already is seen, and not sent again.
    capabilities: { idempotentWrites: true, recoverableRemoval: false },
    validate: (name, payload) => [
      ...gcpNameProblems.certificatemanager(name),
      ...(payload ? certificateProblems(payload, deps.now()) : []),
    ],

    async inspect({ name }, signal) {
      try {
        return stateOf(place, await getCertificate(place, name, signal));
      } catch (error) {
        const { detail } = toFailure(error);
        if (detail.code === 'target-missing') return { kind: 'absent' };
        if (detail.code !== 'gcp-denied') throw error;
        return { kind: 'unreadable', missing: 'certificatemanager.certs.get' };
      }
    },

    async overviewPage(next, signal) {
      const pageToken = trail.link(next);
      const about = session.about('certificatemanager.certs.list');
      const [certificates, , reply] = await session.call(about, signal, () =>
        client.listCertificates({ parent, pageSize, ...(pageToken ? { pageToken } : {}) }, { autoPaginate: false }),
      );
      const items = certificates.map((one) => ({ name: nameOf(one), state: stateOf(place, one) }));
      return trail.page(next, items, reply?.nextPageToken ?? undefined);
    },

    async write(request, signal, waiting = () => {}) {
      const bundle = certificateBundle(request.payload, deps.now());
      return await (request.mode === 'create' ? create : update)(place, request, bundle, signal, waiting);
    },
    markerOf: ({ payload }) => (payload.kind === 'certificate' ? payload.bundle.facts.fingerprint : undefined),
    // The service gives no private key out; which certificate it is, the marker tells.
    holds: async () => undefined,

    async tag({ name }, change, signal) {
      const { labels, description } = await getCertificate(place, name, signal);
      const marks = changedMarks({ labels: labels ?? {}, annotations: {} }, change, product.tagNamespace);
      const ours = isOurs(description) && Object.keys(change.set).length > 0;
      const fields = { labels: marks.labels, ...(ours ? { description: descriptionOf(change.set) } : {}) };
      await changeCertificate(place, name, fields, signal, () => {});
    },

    // For good: the service can neither disable nor recover one, and refuses while it is in use.
    async remove({ name, id }, seen, signal) {
      try {
        if (seen !== null && markerOfCertificate(await getCertificate(place, name, signal)) !== seen)
          throw targetChanged(subjectOf(session.about('', name)));
        await deleteCertificate(place, name, signal);
      } catch (error) {
        // One that was there once is gone already, perhaps by an earlier try whose reply was lost.
        if (toFailure(error).detail.code !== 'target-missing' || id === undefined) throw error;
      }
    },
    test: (prefix, signal) => testCertificateManager(place, prefix, signal),
    close: () => session.close(),
  };
}

function stateOf(place: CertificatePlace, certificate: Certificate): TargetState {
  if (certificate.managed) {
    const { code, sentence, fix } = managedByGoogle(place, nameOf(certificate)).detail;
    return { kind: 'closed', code, why: sentence, fix };
  }
  return {
    kind: 'present',
    id: certificate.name ?? '',
    version: markerOfCertificate(certificate),
    ownerRecordId: ownerOfCertificate(certificate),
  };
}

function nameOf({ name }: Certificate): string {
  return name?.split('/').at(-1) ?? '';
}
