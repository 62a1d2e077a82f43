import { Failure } from '../domain/failure.ts';
import type { Page } from './ports.ts';

/** Follows listings that a caller reads page by page, so that one which runs in a circle is a failure instead of a loop. */
export interface ListingTrail {
  /** The cloud's own link to the page asked for; undefined for the first page. */
  link(next: string | undefined): string | undefined;
  /**
   * The page as the caller gets it.
   * @param next what the caller asked with
   * @param link the cloud's link to the page after this one, or nothing at the end
   * @throws Failure `invalid`, code `listing-endless`, if another page gave this link before, or far too many have come
   */
  page<T>(next: string | undefined, items: readonly T[], link: string | undefined): Page<T>;
}

/**
 * @param what names the listing, e.g. `The list of secrets in kv-prod`
 * @param maxPages far beyond any listing known
 */
export function listingTrail(what: string, maxPages = 20_000): ListingTrail {
  // For each listing: which page gave which link. The same page may be asked for again after a lost reply.
  const listings = new Map<string, Map<string, string>>();
  let count = 0;

  return {
    link: (next) => next?.slice(next.indexOf(' ') + 1),
    page(next, items, link) {
      const listing = next?.slice(0, next.indexOf(' ')) ?? String(++count);
      if (!link) {
        listings.delete(listing);
        return { items };
      }
      const givenBy = listings.get(listing) ?? new Map<string, string>();
      listings.set(listing, givenBy);
      const page = next ?? '';
      if ((givenBy.get(link) ?? page) !== page) throw endless(what, 'named a page that it had given before');
      givenBy.set(link, page);
      if (givenBy.size >= maxPages) throw endless(what, `did not end after ${maxPages} pages`);
      return { items, next: `${listing} ${link}` };
    },
  };
}

function endless(what: string, how: string): Failure {
  return new Failure({
    kind: 'invalid',
    code: 'listing-endless',
    sentence: `${what} ${how}, so it cannot be trusted. Nothing was changed.`,
    fix: 'Try again later. If it stays so, something between this computer and the cloud alters its answers.',
  });
}

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
