import { json } from '../kernel/reply.ts';
import type { CloudRequest } from '../kernel/types.ts';
import type { Vault } from './vault.ts';
import { list, type Work } from './work.ts';

/** What a vault's secrets and its certificates have in common once they are deleted. */
interface DeletedKind<Deleted extends { readonly name: string }, Stored> {
  readonly noun: 'Secret' | 'Certificate';
  readonly collection: 'secrets' | 'certificates';
  /** The data action that reading what is said about one needs. */
  readonly readAction: string;
  dataAction(name: string): string;
  readonly shelf: {
    spelling(name: string): string;
    listDeleted(): readonly Deleted[];
    findDeleted(name: string): Deleted;
    recover(name: string): Stored;
    purge(name: string): void;
  };
  showItem(deleted: Deleted): unknown;
  showDeleted(deleted: Deleted): unknown;
  showRecovered(stored: Stored): unknown;
}

/** Lists, reads, purges and recovers what was deleted. @returns undefined for what is not part of that API */
export function planDeletedWork<Deleted extends { readonly name: string }, Stored>(
  request: CloudRequest,
  vault: Vault,
  url: string,
  name: string | undefined,
  third: string | undefined,
  kind: DeletedKind<Deleted, Stored>,
): Work | undefined {
  const { noun, collection, readAction, shelf } = kind;
  if (name === undefined) {
    if (request.method !== 'GET') return undefined;
    const perform = () => list(request, vault, url, shelf.listDeleted(), (deleted) => deleted.name, kind.showItem);
    return { name: `ListDeleted${noun}s`, action: readAction, perform };
  }
  const object = { collection, name: shelf.spelling(name) };
  if (request.method === 'GET' && third === undefined) {
    const perform = () => json(200, kind.showDeleted(shelf.findDeleted(name)));
    return { name: `GetDeleted${noun}`, object, action: readAction, perform };
  }
  if (request.method === 'DELETE' && third === undefined) {
    const perform = () => {
      shelf.purge(name);
      return { status: 204 };
    };
    return { name: `PurgeDeleted${noun}`, object, action: kind.dataAction('purge/action'), perform };
  }
  if (request.method === 'POST' && third === 'recover') {
    const perform = () => json(200, kind.showRecovered(shelf.recover(name)));
    return { name: `RecoverDeleted${noun}`, object, action: kind.dataAction('recover/action'), perform };
  }
  return undefined;
}
