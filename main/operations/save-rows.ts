import { setImmediate as breathe } from 'node:timers/promises';
import type { Output } from '../../preload/contract/operations.ts';
import type { CallContext, OperationDeps } from './deps.ts';
import { refuseIfGivenUp } from './given-up.ts';

/** Rows taken from the store at a time. */
const pageSize = 100;

interface Copy<T> {
  /** What is saved, for the audit trail. */
  readonly about: string;
  readonly suggestedName: string;
  /** The title of the dialog. */
  readonly what: string;
  /** A page of rows, in their order, after the one with this id. */
  readonly read: (after: number, limit: number) => readonly T[];
  /** The file's pieces, made of pages none of which is empty. */
  readonly write: (
    pages: AsyncIterable<readonly T[]>,
    reports: typeof import('../reports/index.ts'),
  ) => AsyncIterable<string | Uint8Array>;
}

/**
 * Saves rows of the store where a person chooses, a page at a time, so that nothing waits for it and memory holds no more than
 * a page. The audit trail keeps how many there were and the file's SHA-256, by which a copy can be told later.
 * @returns no path if the person chose not to save
 * @throws Failures that name the disk's error; whatever was under that name before is then still there
 */
export async function saveRows<T extends { readonly id: number }>(
  { chooseFile }: Pick<OperationDeps, 'chooseFile'>,
  context: CallContext,
  { about, suggestedName, what, read, write }: Copy<T>,
): Promise<Output<'checks.export'>> {
  context.about(about);
  const path = await chooseFile(suggestedName, what);
  if (path === null) return { path, rows: 0 };
  // Few ever save a file: what makes them is loaded when it is needed.
  const reports = await import('../reports/index.ts');
  let rows = 0;
  async function* pages(): AsyncGenerator<readonly T[]> {
    for (let after = 0; ; ) {
      refuseIfGivenUp(context.signal);
      const page = read(after, pageSize);
      const last = page.at(-1);
      if (!last) return;
      after = last.id;
      rows += page.length;
      yield page;
      await breathe();
    }
  }
  const sum = await reports.saveWhole(path, write(pages(), reports));
  context.about(`${about}, ${rows} rows, SHA-256 of the file ${sum}`);
  return { path, rows };
}
