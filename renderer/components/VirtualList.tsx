import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type ReactNode, useRef } from 'react';
import './VirtualList.css';

interface Props<T> {
  readonly items: readonly T[];
  /** CSS pixels; told and not measured, so that a list of any length is laid out at once. */
  readonly rowHeight: number | ((item: T) => number);
  readonly label: string;
  keyOf(item: T): string;
  render(item: T): ReactNode;
}

/** Down goes from the list into it; Up and Down go from a row's field to that of the next row that has one to use. */
function walk(event: KeyboardEvent<HTMLElement>): void {
  if (event.target === event.currentTarget && event.key === 'ArrowDown') {
    const { top } = event.currentTarget.getBoundingClientRect();
    const fields = [...event.currentTarget.querySelectorAll<HTMLInputElement>('li input:not(:disabled)')];
    const field = fields.find((each) => each.getBoundingClientRect().top >= top);
    if (!field) return;
    field.focus();
    event.preventDefault();
    return;
  }
  if (!(event.target instanceof HTMLInputElement) || (event.key !== 'ArrowDown' && event.key !== 'ArrowUp')) return;
  const next = (row: Element | null | undefined) =>
    event.key === 'ArrowDown' ? row?.nextElementSibling : row?.previousElementSibling;
  for (let row = next(event.target.closest('li')); row; row = next(row)) {
    const field = row.querySelector<HTMLInputElement>('input:not(:disabled)');
    if (field) {
      field.focus();
      event.preventDefault();
      return;
    }
  }
}

/** A list of any length of which only the visible part is in the page. Fills its flex parent. */
export function VirtualList<T>({ items, rowHeight, label, keyOf, render }: Props<T>) {
  const scroll = useRef<HTMLElement>(null);
  const heightOf = (item: T | undefined): number => {
    if (typeof rowHeight === 'number') return rowHeight;
    return item === undefined ? 0 : rowHeight(item);
  };
  const virtualizer = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroll.current,
    estimateSize: (index) => heightOf(items[index]),
    overscan: 6,
  });
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a part of the page that scrolls must be reachable by keyboard
    <section className="virtual-list" ref={scroll} aria-label={label} tabIndex={0} onKeyDown={walk}>
      <ul style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map((virtual) => {
          const item = items[virtual.index];
          if (item === undefined) return null;
          return (
            <li
              key={keyOf(item)}
              aria-setsize={items.length}
              aria-posinset={virtual.index + 1}
              style={{ height: heightOf(item), transform: `translateY(${virtual.start}px)` }}
            >
              {render(item)}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
