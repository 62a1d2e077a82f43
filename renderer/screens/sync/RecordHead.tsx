import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import type { Columns } from './columns.ts';
import { text } from './text.ts';

const ariaSort = { asc: 'ascending', desc: 'descending' } as const;

interface Props {
  readonly columns: Columns;
  readonly ticked: 'none' | 'some' | 'all';
  onTickAll(): void;
}

/** The table's heads: each orders the records by its column, the first ticks them all. */
export function RecordHead({ columns, ticked, onTickAll }: Props) {
  return (
    <thead>
      <tr className="records-head" aria-rowindex={1}>
        <th scope="col" className="record-check">
          <input
            type="checkbox"
            aria-label={text.selectAll}
            checked={ticked === 'all'}
            ref={(box) => {
              if (box) box.indeterminate = ticked === 'some';
            }}
            onChange={onTickAll}
          />
        </th>
        {columns.getHeaderGroups()[0]?.headers.map(({ column }) => {
          const sorted = column.getIsSorted();
          const Arrow = sorted === 'desc' ? IconArrowDown : IconArrowUp;
          return (
            <th key={column.id} scope="col" aria-sort={sorted === false ? 'none' : ariaSort[sorted]}>
              <button type="button" onClick={column.getToggleSortingHandler()}>
                {String(column.columnDef.header)}
                {sorted !== false && <Arrow size={13} aria-hidden="true" />}
              </button>
            </th>
          );
        })}
      </tr>
    </thead>
  );
}
