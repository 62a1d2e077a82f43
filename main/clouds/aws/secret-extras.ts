import type { Failure } from '../../domain/failure.ts';
import type { WriteRequest, Written } from '../ports.ts';
import { type Described, versionAt } from './secret-look.ts';

/** Whether the key a secret has is the one that is wanted. Each may be told by its ARN or by what the ARN ends with. */
export function sameKey(seen: string | undefined, wanted: string): boolean {
  if (seen === undefined) return wanted === 'alias/aws/secretsmanager';
  const [shorter, longer] = seen.length < wanted.length ? [seen, wanted] : [wanted, seen];
  return shorter === longer || longer.endsWith(`/${shorter}`) || longer.endsWith(`:${shorter}`);
}

/** The regions that a secret is not replicated to. Where that failed, AWS tries again when it is asked again. */
export function missingReplicas({ ReplicationStatus = [] }: Described, wanted: readonly string[]): string[] {
  const there = ReplicationStatus.filter(({ Status }) => Status !== 'Failed').map(({ Region }) => Region);
  return wanted.filter((region) => !there.includes(region));
}

export function replicasFailed(name: string, { ReplicationStatus = [] }: Described): Written['warning'] {
  const failed = ReplicationStatus.filter(({ Status }) => Status === 'Failed').flatMap(({ Region }) => Region ?? []);
  if (failed.length === 0) return undefined;
  return {
    code: 'replica-failed',
    sentence: `The value is written, but AWS could not replicate the secret ${name} to ${failed.join(', ')}.`,
    fix: 'Look at the replication of the secret in the AWS console. If another secret has its name in that region, delete that one; the next write tries again.',
  };
}

/** @param failure what asking for replicas ended with */
export function notReplicated(regions: readonly string[], { detail: { sentence, fix } }: Failure): Written['warning'] {
  return {
    code: 'replica-failed',
    sentence: `The value is written, but it could not be replicated to ${regions.join(', ')}: ${sentence}`,
    fix,
  };
}

export function keyNotChanged({ detail: { sentence, fix } }: Failure): Written['warning'] {
  return {
    code: 'kms-key-kept',
    sentence: `The value is written, encrypted with the key that the secret had: ${sentence}`,
    fix,
  };
}

/**
 * What a write replaced keeps the label AWSPREVIOUS for as long as the write's version is the current one: that must be what
 * the write meant to replace.
 * @param made the secret after the write
 */
export function overwroteUnseen(made: Described, { name, replaces, idempotencyKey }: WriteRequest): Written['warning'] {
  const before = versionAt('AWSPREVIOUS', made);
  if (versionAt('AWSCURRENT', made) !== idempotencyKey || before === null || before === replaces) return undefined;
  return {
    code: 'overwrote-unseen',
    sentence: `The value is written to the secret ${name}, over one that somebody else wrote at the same moment.`,
    fix: `If that value is needed, get it with the AWS command line: aws secretsmanager get-secret-value --secret-id ${name} --version-id ${before}`,
  };
}

/** @param failure what the look after the write ended with */
export function writeUnseen({ detail: { sentence } }: Failure): Written['warning'] {
  return {
    code: 'write-unseen',
    sentence: `The value is written. What it replaced, and whether it was replicated, could not be seen: ${sentence}`,
    fix: 'Nothing to do: the next write looks again.',
  };
}
