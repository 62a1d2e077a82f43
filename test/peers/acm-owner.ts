import { X509Certificate } from 'node:crypto';
import {
  ACMClient,
  AddTagsToCertificateCommand,
  DeleteCertificateCommand,
  GetCertificateCommand,
  ImportCertificateCommand,
  KeyAlgorithm,
  ListTagsForCertificateCommand,
  paginateListCertificates,
  ResourceNotFoundException,
} from '@aws-sdk/client-acm';
import { z } from 'zod';
import { product } from '../../main/product.ts';
import { certificateContent } from '../conformance/target-payloads.ts';
import type { OwnerConfig } from './aws-bed.ts';
import { type Owner, withoutMarks } from './bed.ts';
import type { Front } from './front.ts';

const nameTag = `${product.tagNamespace}name`;
const imported = z.object({ CertificateArn: z.string() });
const asked = z.object({ Tags: z.array(z.object({ Key: z.string(), Value: z.string().optional() })).optional() });

/**
 * Certificate Manager, asked by one who may do everything. It counts no imports and knows no names: both are taken from the
 * imports that pass the front, the name from the tags of the first.
 */
export function certificatesOwner(config: OwnerConfig, front: Front): Owner {
  const client = new ACMClient(config);
  const arns = new Map<string, string>();
  const imports = new Map<string, number>();

  function note(arn: string, tags: z.infer<typeof asked>['Tags']): void {
    imports.set(arn, (imports.get(arn) ?? 0) + 1);
    const name = tags?.find(({ Key }) => Key === nameTag)?.Value;
    if (name !== undefined) arns.set(name, arn);
  }
  front.watch('acm:ImportCertificate', (request, reply) => {
    if (reply.status === 200)
      note(imported.parse(JSON.parse(reply.body)).CertificateArn, asked.parse(JSON.parse(request)).Tags);
  });
  const arnOf = (name: string) => {
    const arn = arns.get(name);
    if (arn === undefined) throw new Error(`the peer has no certificate ${name}`);
    return arn;
  };

  return {
    async held(name) {
      const arn = arns.get(name);
      if (arn === undefined) return undefined;
      try {
        const { Certificate = '', CertificateChain = '' } = await client.send(
          new GetCertificateCommand({ CertificateArn: arn }),
        );
        const { Tags } = await client.send(new ListTagsForCertificateCommand({ CertificateArn: arn }));
        const value = certificateContent(linked(Certificate, CertificateChain));
        // The console's name of a certificate, which the adapter sets as well.
        const { Name: _, ...tags } = withoutMarks(Tags);
        return { value, writes: imports.get(arn) ?? 0, live: 1, tags, notes: [], options: {} };
      } catch (error) {
        if (error instanceof ResourceNotFoundException) return undefined;
        throw error;
      }
    },
    async count() {
      let found = 0;
      const pages = paginateListCertificates({ client }, { Includes: { keyTypes: Object.values(KeyAlgorithm) } });
      for await (const { CertificateSummaryList = [] } of pages) found += CertificateSummaryList.length;
      return found;
    },
    async putOutside(name, payload) {
      if (payload.kind !== 'certificate') throw new Error(`a certificate is kept here, not ${payload.kind}`);
      const { leaf, chain, privateKey } = payload.bundle;
      const known = arns.get(name);
      const tags = [{ Key: nameTag, Value: name }];
      const { CertificateArn = '' } = await client.send(
        new ImportCertificateCommand({
          Certificate: Buffer.from(leaf),
          CertificateChain: Buffer.from(chain.join('\n')),
          PrivateKey: Buffer.from(privateKey),
          ...(known === undefined ? { Tags: tags } : { CertificateArn: known }),
        }),
      );
      note(CertificateArn, tags);
    },
    async tagOutside(name, tags) {
      const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
      await client.send(new AddTagsToCertificateCommand({ CertificateArn: arnOf(name), Tags }));
    },
    async removeOutside(name) {
      await client.send(new DeleteCertificateCommand({ CertificateArn: arnOf(name) }));
      arns.delete(name);
    },
    close: () => client.destroy(),
  };
}

/** Leaf and chain as far as each certificate issued the one before: moto puts one of Amazon's at the end of every chain. */
function linked(leaf: string, chain: string): string {
  const blocks = chain.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  const kept = [leaf];
  for (const block of blocks) {
    if (!new X509Certificate(kept.at(-1) ?? '').checkIssued(new X509Certificate(block))) break;
    kept.push(block);
  }
  return kept.join('\n');
}
