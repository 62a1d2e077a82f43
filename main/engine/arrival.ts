import type { TargetRef, WriteRequest, Written } from '../clouds/ports.ts';
import { Failure } from '../domain/failure.ts';
import { isDeletedState, markerIn, type TargetState, targetSeen } from '../domain/plan.ts';
import type { SealedIntent } from '../store/ports.ts';
import type { ApplyContext } from './context.ts';

/** What became of a write whose answer got lost, as the target tells it. */
type Arrival =
  | { readonly kind: 'arrived'; readonly id: string; readonly version: string }
  /** The target is as it was before, or is our own empty shell. */
  | { readonly kind: 'not-arrived' }
  /** Something else is there, or it can't be told whether it is ours. */
  | { readonly kind: 'changed'; readonly state: TargetState }
  /** The credential may not look. */
  | { readonly kind: 'unreadable' };

/** The target a record's write means: by its name, and by its identity where one is known. */
export function refOf(name: string, id: string | null | undefined): TargetRef {
  return id === null || id === undefined ? { name } : { name, id };
}

/**
 * Looks at the target to find out whether a write arrived, without repeating it. Order matters: a target that looks as before
 * has not been written, even where the same content gives the same marker.
 * @param marker the version marker the write makes, where the target could tell it before
 */
export async function arrivalOf(
  context: ApplyContext,
  ref: TargetRef,
  seenBefore: string,
  marker: string | undefined,
  sealed: Pick<SealedIntent, 'fingerprint'>,
  signal: AbortSignal,
): Promise<Arrival> {
  const { target, keyring, row } = context;
  const state = await target.inspect(ref, signal);
  if (state.kind === 'unreadable') return { kind: 'unreadable' };
  if (targetSeen(state) === seenBefore || isRestored(state, seenBefore)) return { kind: 'not-arrived' };
  if (state.kind !== 'present') return { kind: 'changed', state };
  const { id, version } = state;
  if (version === null) {
    return state.ownerRecordId === row.record.id ? { kind: 'not-arrived' } : { kind: 'changed', state };
  }
  if (marker !== undefined) return version === marker ? { kind: 'arrived', id, version } : { kind: 'changed', state };
  const ours = await target.holds(
    refOf(ref.name, id),
    (content) => keyring.fingerprint(content) === sealed.fingerprint,
    signal,
  );
  return ours === true ? { kind: 'arrived', id, version } : { kind: 'changed', state };
}

/** Whether its deletion was taken back, which comes before the write, and nothing since. */
function isRestored(state: TargetState, seenBefore: string): boolean {
  return state.kind === 'present' && isDeletedState(seenBefore) && state.version === markerIn(seenBefore);
}

/** Before a write is repeated where repeating makes a second version: whether an earlier try did it after all. */
export async function alreadyWritten(
  context: ApplyContext,
  request: WriteRequest,
  seenBefore: string,
  sealed: SealedIntent,
  signal: AbortSignal,
): Promise<Written | undefined> {
  const marker = sealed.marker ?? undefined;
  const arrival = await arrivalOf(context, request, seenBefore, marker, sealed, signal);
  if (arrival.kind === 'arrived') return { id: arrival.id, version: arrival.version, confirmed: true };
  if (arrival.kind === 'not-arrived') return undefined;
  throw new Failure({
    kind: 'conflict',
    code: 'write-unclear',
    sentence: 'Its answer got lost, and what the target holds now does not tell whether the write did it.',
    fix: 'Press Sync Now to look again.',
  });
}
