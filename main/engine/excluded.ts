import { type Exclusion, excludedBy } from '../domain/exclusions.ts';
import { tagsIn } from '../domain/item.ts';
import type { SourceState } from '../domain/plan.ts';
import type { RecordRow } from '../store/ports.ts';

/**
 * The exclusion that keeps a record out. Of a source that is not there, the tags it was excluded by cannot be seen any more: what was
 * excluded stays so.
 */
export function exclusionOf(
  { record, status, ledger }: RecordRow,
  source: SourceState | undefined,
  exclusions: readonly Exclusion[],
): Exclusion | undefined {
  if (exclusions.length === 0) return undefined;
  if (source?.kind === 'found') return excludedBy(exclusions, source.item);
  const tags = ledger ? tagsIn(ledger.sourceMetadata) : {};
  const named = excludedBy(exclusions, { vault: record.sourceVault, name: record.sourceName, tags });
  return named ?? (status.code === 'excluded' ? exclusions.find(({ field }) => field === 'tag') : undefined);
}
