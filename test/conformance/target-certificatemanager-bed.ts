import type { TargetBed } from './target-bed.ts';
import { gcpProject, openGcpTargetBed } from './target-gcp-bed.ts';
import { certificateContent } from './target-payloads.ts';

/** The stand-in GCP Certificate Manager, as its owner sees it. */
export function openCertificateManagerBed(): Promise<TargetBed> {
  return openGcpTargetBed('certificatemanager', 'global', ({ certificates }) => {
    const full = (name: string) => `projects/${gcpProject}/locations/global/certificates/${name}`;
    return {
      operations: {
        inspect: 'CertificateManager.GetCertificate',
        overviewPage: 'CertificateManager.ListCertificates',
        tag: 'CertificateManager.UpdateCertificate',
        create: 'CertificateManager.CreateCertificate',
        update: 'CertificateManager.UpdateCertificate',
      },
      // It gives out no private key.
      valueReads: [],
      granted: ['certificatemanager.certs.delete'],
      smallest: [
        'certificatemanager.certs.create',
        'certificatemanager.certs.update',
        'certificatemanager.operations.get',
      ],
      held(name) {
        const certificate = certificates.get(full(name));
        if (!certificate) return undefined;
        const { labels, description, pemCertificate } = certificate;
        const words = description.replace(/^Kept by CertifyClouds Sync\. ?/, '');
        return {
          value: certificateContent(pemCertificate),
          writes: null,
          live: 1,
          tags: labels,
          notes: words === '' ? [] : words.split('; '),
          options: {},
        };
      },
      count: () => certificates.ids(gcpProject, 'global').length,
      putOutside(name, payload) {
        if (payload.kind !== 'certificate') throw new Error('only certificates go into Certificate Manager');
        const { leaf, chain, privateKey } = payload.bundle;
        certificates.put(full(name), [leaf, ...chain].join('\n'), privateKey);
      },
      tagOutside: (name, tags) => certificates.label(full(name), tags),
      removeOutside: (name) => certificates.remove(full(name)),
    };
  });
}
