import type { X509Certificate } from 'node:crypto';
import { type CertificateVersion, type DeletedCertificate, type StoredCertificate, validity } from './certificates.ts';
import { currentVersion } from './shelf.ts';
import { attributes, deletion } from './vault-wire.ts';

const averageMonthSeconds = (365.25 / 12) * 24 * 60 * 60;

/** A certificate as GET, import, PATCH and recover return it. `url` is the vault's. */
export function certificateBundle(url: string, stored: StoredCertificate, version: CertificateVersion) {
  const path = `${stored.name}/${version.version}`;
  return {
    kid: `${url}/keys/${path}`,
    sid: `${url}/secrets/${path}`,
    cer: version.certificate.raw.toString('base64'),
    policy: certificatePolicy(url, stored),
    ...describe(`${url}/certificates/${path}`, version),
  };
}

/** A certificate in a list: the version is in the id only when versions are listed, and the policy never. */
export function certificateItem(url: string, stored: StoredCertificate, version?: CertificateVersion) {
  const shown = version ?? currentVersion(stored);
  const id = `${url}/certificates/${stored.name}${version === undefined ? '' : `/${version.version}`}`;
  return { ...describe(id, shown), subject: subjectOf(shown.certificate) };
}

/** How the policy reads after an import: nobody is asked to renew, mail goes out late in its life. */
export function certificatePolicy(url: string, { name, policy, versions }: StoredCertificate) {
  const { contentType, issuer, created, updated, ...key } = policy;
  const { certificate } = currentVersion({ name, versions });
  const { notBefore, expires } = validity(certificate);
  const dnsNames = (certificate.subjectAltName ?? '')
    .split(', ')
    .filter((entry) => entry.startsWith('DNS:'))
    .map((entry) => entry.slice('DNS:'.length));
  return {
    id: `${url}/certificates/${name}/policy`,
    key_props: key,
    secret_props: { contentType },
    x509_props: {
      subject: subjectOf(certificate),
      ekus: certificate.keyUsage ?? [],
      ...(dnsNames.length === 0 ? {} : { sans: { dns_names: dnsNames } }),
      validity_months: Math.round((expires - notBefore) / averageMonthSeconds),
      basic_constraints: { ca: certificate.ca },
    },
    lifetime_actions: [{ trigger: { lifetime_percentage: 80 }, action: { action_type: 'EmailContacts' } }],
    issuer: { name: issuer },
    attributes: { enabled: true, created, updated },
  };
}

export function deletedCertificateBundle(url: string, stored: DeletedCertificate) {
  return {
    ...deletion(`${url}/deletedcertificates`, stored),
    ...certificateBundle(url, stored, currentVersion(stored)),
  };
}

export function deletedCertificateItem(url: string, stored: DeletedCertificate) {
  return { ...deletion(`${url}/deletedcertificates`, stored), ...certificateItem(url, stored) };
}

function describe(id: string, version: CertificateVersion) {
  const { certificate, tags } = version;
  return {
    id,
    x5t: Buffer.from(certificate.fingerprint.replaceAll(':', ''), 'hex').toString('base64url'),
    attributes: attributes({ ...version, ...validity(certificate) }),
    ...(tags === undefined ? {} : { tags }),
  };
}

/** The most specific part first, as Windows and the service write it. */
function subjectOf({ subject }: X509Certificate): string {
  return subject.split('\n').reverse().join(', ');
}
