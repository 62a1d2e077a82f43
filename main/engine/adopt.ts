import type { SourceItem } from '../domain/item.ts';
import { type PlanInput, type PlannedStep, planStep } from '../domain/plan.ts';
import { refOf } from './arrival.ts';
import type { ApplyContext } from './context.ts';
import { journaled } from './journaled.ts';
import { sealedIntent, writtenEnding } from './ledger.ts';
import { lookAtTarget } from './look.ts';
import { conflictEnding, type Ending } from './outcome.ts';
import { readShaped } from './read.ts';
import { withRetry } from './retry.ts';
import { contentOf } from './shape.ts';
import { setTags } from './tags.ts';
import { requestOf } from './write.ts';

/**
 * Takes a target over as it is, if it holds what the source holds: our marks are set, and its version is remembered as if this app
 * had written it. No value is written. Journaled like a write, because the marks are one.
 */
export function adopt(context: ApplyContext, input: PlanInput, step: PlannedStep, item: SourceItem): Promise<Ending> {
  return journaled(context, step, { mode: 'update', targetId: step.targetId }, 'adopt', async () => {
    const { row, target, keyring, clock, signal, store } = context;
    const { read, payload } = await readShaped(context);
    const draft = sealedIntent(context, step, item, read, payload, input.wantedTags);
    const { target: seen } = input;
    if (seen.kind !== 'present' || seen.version === null) throw new Error('adopt was planned without a value to adopt');
    const { id, version } = seen;
    // A certificate's marker is its fingerprint: it tells without reading what may not be read.
    const marker = target.markerOf(requestOf(context, { mode: 'update', ...step, targetId: id }, payload, draft));
    const fingerprint = keyring.fingerprint(contentOf(payload));
    const ref = refOf(row.record.targetName, id);
    const same =
      marker === version ||
      (await withRetry(clock, signal, (trySignal) =>
        target.holds(ref, (content) => keyring.fingerprint(content) === fingerprint, trySignal),
      ));
    if (same !== true) {
      // Answered: the person chooses anew, knowing what was found.
      store.records.setConsent(row.record.id, null);
      return { ...(same === false ? differs : unseen), conflictSeen: step.targetSeen };
    }
    const now = planStep({ ...input, target: await lookAtTarget(context) });
    if (now.action !== 'adopt') return { ...conflictEnding(now, true), action: 'adopt' };
    await store.journal.onDisk();
    const tagsBefore = row.ledger?.targetId === id ? row.ledger.tagsWritten : {};
    const tags = await setTags(context, id, tagsBefore, input.wantedTags, true);
    const sealed = { ...draft, marker: version, tagsWritten: tags.written };
    return writtenEnding(context, 'adopt', sealed, { id, version, confirmed: true }, true, {
      code: 'adopted',
      sentence:
        'The target holds the value from Azure already, and belongs to this record from now on. It was not written again.',
      ...tags.warning,
    });
  });
}

const differs: Ending = {
  outcome: 'conflict',
  action: 'adopt',
  code: 'adopt-differs',
  sentence: 'The target holds another value than Azure, so it was not taken over. It was left as it was.',
  fix: 'Press Overwrite target to replace its value with the one from Azure, or Keep target.',
  journaled: true,
};

const unseen: Ending = {
  outcome: 'conflict',
  action: 'adopt',
  code: 'adopt-unseen',
  sentence:
    'Whether the target holds the value from Azure cannot be told: this credential may not read it. It was left as it was.',
  fix: 'Give the credential the right to read it and press Adopt again. Or press Overwrite target, or Keep target.',
  journaled: true,
};
