import { X509Certificate } from 'node:crypto';
import { ACMClient, GetCertificateCommand, KeyAlgorithm, ListCertificatesCommand } from '@aws-sdk/client-acm';
import {
  GetSecretValueCommand,
  ListSecretVersionIdsCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { z } from 'zod';
import type { SyncRecord } from '../../main/domain/record.ts';
import type { TargetService } from '../../main/domain/service.ts';
import type { AccessKey } from './peer.ts';

/** What a record calls its source and its target. */
type RecordNames = Pick<SyncRecord, 'sourceName' | 'targetName'>;

/** One service of a peer, as its owner looks at it. */
export interface Place {
  /** The text under a record's target name, or the fingerprint of the certificate; and how many versions there are of it. */
  held(record: RecordNames): Promise<{ readonly content: string; readonly versions: number }>;
  /** The call that replaces what is there. */
  readonly update: string;
  close(): void;
}

/** That of the records, too. */
const region = 'us-east-1';

/** @param origin where the peer answers */
export function awsPlace(service: TargetService, origin: string, credentials: AccessKey): Place {
  const config = { endpoint: origin, region, credentials };
  switch (service) {
    case 'secretsmanager': {
      const client = new SecretsManagerClient(config);
      return {
        update: 'secretsmanager:PutSecretValue',
        async held({ targetName: SecretId }) {
          const { SecretString = '' } = await client.send(new GetSecretValueCommand({ SecretId }));
          const listing = new ListSecretVersionIdsCommand({ SecretId, IncludeDeprecated: true });
          return { content: SecretString, versions: (await client.send(listing)).Versions?.length ?? 0 };
        },
        close: () => client.destroy(),
      };
    }
    case 'parameterstore': {
      const client = new SSMClient(config);
      return {
        update: 'ssm:PutParameter',
        async held({ targetName: Name }) {
          const command = new GetParameterCommand({ Name, WithDecryption: true });
          const { Value = '', Version = 0 } = (await client.send(command)).Parameter ?? {};
          return { content: Value, versions: Version };
        },
        close: () => client.destroy(),
      };
    }
    case 'acm': {
      const client = new ACMClient(config);
      return {
        update: 'acm:ImportCertificate',
        async held({ sourceName }) {
          const keyTypes = Object.values(KeyAlgorithm);
          const all = await client.send(new ListCertificatesCommand({ Includes: { keyTypes } }));
          const found = (all.CertificateSummaryList ?? []).filter(
            ({ DomainName }) => DomainName === domainOf(sourceName),
          );
          const command = new GetCertificateCommand({ CertificateArn: found[0]?.CertificateArn });
          const { Certificate = '' } = await client.send(command);
          return { content: new X509Certificate(Certificate).fingerprint256, versions: found.length };
        },
        close: () => client.destroy(),
      };
    }
    default:
      throw new Error(`${service} is none of AWS`);
  }
}

/** The domain that a certificate of this name in the vault is made for. */
export function domainOf(source: string): string {
  return `${source}.contoso.example`;
}

const version = z.object({ payload: z.object({ data: z.string() }) });
const versions = z.object({ versions: z.array(z.unknown()) });

/** GCP's Secret Manager at a peer that asks its owner for no token. */
export function gcpPlace(origin: string, projectId: string): Place {
  async function get(path: string): Promise<unknown> {
    const reply = await fetch(`${origin}/v1/projects/${projectId}/secrets/${path}`);
    if (!reply.ok) throw new Error(`the peer answered ${reply.status}`);
    return reply.json();
  }
  return {
    update: 'AddSecretVersion',
    async held({ targetName }) {
      const { payload } = version.parse(await get(`${targetName}/versions/latest:access`));
      const listed = versions.parse(await get(`${targetName}/versions`));
      return { content: Buffer.from(payload.data, 'base64').toString('utf8'), versions: listed.versions.length };
    },
    close() {},
  };
}
