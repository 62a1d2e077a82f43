import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type MouseEvent, type ReactNode, useMemo, useRef, useState } from 'react';
import type { RecordView } from '../../../preload/contract/views.ts';
import { extendTo, moved, type Selection, toggle } from '../../components/selection.ts';
import { useNow } from '../../components/useNow.ts';
import { RecordRow, rowElementId } from './RecordRow.tsx';
import { text } from './text.ts';
import './RecordTable.css';

/** CSS pixels, as in RecordTable.css. */
const rowHeight = 48;
const headHeight = 34;

interface Props {
  /** In the order to show. */
  readonly records: readonly RecordView[];
  readonly selection: Selection;
  readonly head: ReactNode;
  onSelect(change: (selection: Selection) => Selection): void;
  onOpen(recordId: string): void;
}

/**
 * The records as a grid of which only the visible rows are in the page. The grid itself has the keyboard focus: arrows,
 * Page, Home and End move the active row (with Shift they tick the way), Space ticks, Ctrl+A ticks all, Enter opens.
 * It is drawn anew at every step of a scroll, so nothing in it may take longer the more records there are.
 */
export function RecordTable({ records, selection, head, onSelect, onOpen }: Props) {
  const now = useNow();
  const scroll = useRef<HTMLDivElement>(null);
  const [activeId, setActiveId] = useState<string>();
  const ids = useMemo(() => records.map((record) => record.id), [records]);
  const virtualizer = useVirtualizer({
    count: records.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => rowHeight,
    overscan: 6,
    scrollPaddingStart: headHeight,
  });
  const visible = virtualizer.getVirtualItems();
  const activeIsDrawn = visible.some(({ index }) => ids[index] === activeId);

  const press = (event: KeyboardEvent<HTMLElement>) => {
    if (event.target instanceof HTMLButtonElement) return;
    const at = activeId === undefined ? -1 : ids.indexOf(activeId);
    const page = Math.max(1, Math.floor((scroll.current?.clientHeight ?? 0) / rowHeight) - 1);
    const to = moved(event.key, at, ids.length, page);
    const target = to === undefined ? undefined : ids[to];
    if (to !== undefined && target !== undefined) {
      setActiveId(target);
      virtualizer.scrollToIndex(to);
      if (event.shiftKey) {
        const from = activeId;
        onSelect((known) => extendTo(known.anchor === undefined && from ? toggle(known, from) : known, target, ids));
      }
    } else if (event.key.toLowerCase() === 'a' && (event.ctrlKey || event.metaKey)) {
      onSelect((known) => ({ ids: new Set([...known.ids, ...ids]), anchor: known.anchor }));
    } else if (event.key === ' ' && activeId !== undefined && at !== -1) {
      onSelect((known) => toggle(known, activeId));
    } else if (event.key === 'Enter' && activeId !== undefined && at !== -1) {
      onOpen(activeId);
    } else {
      return;
    }
    event.preventDefault();
  };

  const click = (event: MouseEvent<HTMLElement>) => {
    if (!(event.target instanceof Element)) return;
    const id = event.target.closest('[data-record]')?.getAttribute('data-record');
    if (!id) return;
    setActiveId(id);
    const ticks = event.ctrlKey || event.metaKey || event.target.closest('.record-check') !== null;
    if (event.shiftKey) onSelect((known) => extendTo(known, id, ids));
    else if (ticks) onSelect((known) => toggle(known, id));
    else onOpen(id);
  };

  return (
    <div ref={scroll} className="records">
      <table
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a grid is a table the keyboard walks through
        role="grid"
        aria-label={text.table}
        aria-rowcount={records.length + 1}
        aria-multiselectable="true"
        aria-activedescendant={activeId !== undefined && activeIsDrawn ? rowElementId(activeId) : undefined}
        tabIndex={0}
        onFocus={(event) => {
          const first = ids[virtualizer.range?.startIndex ?? 0];
          if (event.target === event.currentTarget && !activeIsDrawn && first !== undefined) setActiveId(first);
        }}
        onKeyDown={press}
        onClick={click}
      >
        {head}
        <tbody style={{ height: virtualizer.getTotalSize() }}>
          {visible.map(({ index, start }) => {
            const record = records[index];
            return record ? (
              <RecordRow
                key={record.id}
                record={record}
                index={index}
                top={start}
                selected={selection.ids.has(record.id)}
                active={record.id === activeId}
                now={now}
              />
            ) : null;
          })}
        </tbody>
      </table>
    </div>
  );
}
