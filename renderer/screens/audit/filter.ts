import type { AuditFilterView } from '../../../preload/contract/watch.ts';

/** What is typed and chosen; days as `<input type="date">` has them, '' for none. */
export interface TypedFilter {
  readonly actor: NonNullable<AuditFilterView['actor']> | '';
  readonly outcome: NonNullable<AuditFilterView['outcome']> | '';
  readonly text: string;
  readonly from: string;
  readonly to: string;
}

export const noFilter: TypedFilter = { actor: '', outcome: '', text: '', from: '', to: '' };

/** What main is asked for. Days are those of this computer, both included. */
export function filterOf({ actor, outcome, text, from, to }: TypedFilter): AuditFilterView {
  const first = startOf(from, 0);
  const end = startOf(to, 1);
  return {
    ...(actor ? { actor } : {}),
    ...(outcome ? { outcome } : {}),
    ...(text.trim() === '' ? {} : { text: text.trim() }),
    ...(first === undefined ? {} : { from: first }),
    ...(end === undefined ? {} : { to: end - 1 }),
  };
}

/** When a day begins, or one some days later, by this computer's clock; undefined where nothing (whole) is typed. */
function startOf(day: string, later: number): number | undefined {
  const [, year, month, date] = day.match(/^(\d{4})-(\d\d)-(\d\d)$/) ?? [];
  if (!year || !month || !date) return undefined;
  const at = new Date(Number(year), Number(month) - 1, Number(date) + later).getTime();
  return Number.isSafeInteger(at) && at >= 0 ? at : undefined;
}
