import type { Clouds } from '../clouds/ports.ts';
import { isWell } from '../domain/check.ts';
import { type FailureDetail, toFailure } from '../domain/failure.ts';
import type { PlanInput } from '../domain/plan.ts';
import { keepsCertificates } from '../domain/service.ts';
import type { RecordRow } from '../store/ports.ts';
import { refOf } from './arrival.ts';
import { type Finding, findingByMarkers, type Mark, stepAsSeen } from './check-verdict.ts';
import type { ApplyContext } from './context.ts';
import type { EngineDeps } from './deps.ts';
import { readShaped } from './read.ts';
import { withRetry } from './retry.ts';
import { contentOf } from './shape.ts';

/** What comparing the values themselves came to. */
export type Comparison =
  | { readonly kind: 'same' }
  /** `moved`: the source that was read is newer than the one that was scanned, so the difference is its own. */
  | { readonly kind: 'different'; readonly moved: boolean }
  /** The service or the credential does not give the target's value out. */
  | { readonly kind: 'untold' }
  | { readonly kind: 'failed'; readonly failure: FailureDetail };

/** Whether both values may and can be read: nothing that is kept out is read, whatever a check asks for. */
export function isComparable(input: PlanInput): boolean {
  const { source, target, refusal } = input;
  if (source.kind !== 'found' || !source.item.enabled || source.item.managed || refusal) return false;
  if (target.kind !== 'present' || target.version === null) return false;
  const { action } = stepAsSeen(input);
  return action !== 'excluded' && action !== 'kept';
}

/**
 * Compares what source and target hold now. The source's value lives here alone, and of the target's nothing comes out but
 * yes or no. A certificate service gives no private key out, and certificate and key belong together: there the certificates
 * are compared, and no key is read.
 */
export async function compareValues(
  context: Pick<ApplyContext, 'row' | 'clock' | 'signal'> & Pick<EngineDeps, 'keyring'> & { readonly clouds: Clouds },
  input: PlanInput,
): Promise<Comparison> {
  if (input.target.kind !== 'present') return { kind: 'untold' };
  const { id, version } = input.target;
  const { row, clouds, clock, signal } = context;
  const { record } = row;
  try {
    const source = await clouds.source(record.sourceConnectionId);
    const target = await clouds.target(record.targetConnectionId, record.targetService, record.targetRegion);
    const keyring = context.keyring();
    if (keepsCertificates(record.targetService)) {
      const described = await withRetry(clock, signal, (trySignal) =>
        source.describeCertificate(record.sourceVault, record.sourceName, trySignal),
      );
      if (!described) return { kind: 'failed', failure: goneMeanwhile };
      // The marker is the certificate itself: a target that is as it was written differs because the source moved on.
      return described.facts.fingerprint === version ? { kind: 'same' } : { kind: 'different', moved: true };
    }
    const { read, payload } = await readShaped({ row, source, clock, signal });
    const fingerprint = keyring.fingerprint(contentOf(payload));
    const matches = (content: Uint8Array) => keyring.fingerprint(content) === fingerprint;
    const ref = refOf(record.targetName, id);
    const same = await withRetry(clock, signal, (trySignal) => target.holds(ref, matches, trySignal));
    if (same === undefined) return { kind: 'untold' };
    return same ? { kind: 'same' } : { kind: 'different', moved: read.version !== row.ledger?.sourceVersion };
  } catch (thrown) {
    return { kind: 'failed', failure: toFailure(thrown).detail };
  }
}

/** What markers and values tell together. */
export function findingByValues(row: Pick<RecordRow, 'ledger'>, input: PlanInput, compared: Comparison): Finding {
  const found = findingByMarkers(row, input);
  const { action } = stepAsSeen(input);
  switch (compared.kind) {
    case 'same':
      // Where tags alone are behind, they still are.
      if (found.verdict === 'same-version' || (found.verdict === 'behind' && action !== 'tags-only')) {
        return {
          verdict: 'same-value',
          code: 'same-value',
          sentence: 'Source and target were both read: the target holds the source’s current value.',
          fix: '',
          method: 'value',
        };
      }
      return withWords(found, 'Its value was compared too: it is the source’s current one.');
    case 'different':
      if (action !== 'unchanged') return withWords(found, 'Its value was compared too: it is not the source’s.');
      if (compared.moved) {
        return {
          verdict: 'behind',
          code: 'source-changed',
          sentence: 'The source got a newer version while it was checked.',
          fix: 'The next sync writes it. Press Sync Now to do it at once.',
          method: 'value',
        };
      }
      return { verdict: 'changed', ...valueDiffers, method: 'value' };
    case 'untold':
      return {
        ...found,
        sentence: `${found.sentence} Its value could not be read back, by this service or with this credential: only versions were compared.`,
      };
    case 'failed': {
      const { kind, code, sentence, fix } = compared.failure;
      // What the versions tell stays true, and is what a sync would find.
      if (kind === 'denied' || !isWell(found.verdict))
        return { ...found, sentence: `${found.sentence} Its value was not compared: ${sentence}`, fix };
      return { verdict: 'failed', code, sentence: `Its value could not be compared. ${sentence}`, fix, method: 'none' };
    }
  }
}

/** Where the very version that was written holds another value, the ledger is wrong: from now on this is a conflict. */
export function markByValues(input: PlanInput, compared: Comparison): Mark | undefined {
  const step = stepAsSeen(input);
  if (compared.kind !== 'different' || compared.moved || step.action !== 'unchanged') return undefined;
  return {
    status: { status: 'failed', ...valueDiffers, code: 'target-changed' },
    conflictSeen: step.targetSeen,
    disowned: true,
  };
}

const valueDiffers = {
  code: 'value-differs',
  sentence:
    'The target’s version is the one this app wrote, but its value is not the source’s: it was made anew outside this app. It was left as it is.',
  fix: 'Look at the target, then press Overwrite target to replace it with the value from Azure, or Keep target.',
} as const;

const goneMeanwhile: FailureDetail = {
  kind: 'not-found',
  code: 'source-missing',
  sentence: 'The certificate was deleted from the vault while it was checked.',
  fix: 'Press Check now to look again.',
};

function withWords(found: Finding, words: string): Finding {
  return { ...found, sentence: `${found.sentence} ${words}`, method: 'value' };
}
