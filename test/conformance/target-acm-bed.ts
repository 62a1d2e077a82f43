import { awsRegion, openAwsTargetBed } from './target-aws-bed.ts';
import type { TargetBed } from './target-bed.ts';
import { certificateContent } from './target-payloads.ts';

const nameTag = 'certifyclouds:name';

/** The stand-in AWS Certificate Manager, as its owner sees it. */
export function openAcmBed(): Promise<TargetBed> {
  return openAwsTargetBed('acm', ({ certificates }) => {
    const all = (name: string) =>
      certificates.arns(awsRegion).filter((arn) => certificates.get(awsRegion, arn)?.tags[nameTag] === name);
    /** Of two by the same name, neither is the one. */
    function arnOf(name: string): string | undefined {
      const [arn, ...others] = all(name);
      if (others.length > 0) throw new Error(`${others.length + 1} certificates have the name ${name}`);
      return arn;
    }
    function need(name: string): string {
      const arn = arnOf(name);
      if (arn === undefined) throw new Error(`no certificate has the name ${name}`);
      return arn;
    }

    return {
      operations: {
        inspect: 'acm:GetCertificate',
        tag: 'acm:AddTagsToCertificate',
        create: 'acm:ImportCertificate',
        update: 'acm:ImportCertificate',
      },
      valueReads: ['acm:ExportCertificate'],
      granted: ['acm:DeleteCertificate'],
      smallest: ['acm:ImportCertificate', 'acm:AddTagsToCertificate'],
      held(name) {
        const arn = arnOf(name);
        const held = arn === undefined ? undefined : certificates.get(awsRegion, arn);
        if (!held) return undefined;
        // The name and what the console shows as one: how the adapter finds it again.
        const { [nameTag]: _, Name: __, ...tags } = held.tags;
        const value = certificateContent([held.certificate, ...held.chain].join('\n'));
        return { value, writes: held.imports, live: 1, tags, notes: [], options: {} };
      },
      count: () => certificates.arns(awsRegion).length,
      /** ACM knows no names: a foreign one of the same name has it from another installation of the app. */
      putOutside(name, payload) {
        if (payload.kind !== 'certificate') throw new Error('only certificates go into ACM');
        const { leaf, chain, privateKey } = payload.bundle;
        const known = arnOf(name);
        const arn = certificates.put(awsRegion, { certificate: leaf, privateKey, chain: chain.join('\n') }, known);
        if (known === undefined) certificates.tag(awsRegion, arn, { [nameTag]: name, Name: name });
      },
      tagOutside: (name, tags) => certificates.tag(awsRegion, need(name), tags),
      removeOutside: (name) => certificates.remove(awsRegion, need(name)),
    };
  });
}
