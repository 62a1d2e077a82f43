import {
  DescribeSecretCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  type SecretsManagerClient,
  TagResourceCommand,
} from '@aws-sdk/client-secrets-manager';
import type { TestStep } from '../ports.ts';
import { allowed, unlessDenied } from '../steps.ts';
import { awsNameProblems } from './names.ts';
import type { AwsSession } from './session.ts';
import { testService } from './trials.ts';

/** Tries, step by step, what a sync to Secrets Manager needs under a name prefix. */
export function testSecretsManager(
  session: AwsSession<SecretsManagerClient>,
  prefix: string,
  signal: AbortSignal,
): AsyncIterable<TestStep> {
  const { client, region, deps } = session;
  const name = `${prefix}permission-check-${deps.randomId()}`;
  const under = prefix === '' ? 'any name' : `names that begin with ${prefix}`;

  const onMissing = (action: string, work: Parameters<typeof session.call>[2]) =>
    allowed(session.call({ action, name }, signal, work));

  return testService(
    session,
    {
      name,
      nameProblems: awsNameProblems.secretsmanager,
      nameSentence: prefix === '' ? 'No prefix: any name may be written.' : `AWS takes names like ${prefix}api-key.`,
      rights: [
        {
          id: 'list',
          title: 'List secrets',
          run: () =>
            unlessDenied(
              session.call({ action: 'secretsmanager:ListSecrets' }, signal, (options) =>
                client.send(new ListSecretsCommand({ MaxResults: 1 }), options),
              ),
              `The secrets in ${region} can be listed.`,
              'Syncs work without listing; many records are then looked at one by one, which takes longer.',
            ),
        },
        {
          id: 'inspect',
          title: 'See changes made by others',
          run: () =>
            unlessDenied(
              onMissing('secretsmanager:DescribeSecret', (options) =>
                client.send(new DescribeSecretCommand({ SecretId: name }), options),
              ),
              `Changes made by others to ${under} can be seen, without reading values.`,
              'Syncs work, but what others change in a target cannot be seen, and is overwritten.',
            ),
        },
        {
          id: 'write',
          title: 'Write secrets',
          async run() {
            await onMissing('secretsmanager:PutSecretValue', (options) =>
              client.send(new PutSecretValueCommand({ SecretId: name, SecretString: 'permission check' }), options),
            );
            await onMissing('secretsmanager:TagResource', (options) =>
              client.send(
                new TagResourceCommand({ SecretId: name, Tags: [{ Key: 'permission-check', Value: '' }] }),
                options,
              ),
            );
            return {
              sentence:
                `New values and tags may be written to ${under} in ${region}. ` +
                'Whether secrets may be created (secretsmanager:CreateSecret) cannot be tried without creating one.',
            };
          },
        },
      ],
    },
    signal,
  );
}
