import { type QueryClient, type UseQueryResult, useQuery } from '@tanstack/react-query';
import type { Input, Output } from '../../preload/contract/operations.ts';
import type { RecordView } from '../../preload/contract/views.ts';
import { call, type OperationFailure } from './call.ts';

type Page = Output<'records.changes'>;
type Ask = (question: Input<'records.changes'>) => Promise<Page>;

/** Every record as this window knows it, and up to which change. */
export interface RecordList {
  readonly byId: ReadonlyMap<string, RecordView>;
  /** In an order that changes never touch: a record keeps its place, new ones come last. */
  readonly records: readonly RecordView[];
  readonly revision: number;
  /** There is more to ask for. */
  readonly more: boolean;
}

const key = ['records.changes'];
/** Records asked for at once: all of them when the window opens, later what changed. Main does nothing else meanwhile. */
const pages = { first: 500, later: 250 };

/**
 * The list with what changed since. The first time every page is read; later one and no more, so that a sync of very many
 * records costs main little at a time.
 * @throws what `ask` throws; the list that was known is still good
 */
export async function readRecords(known: RecordList | undefined, ask: Ask): Promise<RecordList> {
  if (known) return withPage(known, await ask({ since: known.revision, limit: pages.later }));
  let page = await ask({ since: null, limit: pages.first });
  const byId = new Map<string, RecordView>();
  putInto(byId, page);
  while (page.more) {
    page = await ask({ since: page.revision, limit: pages.first });
    putInto(byId, page);
  }
  return { byId, records: [...byId.values()], revision: page.revision, more: false };
}

function withPage(known: RecordList, page: Page): RecordList {
  const { revision, more } = page;
  if (page.records.length === 0 && page.removed.length === 0) return { ...known, revision, more };
  const byId = new Map(known.byId);
  putInto(byId, page);
  return { byId, records: [...byId.values()], revision, more };
}

function putInto(byId: Map<string, RecordView>, { records, removed }: Page): void {
  for (const id of removed) byId.delete(id);
  for (const record of records) byId.set(record.id, record);
}

/** Every record there is, kept up to date by `followRecords`. */
export function useRecords(): UseQueryResult<readonly RecordView[], OperationFailure> {
  return useQuery<RecordList, OperationFailure, readonly RecordView[]>({
    queryKey: key,
    queryFn: ({ client }) => readRecords(recordList(client), (question) => call('records.changes', question)),
    select: recordsOf,
    // A list this long is neither compared nor read from its beginning again.
    structuralSharing: false,
    gcTime: Number.POSITIVE_INFINITY,
  });
}

function recordsOf({ records }: RecordList): readonly RecordView[] {
  return records;
}

function recordList(client: QueryClient): RecordList | undefined {
  return client.getQueryData<RecordList>(key);
}

export function recordCount(client: QueryClient): number {
  return recordList(client)?.records.length ?? 0;
}

/**
 * @param onMore called when a page was not all that changed
 * @returns a function to call when records may have changed: it asks for what did, one question at a time, and none of the
 *   calls is forgotten
 */
export function followRecords(client: QueryClient, onMore: () => void): () => void {
  let asking = false;
  let again = false;
  const ask = async (): Promise<void> => {
    asking = true;
    do {
      // An answer that is on its way already may be from before the change.
      again = client.isFetching({ queryKey: key }) > 0;
      await client.refetchQueries({ queryKey: key }, { cancelRefetch: false });
    } while (again);
    asking = false;
    if (recordList(client)?.more) onMore();
  };
  return () => {
    if (asking) again = true;
    else void ask();
  };
}
