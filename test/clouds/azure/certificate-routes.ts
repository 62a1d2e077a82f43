import { z } from 'zod';
import { json, pathSegments } from '../kernel/reply.ts';
import type { CloudRequest } from '../kernel/types.ts';
import { certificateTypes, encodeMaterial, pemType, pfxType, readMaterial } from './certificate-material.ts';
import {
  certificateBundle,
  certificateItem,
  certificatePolicy,
  deletedCertificateBundle,
  deletedCertificateItem,
} from './certificate-wire.ts';
import type { CertificateProps } from './certificates.ts';
import { planDeletedWork } from './deleted-routes.ts';
import { currentVersion } from './shelf.ts';
import type { Vault } from './vault.ts';
import { bodyOf, byIdentifier, list, type Work } from './work.ts';

const changes = z.object({
  tags: z.record(z.string(), z.string()).nullish(),
  attributes: z.object({ enabled: z.boolean().nullish() }).nullish(),
});
const policy = z.object({
  key_props: z
    .object({
      exportable: z.boolean().nullish(),
      kty: z.enum(['RSA', 'RSA-HSM', 'EC', 'EC-HSM']).nullish(),
      reuse_key: z.boolean().nullish(),
    })
    .nullish(),
  secret_props: z.object({ contentType: z.enum(certificateTypes).nullish() }).nullish(),
  issuer: z.object({ name: z.string().nullish() }).nullish(),
});
const newCertificate = changes.extend({
  value: z.string(),
  pwd: z.string().nullish(),
  policy: policy.nullish(),
  preserveCertOrder: z.boolean().nullish(),
});

/** Paths of the API that look like names: the issuers and contacts of a vault, and restoring a backup. */
const reserved = ['issuers', 'contacts', 'restore'];

/** Reads method and path; undefined when they are not part of the certificates API as far as it is served. */
export function planCertificateWork(request: CloudRequest, vault: Vault, url: string): Work | undefined {
  const [kind, name, third, ...more] = pathSegments(request);
  if (more.length > 0 || (name !== undefined && reserved.includes(name))) return undefined;
  if (kind === 'certificates') {
    return name === undefined ? planList(request, vault, url) : planOne(request, vault, url, name, third);
  }
  if (kind === 'deletedcertificates') {
    return planDeleted(request, vault, url, name, third);
  }
  return undefined;
}

function planList(request: CloudRequest, vault: Vault, url: string): Work | undefined {
  if (request.method !== 'GET') return undefined;
  const perform = () =>
    list(
      request,
      vault,
      url,
      vault.certificates.list(),
      ({ name }) => name,
      (stored) => certificateItem(url, stored),
    );
  return { name: 'ListCertificates', action: dataAction('read'), perform };
}

function planOne(
  request: CloudRequest,
  vault: Vault,
  url: string,
  name: string,
  third: string | undefined,
): Work | undefined {
  const { certificates } = vault;
  const object = { collection: 'certificates', name: certificates.spelling(name) } as const;
  if (request.method === 'GET' && third === 'versions') {
    const perform = () => {
      const stored = certificates.find(name);
      return list(
        request,
        vault,
        url,
        byIdentifier(stored.versions),
        ({ version }) => version,
        (version) => certificateItem(url, stored, version),
      );
    };
    return { name: 'ListCertificateVersions', object, action: dataAction('read'), perform };
  }
  if (request.method === 'GET' && third === 'policy') {
    const perform = () => json(200, certificatePolicy(url, certificates.find(name)));
    return { name: 'GetCertificatePolicy', object, action: dataAction('read'), perform };
  }
  if (third === 'pending' || third === 'policy') return undefined;
  if (request.method === 'GET') {
    const perform = () => {
      const stored = certificates.find(name);
      return json(200, certificateBundle(url, stored, certificates.version(stored, third)));
    };
    return { name: 'GetCertificate', object, action: dataAction('read'), perform };
  }
  if (request.method === 'POST' && third === 'import') {
    const perform = () => {
      const made = importCertificate(vault, name, newCertificate.parse(bodyOf(request)));
      return json(200, certificateBundle(url, certificates.find(name), made));
    };
    return { name: 'ImportCertificate', object, action: dataAction('import/action'), perform };
  }
  if (request.method === 'PATCH') {
    const perform = () => {
      const changed = certificates.update(name, toProps(changes.parse(bodyOf(request))), third);
      return json(200, certificateBundle(url, certificates.find(name), changed));
    };
    return { name: 'UpdateCertificate', object, action: dataAction('update/action'), perform };
  }
  if (request.method === 'DELETE' && third === undefined) {
    const perform = () => json(200, deletedCertificateBundle(url, certificates.remove(name)));
    return { name: 'DeleteCertificate', object, action: dataAction('delete'), perform };
  }
  return undefined;
}

/**
 * The service packs what it is given anew: the leaf first unless told otherwise, and no password. Without a policy, as
 * the JavaScript library sends an import, the value itself tells its format.
 */
function importCertificate(vault: Vault, name: string, asked: z.infer<typeof newCertificate>) {
  const apparent = asked.value.includes('-----BEGIN ') ? pemType : pfxType;
  const contentType = asked.policy?.secret_props?.contentType ?? apparent;
  const { privateKey, leaf, certificates } = readMaterial(asked.value, contentType, asked.pwd ?? '');
  const others = certificates.filter((certificate) => certificate !== leaf);
  const ordered = asked.preserveCertOrder === true ? certificates : [leaf, ...others];
  const value = encodeMaterial({ privateKey, certificates: ordered }, contentType);
  const { exportable, kty, reuse_key: reuseKey } = asked.policy?.key_props ?? {};
  const issuer = asked.policy?.issuer?.name;
  return vault.certificates.set(name, contentType === pfxType ? { pfxBase64: value } : { pem: value }, {
    ...toProps(asked),
    hsm: kty?.endsWith('-HSM') ?? false,
    ...(exportable == null ? {} : { exportable }),
    ...(reuseKey == null ? {} : { reuseKey }),
    ...(issuer == null ? {} : { issuer }),
  });
}

function planDeleted(
  request: CloudRequest,
  vault: Vault,
  url: string,
  name: string | undefined,
  third: string | undefined,
): Work | undefined {
  return planDeletedWork(request, vault, url, name, third, {
    noun: 'Certificate',
    collection: 'certificates',
    readAction: dataAction('read'),
    dataAction,
    shelf: vault.certificates,
    showItem: (deleted) => deletedCertificateItem(url, deleted),
    showDeleted: (deleted) => deletedCertificateBundle(url, deleted),
    showRecovered: (stored) => certificateBundle(url, stored, currentVersion(stored)),
  });
}

/** https://learn.microsoft.com/azure/role-based-access-control/permissions/security#microsoftkeyvault */
function dataAction(name: string): string {
  return `Microsoft.KeyVault/vaults/certificates/${name}`;
}

function toProps({ tags, attributes }: z.infer<typeof changes>): CertificateProps {
  return {
    ...(tags == null ? {} : { tags }),
    ...(attributes?.enabled == null ? {} : { enabled: attributes.enabled }),
  };
}
