import { Failure } from '../domain/failure.ts';

/** @throws Failure `cancelled` once nobody waits for the answer any more */
export function refuseIfGivenUp(signal: AbortSignal): void {
  if (!signal.aborted) return;
  throw new Failure({
    kind: 'cancelled',
    code: 'cancelled',
    sentence: 'It was ended before it was done. Nothing was saved, and nothing was changed.',
    fix: 'Press the button again to start anew.',
  });
}
