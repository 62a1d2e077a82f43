import { json, pathSegments } from '../kernel/reply.ts';
import type { CloudReply, CloudRequest } from '../kernel/types.ts';
import { pageOf } from './pages.ts';
import type { Vault } from './vault.ts';
import { badParameter } from './vault-refusal.ts';

/** What a request asks of a vault. */
export interface Work {
  /** As the desk and the log call it. */
  readonly name: string;
  /** The object it is about; absent for lists. */
  readonly object?: VaultObject;
  /** The data action that the caller needs. */
  readonly action: string;
  /** Throws a VaultRefusal, or a ZodError or SyntaxError for a body that is not as it should be. */
  perform(): CloudReply;
}

interface VaultObject {
  readonly collection: 'secrets' | 'certificates';
  /** As first spelled, or as in the request if there is none. */
  readonly name: string;
}

const maxPage = 25;

export function bodyOf(request: CloudRequest): unknown {
  return JSON.parse(request.body.toString('utf8'));
}

/** One page of a list, at most 25 long, with the absolute link to the next one or null. `url` is the vault's. */
export function list<T>(
  request: CloudRequest,
  vault: Vault,
  url: string,
  all: readonly T[],
  key: (one: T) => string,
  show: (one: T) => unknown,
): CloudReply {
  const { searchParams } = request.url;
  const asked = searchParams.get('maxresults');
  const size = asked === null ? maxPage : Number(asked);
  if (!Number.isInteger(size) || size < 1 || size > maxPage) {
    throw badParameter(`maxresults must be a number from 1 to ${maxPage}.`);
  }
  const page = pageOf(all, key, size, searchParams.get('$skiptoken'), vault.pageHabit);
  if (page === undefined) throw badParameter('The $skiptoken is invalid.');
  const path = pathSegments(request).join('/');
  const version = searchParams.get('api-version') ?? '';
  const limit = asked === null ? '' : `&maxresults=${size}`;
  const nextLink =
    page.next === undefined ? null : `${url}/${path}?api-version=${version}&$skiptoken=${page.next}${limit}`;
  return json(200, { value: page.items.map(show), nextLink });
}

/** The versions of an object as the service orders them: by their identifier, not by age. */
export function byIdentifier<V extends { readonly version: string }>(versions: readonly V[]): V[] {
  return [...versions].sort((a, b) => (a.version < b.version ? -1 : 1));
}
