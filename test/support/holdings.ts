import { X509Certificate } from 'node:crypto';
import type { TargetService } from '../../main/domain/service.ts';
import { createIssuer } from '../clouds/kernel/certificate-chain.ts';
import type { Sample } from '../clouds/sample.ts';
import type { Clouds } from '../clouds/start.ts';

const region = 'us-east-1';

/** The targets of one service as the account's owner sees them, past the product: see `newRecord` for where they are. */
export interface Holding {
  /** Of a secret its bytes; of a certificate its chain in PEM, leaf first. */
  content(targetName: string): Buffer | undefined;
  /** How often there was a write: versions, or imports into whatever goes by the name; of Certificate Manager only 0 or 1. */
  writes(targetName: string): number;
  /** Tags or labels. */
  tags(targetName: string): Readonly<Record<string, string>>;
  /** Somebody else writes: a text, or a certificate of their own, for the domain name of the one there. */
  putOutside(targetName: string): Promise<void>;
  removeOutside(targetName: string): void;
  /** Somebody else takes off all tags, ours included. */
  untagOutside(targetName: string): void;
  /** What the stand-in calls requests that write, and those that give a value out. */
  readonly writing: RegExp;
  readonly reading: RegExp;
  /** The write that puts a value into a new target, and into one that exists. */
  readonly create: string;
  readonly update: string;
}

const text = (value: string | Buffer | undefined) => (value === undefined ? undefined : Buffer.from(value));

export function holdingOf(clouds: Clouds, { gcp: { projectId } }: Sample, service: TargetService): Holding {
  const { aws, gcp } = clouds;
  switch (service) {
    case 'secretsmanager':
      return {
        content: (name) => text(aws.secretValue(region, name)),
        writes: (name) => aws.secret(region, name)?.versions.length ?? 0,
        tags: (name) =>
          Object.fromEntries((aws.secret(region, name)?.Tags ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? ''])),
        async putOutside(name) {
          aws.putOutside(region, name, 'by hand');
        },
        removeOutside: (name) => aws.removeOutside(region, name),
        untagOutside(name) {
          const keys = (aws.secret(region, name)?.Tags ?? []).map(({ Key = '' }) => Key);
          aws.untagOutside(region, name, keys);
        },
        writing: /^secretsmanager:(Create|Put|Update|Tag|Untag|Delete|Restore)/,
        reading: /^secretsmanager:GetSecretValue/,
        create: 'secretsmanager:CreateSecret',
        update: 'secretsmanager:PutSecretValue',
      };
    case 'parameterstore':
      return {
        content: (name) => text(aws.parameters.value(region, name)),
        writes: (name) => aws.parameters.get(region, name)?.versions.length ?? 0,
        tags: (name) => aws.parameters.get(region, name)?.tags ?? {},
        async putOutside(name) {
          aws.parameters.put(region, name, 'by hand');
        },
        removeOutside: (name) => aws.parameters.remove(region, name),
        untagOutside: (name) =>
          aws.parameters.untag(region, name, Object.keys(aws.parameters.get(region, name)?.tags ?? {})),
        writing: /^ssm:(Put|Add|Remove|Delete|Label)/,
        reading: /^ssm:GetParameter/,
        create: 'ssm:PutParameter',
        update: 'ssm:PutParameter',
      };
    case 'acm': {
      const named = (name: string) =>
        aws.certificates
          .arns(region)
          .map((arn) => aws.certificates.get(region, arn))
          .filter((one) => one?.tags['certifyclouds:name'] === name);
      return {
        content(name) {
          const [found] = named(name);
          return found && text(chainText([found.certificate, ...found.chain]));
        },
        writes: (name) => named(name).reduce((sum, one) => sum + (one?.imports ?? 0), 0),
        tags: (name) => named(name)[0]?.tags ?? {},
        async putOutside(name) {
          const [there] = named(name);
          const { leaf, intermediate, privateKey } = await foreign(there?.domainName);
          const material = { certificate: leaf, privateKey, chain: intermediate };
          const arn = aws.certificates.put(region, material, there?.arn);
          aws.certificates.tag(region, arn, { 'certifyclouds:name': name });
        },
        removeOutside: (name) => aws.certificates.remove(region, named(name)[0]?.arn ?? ''),
        untagOutside(name) {
          const [there] = named(name);
          aws.certificates.untag(region, there?.arn ?? '', Object.keys(there?.tags ?? {}));
        },
        writing: /^acm:(Import|Add|Remove|Delete)/,
        // It gives out the public part alone, but only a look for changes needs it.
        reading: /^acm:ExportCertificate/,
        create: 'acm:ImportCertificate',
        update: 'acm:ImportCertificate',
      };
    }
    case 'secretmanager': {
      const resource = (name: string) => `projects/${projectId}/secrets/${name}`;
      return {
        content: (name) => gcp.secrets.value(resource(name)),
        writes: (name) => gcp.secrets.get(resource(name))?.versions.length ?? 0,
        tags: (name) => gcp.secrets.get(resource(name))?.labels ?? {},
        async putOutside(name) {
          gcp.secrets.put(resource(name), 'by hand');
        },
        removeOutside: (name) => gcp.secrets.remove(resource(name)),
        untagOutside: (name) =>
          gcp.secrets.unlabel(resource(name), Object.keys(gcp.secrets.get(resource(name))?.labels ?? {})),
        writing: /^SecretManagerService\.(Create|Add|Update|Delete|Disable|Enable|Destroy)/,
        reading: /^SecretManagerService\.AccessSecretVersion/,
        create: 'SecretManagerService.AddSecretVersion',
        update: 'SecretManagerService.AddSecretVersion',
      };
    }
    case 'certificatemanager': {
      const resource = (name: string) => `projects/${projectId}/locations/global/certificates/${name}`;
      return {
        content(name) {
          const held = gcp.certificates.get(resource(name));
          return held && text(chainText([held.pemCertificate]));
        },
        writes: (name) => (gcp.certificates.get(resource(name)) ? 1 : 0),
        tags: (name) => gcp.certificates.get(resource(name))?.labels ?? {},
        async putOutside(name) {
          const { leaf, intermediate, privateKey } = await foreign();
          gcp.certificates.put(resource(name), `${leaf}${intermediate}`, privateKey);
        },
        removeOutside: (name) => gcp.certificates.remove(resource(name)),
        untagOutside: (name) =>
          gcp.certificates.unlabel(resource(name), Object.keys(gcp.certificates.get(resource(name))?.labels ?? {})),
        writing: /^CertificateManager\.(Create|Update|Delete)/,
        // It never gives out a private key.
        reading: /^never$/,
        create: 'CertificateManager.CreateCertificate',
        update: 'CertificateManager.UpdateCertificate',
      };
    }
  }
}

/** Certificates one after the other, each spelled the same however a service spells it. */
export function chainText(pems: readonly (string | X509Certificate)[]): string {
  const blocks = pems.join('\n').match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
  return (blocks ?? []).map((block) => new X509Certificate(block).toString()).join('');
}

async function foreign(commonName = 'made.by.hand.example') {
  const { leaf, intermediate, privateKey } = await (await createIssuer('P-256')).issue({ commonName });
  return {
    leaf: leaf.toString(),
    intermediate: intermediate.toString(),
    privateKey: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
  };
}
