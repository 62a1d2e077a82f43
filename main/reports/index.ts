import type { Check, CheckRow } from '../domain/check.ts';
import { auditCsv, checkCsv } from './csv.ts';
import { auditLines, checkJson } from './json.ts';
import { checkPdf } from './pdf.ts';
import type { AuditRow, Maker } from './text.ts';

export { saveWhole } from './file.ts';

/** The pieces of a check's report. @param pages its rows in their order, a page at a time */
export function checkReport(
  format: 'csv' | 'json' | 'pdf',
  check: Check,
  maker: Maker,
  pages: AsyncIterable<readonly CheckRow[]>,
): AsyncIterable<string | Uint8Array> {
  switch (format) {
    case 'csv':
      return checkCsv(check, pages);
    case 'json':
      return checkJson(check, maker, pages);
    case 'pdf':
      return checkPdf(check, maker, pages);
  }
}

/** The pieces of a copy of the audit trail. @param pages its rows, oldest first, a page at a time; none of them empty */
export function auditCopy(format: 'csv' | 'jsonl', pages: AsyncIterable<readonly AuditRow[]>): AsyncIterable<string> {
  return format === 'csv' ? auditCsv(pages) : auditLines(pages);
}
