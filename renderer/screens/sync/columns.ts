import {
  createColumnHelper,
  rowSortingFeature,
  type SortingState,
  tableFeatures,
  useTable,
} from '@tanstack/react-table';
import type { RecordView } from '../../../preload/contract/views.ts';
import { text } from './text.ts';

const features = tableFeatures({ rowSortingFeature });
const helper = createColumnHelper<typeof features, RecordView>();

/** What needs a person comes first. */
const statusOrder = { failed: 0, unknown: 1, syncing: 2, pending: 3, synced: 4 };

/** What each column is sorted by. Null is sorted last, whichever way round. */
const sortKeys = {
  source: (record) => record.sourceName.toLowerCase(),
  target: (record) => record.targetName.toLowerCase(),
  status: (record) => statusOrder[record.status],
  schedule: ({ schedule }) => {
    if (schedule.kind === 'manual') return null;
    // After the fixed ones: how often one of these runs can't be told from its text.
    return schedule.kind === 'every' ? schedule.hours : Number.MAX_SAFE_INTEGER;
  },
  lastRun: (record) => record.lastRunAt,
  nextRun: (record) => (record.enabled ? record.nextRunAt : null),
} as const satisfies Record<string, (record: RecordView) => string | number | null>;

type ColumnId = keyof typeof sortKeys;
const columnIds: readonly ColumnId[] = ['source', 'target', 'status', 'schedule', 'lastRun', 'nextRun'];

const columns = helper.columns(
  columnIds.map((id) =>
    // The latest run is what one looks for; everything else begins at its beginning.
    helper.accessor(sortKeys[id], { id, header: text.columns[id], sortDescFirst: id === 'lastRun' }),
  ),
);

const noRows: RecordView[] = [];

/**
 * The table's columns and the order that its heads ask for. The rows are ordered by `inOrder` and not by the table's own
 * row models: those make an object for each record at every change, and order after filtering instead of before.
 */
export function useColumns() {
  return useTable(
    {
      features,
      columns,
      data: noRows,
      manualSorting: true,
      enableSortingRemoval: false,
      initialState: { sorting: [{ id: 'source', desc: false }] },
    },
    ({ sorting }) => ({ sorting }),
  );
}
export type Columns = ReturnType<typeof useColumns>;

/** The records in the order asked for; equals keep the order they came in. */
export function inOrder(records: readonly RecordView[], sorting: SortingState): readonly RecordView[] {
  const [first] = sorting;
  const column = columnIds.find((id) => id === first?.id);
  if (!first || !column) return records;
  const keyOf = sortKeys[column];
  const direction = first.desc ? -1 : 1;
  const keyed = records.map((record) => ({ record, key: keyOf(record) }));
  keyed.sort((a, b) => {
    if (a.key === b.key) return 0;
    if (a.key === null) return 1;
    if (b.key === null) return -1;
    return a.key < b.key ? -direction : direction;
  });
  return keyed.map(({ record }) => record);
}
