import {
  type ACMClient,
  AddTagsToCertificateCommand,
  GetCertificateCommand,
  ImportCertificateCommand,
  ListCertificatesCommand,
  ListTagsForCertificateCommand,
} from '@aws-sdk/client-acm';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { Failure } from '../../domain/failure.ts';
import type { TestStep } from '../ports.ts';
import { allowed } from '../steps.ts';
import { awsNameProblems } from './names.ts';
import { partitionOf } from './partition.ts';
import type { AwsSession } from './session.ts';
import { testService } from './trials.ts';

/** Tries, step by step, what a sync to ACM needs. Listing and looking are musts: without them a certificate is not found again. */
export function testAcm(session: AwsSession<ACMClient>, prefix: string, signal: AbortSignal): AsyncIterable<TestStep> {
  const { client, region, sts, deps } = session;
  const id = deps.randomId();

  /** An ARN of this account that no certificate has. */
  async function nowhere(): Promise<string> {
    const { Account = '' } = await session.call({ action: 'sts:GetCallerIdentity' }, signal, (options) =>
      sts.send(new GetCallerIdentityCommand({}), options),
    );
    return `arn:${partitionOf(region)}:acm:${region}:${Account}:certificate/${id}`;
  }
  const tried = (action: string, work: Parameters<typeof session.call>[2]) =>
    session.call({ action, name: 'certificate/*' }, signal, work);

  return testService(
    session,
    {
      name: `${prefix}permission-check`,
      nameProblems: awsNameProblems.acm,
      nameSentence: 'ACM gives certificates no names; they are found by tags.',
      rights: [
        {
          id: 'list',
          title: 'List certificates',
          async run() {
            await session.call({ action: 'acm:ListCertificates' }, signal, (options) =>
              client.send(new ListCertificatesCommand({ MaxItems: 1 }), options),
            );
            return { sentence: `The certificates in ${region} can be listed.` };
          },
        },
        {
          id: 'inspect',
          title: 'See changes made by others',
          async run() {
            const arn = await nowhere();
            await allowed(
              tried('acm:GetCertificate', (options) =>
                client.send(new GetCertificateCommand({ CertificateArn: arn }), options),
              ),
            );
            await allowed(
              tried('acm:ListTagsForCertificate', (options) =>
                client.send(new ListTagsForCertificateCommand({ CertificateArn: arn }), options),
              ),
            );
            return {
              sentence: 'Certificates and their tags can be looked at; ACM never gives out their private keys.',
            };
          },
        },
        {
          id: 'write',
          title: 'Import certificates',
          async run() {
            const CertificateArn = await nowhere();
            const text = Buffer.from('permission check');
            // No certificate, to an ARN that nothing has: refused either way, for one who may import as invalid or missing.
            await allowed(
              refusedAsInvalid(
                tried('acm:ImportCertificate', (options) =>
                  client.send(
                    new ImportCertificateCommand({ CertificateArn, Certificate: text, PrivateKey: text }),
                    options,
                  ),
                ),
              ),
            );
            await allowed(
              tried('acm:AddTagsToCertificate', (options) =>
                client.send(
                  new AddTagsToCertificateCommand({ CertificateArn, Tags: [{ Key: 'permission-check', Value: '' }] }),
                  options,
                ),
              ),
            );
            return { sentence: `Certificates may be imported and tagged in ${region}.` };
          },
        },
      ],
    },
    signal,
  );
}

async function refusedAsInvalid(trial: Promise<unknown>): Promise<void> {
  try {
    await trial;
  } catch (error) {
    if (!(error instanceof Failure) || error.kind !== 'invalid') throw error;
  }
}
