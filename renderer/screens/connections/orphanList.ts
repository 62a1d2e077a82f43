import type { OrphanView } from '../../../preload/contract/views.ts';
import { services } from '../../components/services.ts';
import { text } from './text.ts';

/** One orphan's cells, in the order of the columns. */
export function orphanCells(orphan: OrphanView): readonly string[] {
  const { certain, targetService, targetRegion, targetName, targetId } = orphan;
  return [services[targetService].title, targetRegion, targetName, certain ? (targetId ?? '') : text.orphanPerhaps];
}

/** A table to paste elsewhere: a line for each, cells between tabs. */
export function orphanList(orphans: readonly OrphanView[]): string {
  return [text.orphanColumns, ...orphans.map(orphanCells)].map((cells) => cells.map(inert).join('\t')).join('\n');
}

/** Names are other people's: none of them may begin a cell or a line of its own, or be taken for a formula. */
function inert(cell: string): string {
  const flat = cell.replace(/[\t\r\n]+/g, ' ');
  return /^[=+\-@]/.test(flat) ? `'${flat}` : flat;
}
