import type { Cell } from './cells.ts';

/** Rows × columns × outcome: names and codes only. */
export function tableOf(title: string, cells: readonly Cell[], outcomes: ReadonlyMap<Cell, string>): string {
  const rows = [...new Set(cells.map(({ row }) => row))];
  const columns = [...new Set(cells.map(({ column }) => column))];
  const lines = columns.flatMap((column) => {
    const byOutcome = new Map<string, string[]>();
    for (const row of rows) {
      const cell = cells.find((one) => one.row === row && one.column === column);
      if (!cell) continue;
      const outcome = outcomes.get(cell) ?? 'not run';
      byOutcome.set(outcome, [...(byOutcome.get(outcome) ?? []), row]);
    }
    return [...byOutcome].map(([outcome, among]) => `  ${column.padEnd(28)} ${outcome.padEnd(22)} ${among.join('; ')}`);
  });
  return [`Certificate matrix, ${title}: ${outcomes.size} of ${cells.length} cells`, ...lines].join('\n');
}
