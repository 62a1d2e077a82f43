import { listingTrail } from '../listing.ts';

/**
 * Everything a listing has, over all its pages. A page may be empty and still have one after it.
 * @param what names the listing in a failure
 * @param ask gets one page; its `token` asks for the next one
 * @throws Failure `invalid`, code `listing-endless`, if it runs in a circle
 */
export async function allPages<T>(
  what: string,
  ask: (token: string | undefined) => Promise<{ readonly items: readonly T[]; readonly token: string | undefined }>,
): Promise<T[]> {
  const trail = listingTrail(what);
  const all: T[] = [];
  let next: string | undefined;
  do {
    const { items, token } = await ask(trail.link(next));
    all.push(...items);
    next = trail.page(next, items, token).next;
  } while (next !== undefined);
  return all;
}
