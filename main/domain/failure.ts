/** How a failure behaves. The set is closed: every door and every screen can handle all of it. */
export const failureKinds = [
  'auth',
  'denied',
  'not-found',
  'not-owned',
  'conflict',
  'invalid',
  'throttled',
  'timeout',
  'network',
  'quota',
  'cancelled',
  'bug',
] as const;
export type FailureKind = (typeof failureKinds)[number];

export interface FailureDetail {
  readonly kind: FailureKind;
  /** Stable code of the exact case, e.g. `source-disabled`. Screens and tests match on it, never on the sentence. */
  readonly code: string;
  /** What happened and why, for a person. Never holds a credential or a value. */
  readonly sentence: string;
  /** What to do now, for a person. */
  readonly fix: string;
  /** Wait at least this long (milliseconds) before trying again: the cloud's Retry-After. */
  readonly retryAfterMs?: number;
  /** For refused input: where in it, e.g. `records.3.targetName`, and what is wrong there. */
  readonly fields?: readonly { readonly path: string; readonly sentence: string }[];
}

/** A failure a person may see. The cause stays in main; only the detail crosses a door. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly detail: FailureDetail;

  constructor(detail: FailureDetail, cause?: unknown) {
    super(detail.sentence, cause === undefined ? undefined : { cause });
    this.detail = detail;
  }

  get kind(): FailureKind {
    return this.detail.kind;
  }
}

/** The places in the code that an error's stack names, without its message: that may quote anything, and in any form. */
export function framesOf(error: Error): string[] {
  const { message, stack = '' } = error;
  const start = stack.indexOf(message);
  if (start === -1) return [];
  const frames = stack.slice(start + message.length).split('\n');
  return frames.filter((line) => /^\s+at /.test(line));
}

/** Kinds that may pass by themselves: the call was refused or lost, not wrong. */
const passing: ReadonlySet<FailureKind> = new Set(['throttled', 'timeout', 'network']);

/** Whether the same call may succeed later, with nothing changed. */
export function isPassing(failure: Failure): boolean {
  return passing.has(failure.kind);
}

/** The code of a call that was not sent because its server had not answered for a while. */
export const restingCode = 'target-resting';
/** The code of a call that was not sent because its cloud wants to be left alone for longer than anybody waits. */
export const pauseAskedCode = 'pause-asked';
const cancelledUnsentCode = 'cancelled-unsent';
const unsentCodes: ReadonlySet<string> = new Set([restingCode, pauseAskedCode, cancelledUnsentCode]);

/** Whether it is certain that what failed was never sent, so that it cannot have been carried out. */
export function neverSent({ detail }: Pick<Failure, 'detail'>): boolean {
  return unsentCodes.has(detail.code);
}

const openEnded: ReadonlySet<FailureKind> = new Set(['network', 'timeout', 'bug', 'cancelled']);

/** Whether a failure leaves open if the call was carried out: no answer, none waited for, or one that could not be understood. */
export function hidesTheEnd({ kind }: Pick<Failure, 'kind'>): boolean {
  return openEnded.has(kind);
}

/** Any thrown thing as a Failure. What isn't one already is a bug of ours: its text may hold anything, so it is not shown. */
export function toFailure(thrown: unknown): Failure {
  if (thrown instanceof Failure) return thrown;
  return new Failure(
    {
      kind: 'bug',
      code: 'unexpected',
      sentence: 'Something unexpected happened inside the app. Nothing was changed after that point.',
      fix: 'Try again. If it happens again, please report it with the steps that led here.',
    },
    thrown,
  );
}

/** Something that a person typed, or that is stored, cannot be used as it is. */
export function invalid(code: string, sentence: string, fix: string): Failure {
  return new Failure({ kind: 'invalid', code, sentence, fix });
}

/** How a call ends that was called off while it waited for its turn. */
export function cancelledUnsent(): Failure {
  return new Failure({ ...cancelled().detail, code: cancelledUnsentCode });
}

/** How work ends that was called off, by a person or by quitting. */
export function cancelled(): Failure {
  return new Failure({
    kind: 'cancelled',
    code: 'cancelled',
    sentence: 'Cancelled before it was done. What was already written stays written.',
    fix: 'Press Sync Now to go on.',
  });
}
