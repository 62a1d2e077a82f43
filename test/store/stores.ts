import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { openStore } from '../../main/store/index.ts';
import type { Store } from '../../main/store/ports.ts';
import { contentOf, epoch, fill, temporaryFolder } from './builders.ts';

/** A store to hold against what every store must do. `reopen` gives the same store as a later start would. */
interface Subject {
  store: Store;
  reopen(): Store;
}

/** Every kind of store there is. */
export const stores: readonly (readonly [name: string, open: () => Subject])[] = [
  [
    'libsql file',
    () => {
      const folder = temporaryFolder();
      const open = () => openStore(folder, { now: () => epoch }).store;
      const subject: Subject = {
        store: open(),
        reopen: () => {
          subject.store.close();
          subject.store = open();
          return subject.store;
        },
      };
      return subject;
    },
  ],
];

/** A store with two connections and a record for each name. */
export function filledStore(open: () => Subject, names: readonly string[]): Subject {
  const subject = open();
  fill(subject.store, names);
  return subject;
}

/** Opens a store in a folder; it is closed after the test. */
export function openedStore(folder: string, now = epoch): ReturnType<typeof openStore> {
  const result = openStore(folder, { now: () => now });
  onTestFinished(() => result.store.close());
  return result;
}

/** Makes a store of two records in a folder, and closes it. @returns what it holds */
export function made(folder: string): string {
  const { store } = openStore(folder, { now: () => epoch });
  fill(store, ['one', 'two']);
  const content = contentOf(store);
  store.close();
  return content;
}

/** The names of a store's backups, each kind oldest first. */
export function backupsOf(folder: string): string[] {
  return readdirSync(join(folder, 'backups')).sort();
}
