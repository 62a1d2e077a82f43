import { setImmediate as breathe } from 'node:timers/promises';
import type { DiscoveryStore, ScannedItem } from '../store/ports.ts';

/** Items decoded at a time: more would keep everything else waiting. */
const pageSize = 250;

/** Everything that scans have seen of a vault, a page at a time, with a turn for everything else between two of them. */
export async function* pagesOfVault(
  store: Pick<DiscoveryStore, 'page'>,
  connectionId: string,
  vault: string,
  length = pageSize,
): AsyncGenerator<readonly ScannedItem[]> {
  let after: ScannedItem['item'] | null = null;
  for (;;) {
    const page: readonly ScannedItem[] = store.page(connectionId, vault, after, length);
    yield page;
    after = page.at(-1)?.item ?? null;
    if (page.length < length) return;
    await breathe();
  }
}
