import { describe, expect, test } from 'vitest';
import { listingTrail } from '../../main/clouds/listing.ts';
import { Failure } from '../../main/domain/failure.ts';

describe('a listing read page by page', () => {
  /** Reads a listing whose pages give these links in turn; the number of pages read, or the code of the failure. */
  function readAll(links: readonly (string | undefined)[], maxPages?: number): number | string {
    const trail = listingTrail('The list', maxPages);
    let next: string | undefined;
    for (const [index, link] of links.entries()) {
      try {
        next = trail.page(next, [], link).next;
      } catch (error) {
        if (error instanceof Failure) return error.detail.code;
        throw error;
      }
      if (next === undefined) return index + 1;
      expect(trail.link(next)).toBe(link);
    }
    throw new Error('the listing did not end');
  }

  test('ends when a page comes without a link', () => {
    expect(readAll([undefined])).toBe(1);
    expect(readAll(['a', 'b', 'https://x/y?z= 1', undefined])).toBe(4);
    expect(readAll(['a', ''])).toBe(2);
  });

  test('fails when a link comes again, or the pages never end', () => {
    expect(readAll(['a', 'a'])).toBe('listing-endless');
    expect(readAll(['a', 'b', 'c', 'a'])).toBe('listing-endless');
    expect(readAll(['1', '2', '3', '4', '5'], 4)).toBe('listing-endless');
  });

  test('a page may be asked for again, and gives the same', () => {
    const trail = listingTrail('The list');
    const first = trail.page(undefined, [1], 'a');
    const second = trail.page(first.next, [2], 'b');
    expect(trail.page(first.next, [2], 'b')).toEqual(second);
    expect(trail.page(second.next, [3], undefined)).toEqual({ items: [3] });
  });

  test('listings do not get in each other’s way', () => {
    const trail = listingTrail('The list');
    const [one, two] = [trail.page(undefined, [], 'a'), trail.page(undefined, [], 'a')];
    expect(one.next).not.toBe(two.next);
    expect(trail.page(one.next, [], 'b').next).toBeDefined();
    expect(trail.page(two.next, [], 'b').next).toBeDefined();
  });
});
