import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { Failure } from '../../domain/failure.ts';
import type { TargetProblem, TestStep } from '../ports.ts';
import { connectionTrials, runTrials } from '../steps.ts';
import type { AwsSession } from './session.ts';
import type { AwsIdentity } from './sign-in.ts';

type Trial = Parameters<typeof runTrials>[0][number];

/** What one service is tried for, after the steps that are the same for all. */
interface ServiceTrials {
  /** A name that a sync could write to. */
  readonly name: string;
  readonly nameProblems: (name: string) => TargetProblem[];
  /** Told once the name is found good. */
  readonly nameSentence: string;
  readonly rights: readonly Trial[];
}

/**
 * Tries, step by step, what a sync needs. Changes nothing: rights are tried on a target that does not exist, because AWS looks
 * at the permission first and tells "not found" only to those who may.
 */
export function testService<Client>(
  session: AwsSession<Client>,
  { name, nameProblems, nameSentence, rights }: ServiceTrials,
  signal: AbortSignal,
): AsyncIterable<TestStep> {
  const { sts, urls, network, deps } = session;
  const hosts = urls.sts.host === urls.service.host ? [urls.service] : [urls.service, urls.sts];
  return runTrials(
    [
      {
        id: 'name',
        title: 'Check the name prefix',
        async run() {
          const [problem] = nameProblems(name);
          if (problem) throw new Failure({ ...problem, kind: 'invalid' });
          return { sentence: nameSentence };
        },
      },
      ...connectionTrials(hosts, network, { signal, timeoutMs: deps.callTimeoutMs }),
      {
        id: 'sign-in',
        title: 'Sign in to AWS',
        async run() {
          const { Account, Arn } = await session.call({ action: 'sts:GetCallerIdentity' }, signal, (options) =>
            sts.send(new GetCallerIdentityCommand({}), options),
          );
          const who = `Signed in to account ${Account ?? 'unknown'} as ${Arn ?? 'an identity without a name'}.`;
          return { sentence: `${who}${lasting(await session.identity())}` };
        },
      },
      ...rights,
    ],
    signal,
  );
}

function lasting({ sessionToken, expiration }: AwsIdentity): string {
  if (expiration)
    return ` These credentials are good until ${expiration.toISOString().slice(0, 16).replace('T', ' ')} UTC; the app fetches new ones before.`;
  return sessionToken === undefined
    ? ''
    : ' These credentials are temporary; AWS does not say until when they are good.';
}
