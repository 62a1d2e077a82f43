import { z } from 'zod';
import { firstIndex } from '../kernel/sorted.ts';

/**
 * How a list is cut into pages: `plain`; `empty-pages` puts an empty page with a continuation before each full one, as
 * Key Vault does at times; `repeat-link` makes every continuation page point to itself, as a broken service would.
 */
export const pageHabits = ['plain', 'empty-pages', 'repeat-link'] as const;
export type PageHabit = (typeof pageHabits)[number];

interface Page<T> {
  readonly items: readonly T[];
  /** The token for the next page; absent on the last one. */
  readonly next?: string;
}

const marker = z.object({ NextMarker: z.string(), Shown: z.boolean() });
type Marker = z.infer<typeof marker>;

/**
 * The page of `all` (sorted by `key`) to which a continuation token points, the first one without a token. The token
 * names the last key seen, so that items added or removed meanwhile shift nothing. Returns undefined for a bad token.
 */
export function pageOf<T>(
  all: readonly T[],
  key: (item: T) => string,
  size: number,
  token: string | null,
  habit: PageHabit = 'plain',
): Page<T> | undefined {
  const position = token === null ? { NextMarker: '', Shown: habit !== 'empty-pages' } : readToken(token);
  if (position === undefined) return undefined;
  if (!position.Shown) return { items: [], next: makeToken({ ...position, Shown: true }) };
  const start = firstIndex(all, (item) => key(item).toLowerCase() > position.NextMarker);
  const items = all.slice(start, start + size);
  const last = items.at(-1);
  if (last === undefined || start + size >= all.length) return { items };
  if (habit === 'repeat-link' && token !== null) return { items, next: token };
  return { items, next: makeToken({ NextMarker: key(last).toLowerCase(), Shown: habit !== 'empty-pages' }) };
}

function makeToken(position: Marker): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

function readToken(token: string): Marker | undefined {
  try {
    return marker.parse(JSON.parse(Buffer.from(token, 'base64url').toString('utf8')));
  } catch {
    return undefined;
  }
}
