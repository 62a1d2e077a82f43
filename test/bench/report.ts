import { availableParallelism, cpus, totalmem } from 'node:os';

/** One figure of one promise of the table in README. */
export interface Measure {
  readonly promise: string;
  readonly what: string;
  /** Null: told for its own sake, nothing was promised. */
  readonly goal: { readonly atMost: number } | { readonly atLeast: number } | null;
  /** Null: not measured; `note` says why. */
  readonly figure: number | null;
  readonly unit: '' | '×' | '%' | ' ms';
  /** What the figure was made of. */
  readonly sides: Readonly<Record<string, number | string>>;
  readonly note?: string;
}

type Verdict = 'met' | 'NOT met' | 'not measured' | '';

export function verdictOf({ goal, figure }: Measure): Verdict {
  if (figure === null) return 'not measured';
  if (goal === null) return '';
  return ('atMost' in goal ? figure <= goal.atMost : figure >= goal.atLeast) ? 'met' : 'NOT met';
}

/** The measures as a table to read. */
export function tableOf(measures: readonly Measure[]): string {
  const rows = measures.map((measure) => {
    const { promise, what, goal, figure, unit } = measure;
    const asked = goal === null ? '' : 'atMost' in goal ? `≤ ${goal.atMost}${unit}` : `≥ ${goal.atLeast}${unit}`;
    return [promise, what, asked, figure === null ? '' : `${shown(figure)}${unit}`, verdictOf(measure)];
  });
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.flatMap((row, index) => {
    const { sides, note } = measures[index] ?? { sides: {}, note: undefined };
    const made = Object.entries(sides).map(
      ([name, value]) => `${name} ${typeof value === 'number' ? shown(value) : value}`,
    );
    return [
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
      ...(made.length > 0 ? [`      ${made.join('; ')}`] : []),
      ...(note ? [`      ${note}`] : []),
    ];
  });
  return lines.join('\n');
}

function shown(figure: number): string {
  if (Number.isInteger(figure)) return figure.toLocaleString('en');
  return figure.toFixed(Math.abs(figure) < 10 ? 3 : 1);
}

/** What a program reads: the measures with their verdicts, and the machine they were made on. */
export function jsonOf(
  measures: readonly Measure[],
  about: { quick: boolean; only: readonly string[]; seconds: number; loadBefore: number },
) {
  return {
    date: new Date().toISOString(),
    machine: {
      cores: availableParallelism(),
      model: cpus()[0]?.model ?? '',
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      node: process.version,
      platform: `${process.platform} ${process.arch}`,
    },
    ...about,
    measures: measures.map((measure) => ({ ...measure, verdict: verdictOf(measure) })),
  };
}

/** P11: all time inside the store's methods, which are synchronous, as a share of a sync. */
export function databaseShare(
  what: string,
  { seconds, databaseSeconds }: { readonly seconds: number; readonly databaseSeconds: number },
  records: number,
): Measure {
  return {
    promise: 'P11',
    what: `time in the database ÷ time of a ${what}`,
    goal: { atMost: 5 },
    figure: (100 * databaseSeconds) / seconds,
    unit: '%',
    sides: {
      'database s': databaseSeconds,
      'sync s': seconds,
      'database ms a record': (1000 * databaseSeconds) / records,
    },
  };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.ceil((sorted.length - 1) / 2)]];
  return ((low ?? Number.NaN) + (high ?? Number.NaN)) / 2;
}
