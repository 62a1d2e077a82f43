import { setImmediate as breathe } from 'node:timers/promises';
import type { SourceRef } from '../clouds/ports.ts';
import { metadataOf, type SourceItem } from '../domain/item.ts';
import type { ScannedItem } from '../store/ports.ts';

/** Items compared at a time: more would keep everything else waiting. */
const stretch = 250;

/**
 * What a whole listing tells that was not known: items that are new, changed, there again, or gone. Of one that a record copies
 * and that was gone before it was ever seen, no more is known than that.
 * @param known and `listed`: of the same vault and kind, by lower-case name
 * @param expected sources of records
 * @param at now, by our clock: every item returned is as it was first seen then
 */
export async function differences(
  connectionId: string,
  known: ReadonlyMap<string, ScannedItem>,
  listed: ReadonlyMap<string, SourceItem>,
  expected: Iterable<SourceRef>,
  at: number,
): Promise<ScannedItem[]> {
  const found: ScannedItem[] = [];
  let looked = 0;
  for (const [name, item] of listed) {
    const before = known.get(name);
    if (!before) found.push({ connectionId, item, firstSeenAt: at, changedAt: at, deletedAt: null });
    else if (before.deletedAt !== null || !looksTheSame(before.item, item))
      found.push({ connectionId, item, firstSeenAt: before.firstSeenAt, changedAt: at, deletedAt: null });
    if (++looked % stretch === 0) await breathe();
  }
  for (const [name, before] of known) {
    if (before.deletedAt === null && !listed.has(name)) found.push({ ...before, deletedAt: at });
    if (++looked % stretch === 0) await breathe();
  }
  const lost = new Map([...expected].map((ref) => [ref.name.toLowerCase(), ref]));
  for (const [name, ref] of lost) {
    if (known.has(name) || listed.has(name)) continue;
    const item = { ...ref, enabled: true, updatedOn: at, tags: {}, managed: false };
    found.push({ connectionId, item, firstSeenAt: at, changedAt: at, deletedAt: at });
  }
  return found;
}

function looksTheSame(before: SourceItem, now: SourceItem): boolean {
  return (
    before.updatedOn === now.updatedOn &&
    before.managed === now.managed &&
    before.name === now.name &&
    metadataOf(before) === metadataOf(now)
  );
}
