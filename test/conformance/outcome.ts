import { expect } from 'vitest';
import type { Target } from '../../main/clouds/ports.ts';
import { Failure, type FailureDetail } from '../../main/domain/failure.ts';

/** The detail of the Failure that a call ends in. Anything else it does fails the test. */
export async function failureOf(call: Promise<unknown>): Promise<FailureDetail> {
  const outcome = await call.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('value' in outcome) throw new Error('the call succeeded, a Failure was expected');
  expect(outcome.error).toBeInstanceOf(Failure);
  const { detail } = outcome.error as Failure;
  // Whatever the failure, a person can read what happened and what to do.
  expect(detail.sentence).toMatch(/^[A-Z].*\.$/s);
  expect(detail.fix).not.toBe('');
  return detail;
}

/** The page of everything that a place with an overview holds. */
export function overviewOf(target: Target): NonNullable<Target['overviewPage']> {
  if (!target.overviewPage) throw new Error('this target has no overview');
  return target.overviewPage;
}

/** A signal that nobody gives up on. */
export function patience(): AbortSignal {
  return new AbortController().signal;
}

/** All text an error carries: its own, its causes', and every property of them. */
export function everythingIn(error: unknown): string {
  const parts: string[] = [];
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    parts.push(at.message, at.stack ?? '', JSON.stringify({ ...at }));
  }
  return parts.join('\n');
}
