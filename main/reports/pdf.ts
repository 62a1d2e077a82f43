import { once } from 'node:events';
import { setImmediate as breathe } from 'node:timers/promises';
import { type Check, type CheckRow, checkVerdicts, isWell } from '../domain/check.ts';
import { serviceFacts } from '../domain/service.ts';
import { openPage, type Page } from './page.ts';
import { isoTime, type Maker, methodWords, verdictWords } from './text.ts';

/** Rows drawn in one go, so that nothing else waits for more than a few milliseconds. */
const atOnce = 4;

const columns = [
  { title: 'Verdict', width: 72 },
  { title: 'Source', width: 156 },
  { title: 'Target', width: 190 },
  { title: 'Evidence', width: 154 },
  { title: 'What was found, and what to do', width: 192 },
] as const;

/**
 * A check's report to print and to file: what was asked, how it came out, what each method proves, then every record. Drawn a
 * few rows at a time.
 * @param pages its rows, a page at a time
 */
export async function* checkPdf(
  check: Check,
  maker: Maker,
  pages: AsyncIterable<readonly CheckRow[]>,
): AsyncGenerator<Uint8Array> {
  const title = check.values ? 'DR test: copies compared with their sources' : 'Drift check of copies';
  const page = await openPage({
    title,
    footer: `${maker.product} ${maker.version}, check ${check.id}`,
    madeAt: maker.exportedAt,
  });
  const drawn: Uint8Array[] = [];
  page.document.on('data', (chunk: Uint8Array) => drawn.push(chunk));
  drawSummary(page, title, check, maker);
  page.beginTable(columns);
  for await (const rows of pages) {
    for (let from = 0; from < rows.length; from += atOnce) {
      for (const row of rows.slice(from, from + atOnce)) page.row(cellsOf(row));
      await breathe();
      yield* drawn.splice(0);
    }
  }
  const ended = once(page.document, 'end');
  page.end();
  await ended;
  yield* drawn.splice(0);
}

function drawSummary(page: Page, title: string, check: Check, { exportedAt }: Maker): void {
  const { trigger, values, startedAt, endedAt, cancelled, total, counts } = check;
  const reached = Object.values(counts).reduce((sum, count) => sum + count, 0);
  page.heading(title);
  page.facts([
    ['Asked by', trigger === 'user' ? 'a person' : 'the schedule'],
    ['Compared', values ? 'versions, and values where both may be read' : 'versions; no value was read'],
    ['Begun', isoTime(startedAt)],
    ['Ended', endedAt === null ? 'still going on' : isoTime(endedAt)],
    [
      'Records',
      `${total}, of which ${reached} were looked at${cancelled ? '; it was ended before all were reached' : ''}`,
    ],
    ['Report made', isoTime(exportedAt)],
  ]);
  page.subheading('How it came out');
  for (const verdict of checkVerdicts) {
    const count = counts[verdict] ?? 0;
    if (count > 0) page.facts([[verdictWords[verdict], `${count}${isWell(verdict) ? '' : ', to be looked at'}`]]);
  }
  if (reached === 0) page.facts([['Nothing', 'no record was looked at']]);
  page.subheading('What each method proves');
  page.facts(Object.values(methodWords).map((method) => [method.title, method.proves]));
  page.subheading('Every record');
}

function cellsOf(row: CheckRow): Parameters<Page['row']>[0] {
  const { title } = serviceFacts[row.targetService];
  const version = (text: string | null) => (text === null ? [] : [{ text: `version ${text}`, faint: true }]);
  return [
    [{ text: verdictWords[row.verdict], bold: true, alarming: !isWell(row.verdict) }],
    [{ text: row.source }, ...version(row.sourceVersion)],
    [{ text: row.target }, { text: `${title}, ${row.targetRegion}, ${row.targetConnection}`, faint: true }],
    [
      { text: methodWords[row.method].title },
      ...version(row.targetVersion),
      { text: isoTime(row.checkedAt), faint: true },
    ],
    [{ text: row.sentence }, ...(row.fix === '' ? [] : [{ text: row.fix, faint: true }])],
  ];
}
