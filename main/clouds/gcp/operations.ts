import { setTimeout as sleep } from 'node:timers/promises';
import { cancelled, Failure, isPassing, toFailure } from '../../domain/failure.ts';
import type { CallSignal } from '../ports.ts';
import { type GcpCall, operationFailed } from './classify.ts';
import type { GcpSession } from './session.ts';

/** The part of google.longrunning.Operation that is looked at. */
export interface OperationState {
  readonly name?: string | null;
  readonly done?: boolean | null;
  readonly error?: { readonly code?: number | null; readonly message?: string | null } | null;
}

/** Polls count against the same quota of 300 requests a minute as everything else. */
const firstPauseMs = 500;
const growth = 1.5;
const longestPauseMs = 5_000;
/** Most are over within seconds. Who waits holds up others, and the next run finds out how it ended. */
const limitMs = 3 * 60_000;

/**
 * Waits until an operation has ended well. Its beginning was the write: a failing look at it is no failure of the write, so one
 * that may pass is followed by another.
 * @param about the call that began it
 * @param look asks for its state
 * @throws Failure what the operation ended with, or of kind `network` or `timeout` where its end is not known
 */
export async function waitForEnd(
  { session, about, look }: { session: GcpSession; about: GcpCall; look(name: string): Promise<OperationState> },
  begun: OperationState,
  signal: CallSignal,
  waiting: () => void,
): Promise<void> {
  const until = session.deps.now() + limitMs;
  let state = begun;
  let told = false;
  for (let pause = firstPauseMs; !state.done; pause = Math.min(pause * growth, longestPauseMs)) {
    if (!told) waiting();
    told = true;
    if (session.deps.now() >= until) throw endless(about);
    await sleep(pause, undefined, { signal: signal.stop ?? signal }).catch(() => {
      throw cancelled();
    });
    state = (await lookOnce(session, about, () => look(begun.name ?? ''), signal)) ?? state;
  }
  const { error } = state;
  if (error?.code) throw operationFailed(error.code, error.message ?? '', about);
}

async function lookOnce(
  session: GcpSession,
  about: GcpCall,
  look: () => Promise<OperationState>,
  signal: AbortSignal,
): Promise<OperationState | undefined> {
  try {
    return await session.call({ ...about, permission: 'certificatemanager.operations.get' }, signal, look);
  } catch (thrown) {
    const failure = toFailure(thrown);
    // Not as the look's own: that one may not have been sent, and the write was.
    if (failure.kind === 'cancelled') throw cancelled();
    if (isPassing(failure)) return undefined;
    throw unseen(
      failure,
      'gcp-operation-unseen',
      'Certificate Manager began with it, but how it ended could not be seen.',
    );
  }
}

/**
 * A look that failed after a write which is or may be carried out: whatever forbids the look, that must not be told as a refusal
 * of the write. As one of kind `network` it leaves the end open.
 */
export function unseen(look: Failure, code: string, what: string): Failure {
  const { sentence, fix, retryAfterMs } = look.detail;
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
  return new Failure({ kind: 'network', code, sentence: `${what} ${sentence}`, fix, ...wait }, look.cause);
}

function endless({ name = '' }: GcpCall): Failure {
  return new Failure({
    kind: 'timeout',
    code: 'gcp-operation-endless',
    sentence: `Certificate Manager has not finished with ${name} within ${limitMs / 60_000} minutes.`,
    fix: 'Look at the certificate in the Google Cloud console. The next sync looks at it again.',
    // Longer than anybody waits within a run: this one does not begin with it once more.
    retryAfterMs: limitMs,
  });
}
