import type { RunView } from '../../preload/contract/views.ts';
import { count } from '../components/format.ts';

/** Every run under way as one. */
interface Progress {
  readonly runIds: readonly string[];
  readonly scanning: boolean;
  readonly total: number;
  readonly done: number;
  readonly written: number;
  readonly unchanged: number;
  readonly attention: number;
  /** Records per second since the oldest of these runs began; null while that says nothing yet. */
  readonly rate: number | null;
}

/** @returns undefined when nothing runs */
export function progressOf(runs: readonly RunView[], now: number): Progress | undefined {
  const active = runs.filter((run) => run.endedAt === null);
  if (active.length === 0) return undefined;
  const sum = (field: 'total' | 'done' | 'written' | 'unchanged' | 'attention') =>
    active.reduce((total, run) => total + run[field], 0);
  const done = sum('done');
  const seconds = (now - Math.min(...active.map((run) => run.startedAt))) / 1_000;
  return {
    runIds: active.map((run) => run.id),
    scanning: active.every((run) => run.phase === 'scanning'),
    total: sum('total'),
    done,
    written: sum('written'),
    unchanged: sum('unchanged'),
    attention: sum('attention'),
    rate: done > 0 && seconds >= 1 ? done / seconds : null,
  };
}

/** What a screen reader hears of a run under way: its start and each quarter. Between them nothing new. */
export function spokenProgress(progress: Progress | undefined): string {
  if (!progress) return '';
  if (progress.scanning || progress.total === 0) return 'Sync started. Looking for changes.';
  const quarter = Math.floor((progress.done / progress.total) * 4);
  return quarter === 0 ? 'Sync started.' : `Sync: ${quarter * 25} percent of ${progress.total} done.`;
}

/** What came of the records so far: `12 written · 3 unchanged · 1 needs attention` */
export function runNumbers({
  written,
  unchanged,
  attention,
}: Pick<RunView, 'written' | 'unchanged' | 'attention'>): string {
  const needs = attention === 1 ? 'needs' : 'need';
  return `${count(written)} written · ${count(unchanged)} unchanged · ${count(attention)} ${needs} attention`;
}
