import {
  DescribeSecretCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  TagResourceCommand,
} from '@aws-sdk/client-secrets-manager';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { Failure } from '../../domain/failure.ts';
import type { TestStep } from '../ports.ts';
import { connectionTrials, runTrials } from '../steps.ts';
import { secretProblems } from './rules.ts';
import type { AwsSession } from './session.ts';

/**
 * Tries, step by step, what a sync needs under a name prefix. Changes nothing: rights are tried on a name that does not
 * exist, because AWS looks at the permission first and tells "not found" only to those who may.
 */
export function testSecretsManager(session: AwsSession, prefix: string, signal: AbortSignal): AsyncIterable<TestStep> {
  const { secrets, sts, region, urls, network, deps } = session;
  const name = `${prefix}permission-check-${deps.randomId()}`;
  const under = prefix === '' ? 'any name' : `names that begin with ${prefix}`;

  async function allowed(action: string, work: Parameters<typeof session.call>[2]): Promise<void> {
    try {
      await session.call({ action, name }, signal, work);
    } catch (error) {
      if (!(error instanceof Failure) || error.detail.code !== 'target-missing') throw error;
    }
  }

  const hosts = urls.sts.host === urls.secrets.host ? [urls.secrets] : [urls.secrets, urls.sts];
  return runTrials(
    [
      {
        id: 'name',
        title: 'Check the name prefix',
        async run() {
          const [problem] = secretProblems(name);
          if (problem) throw new Failure({ kind: 'invalid', code: 'name', sentence: problem.sentence, fix: prefixFix });
          return {
            sentence: prefix === '' ? 'No prefix: any name may be written.' : `AWS takes names like ${prefix}api-key.`,
          };
        },
      },
      ...connectionTrials(hosts, network, { signal, timeoutMs: deps.callTimeoutMs }),
      {
        id: 'sign-in',
        title: 'Sign in to AWS',
        async run() {
          const identity = await session.call({ action: 'sts:GetCallerIdentity' }, signal, (options) =>
            sts.send(new GetCallerIdentityCommand({}), options),
          );
          return { sentence: `The access key works. It belongs to ${identity.Arn ?? 'an identity without a name'}.` };
        },
      },
      {
        id: 'list',
        title: 'List secrets',
        run: () =>
          unlessDenied(
            session.call({ action: 'secretsmanager:ListSecrets' }, signal, (options) =>
              secrets.send(new ListSecretsCommand({ MaxResults: 1 }), options),
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
            allowed('secretsmanager:DescribeSecret', (options) =>
              secrets.send(new DescribeSecretCommand({ SecretId: name }), options),
            ),
            `Changes made by others to ${under} can be seen, without reading values.`,
            'Syncs work, but what others change in a target cannot be seen, and is overwritten.',
          ),
      },
      {
        id: 'write',
        title: 'Write secrets',
        async run() {
          await allowed('secretsmanager:PutSecretValue', (options) =>
            secrets.send(new PutSecretValueCommand({ SecretId: name, SecretString: 'permission check' }), options),
          );
          await allowed('secretsmanager:TagResource', (options) =>
            secrets.send(
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
    signal,
  );
}

const prefixFix = 'Use letters without accents, digits and / _ + = . @ - in the prefix.';

/** Passed, or a warning if the credential may not do it: sync works without. */
async function unlessDenied(trial: Promise<unknown>, sentence: string, without: string) {
  try {
    await trial;
    return { sentence };
  } catch (error) {
    if (!(error instanceof Failure) || error.kind !== 'denied') throw error;
    const { detail } = error;
    return { outcome: 'warning', sentence: `${detail.sentence} ${without}`, fix: detail.fix } as const;
  }
}
