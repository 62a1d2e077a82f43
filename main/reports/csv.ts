import { type Options, stringify } from 'csv-stringify/sync';
import { type Check, type CheckRow, isWell } from '../domain/check.ts';
import { type AuditRow, inert, isoTime, verdictWords } from './text.ts';

/**
 * RFC 4180. A cell that a spreadsheet would take for a formula begins with an apostrophe instead
 * (https://owasp.org/www-community/attacks/CSV_Injection).
 */
const format: Options = { record_delimiter: '\r\n', escape_formulas: true };

/** Tells spreadsheets that the file is UTF-8. */
const byteOrderMark = '\ufeff';

function lines(rows: readonly (readonly string[])[]): string {
  return stringify(
    rows.map((row) => row.map(inert)),
    format,
  );
}

/** A check's report: one line for each record, with all that is known of it. @param pages its rows, a page at a time */
export async function* checkCsv(check: Check, pages: AsyncIterable<readonly CheckRow[]>): AsyncGenerator<string> {
  const head = [
    'Verdict',
    'Copy is right',
    'Source',
    'Source version',
    'Target service',
    'Target region',
    'Target connection',
    'Target',
    'Target version',
    'Target id',
    'Compared by',
    'Code',
    'What was found',
    'What to do',
    'Checked at',
    'Record id',
    'Check id',
  ];
  yield byteOrderMark + lines([head]);
  for await (const page of pages) {
    yield lines(
      page.map((row) => [
        verdictWords[row.verdict],
        isWell(row.verdict) ? 'yes' : 'no',
        row.source,
        row.sourceVersion ?? '',
        row.targetService,
        row.targetRegion,
        row.targetConnection,
        row.target,
        row.targetVersion ?? '',
        row.targetId ?? '',
        row.method,
        row.code,
        row.sentence,
        row.fix,
        isoTime(row.checkedAt),
        row.recordId,
        check.id,
      ]),
    );
  }
}

/** The audit trail, or what a filter leaves of it: one line for each row. */
export async function* auditCsv(pages: AsyncIterable<readonly AuditRow[]>): AsyncGenerator<string> {
  yield byteOrderMark + lines([['Id', 'At', 'Who', 'What', 'To what', 'Outcome', 'Detail', 'Hash']]);
  for await (const page of pages) {
    yield lines(
      page.map((row) => [
        String(row.id),
        isoTime(row.at),
        row.actor,
        row.action,
        row.subject,
        row.outcome,
        row.detail,
        row.hash,
      ]),
    );
  }
}
