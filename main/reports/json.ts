import { createHash } from 'node:crypto';
import { type Check, type CheckRow, isWell } from '../domain/check.ts';
import { type AuditRow, inertJson, isoTime, type Maker, methodWords } from './text.ts';

const hashWords =
  'SHA-256 of the rows as they stand in this file: of each line of "rows" without spaces at its begin and without the comma at its end, followed by a line feed (0x0a). Two files with the same number hold the same rows, so a copy can be compared with another, and with the audit trail of the app, which keeps the SHA-256 of the whole file. It does not prove who made the file: whoever changes rows can count the number again.';

/** A check's report as JSON, one row a line. @param pages its rows, a page at a time */
export async function* checkJson(
  check: Check,
  { product, version, exportedAt }: Maker,
  pages: AsyncIterable<readonly CheckRow[]>,
): AsyncGenerator<string> {
  const { id, trigger, values, startedAt, endedAt, cancelled, total, counts } = check;
  const head = {
    product,
    version,
    exportedAt: isoTime(exportedAt),
    check: {
      id,
      askedBy: trigger === 'user' ? 'a person' : 'the schedule',
      asked: values ? 'compare versions, and values where both may be read' : 'compare versions',
      startedAt: isoTime(startedAt),
      endedAt: endedAt === null ? null : isoTime(endedAt),
      cancelled,
      records: total,
      counts,
    },
    methods: Object.fromEntries(Object.entries(methodWords).map(([method, { proves }]) => [method, proves])),
  };
  yield `${inertJson(head).slice(0, -1)},\n"rows": [`;
  const hash = createHash('sha256');
  let separator = '\n';
  let rows = 0;
  for await (const page of pages) {
    let text = '';
    for (const row of page) {
      const line = inertJson(lineOf(row));
      hash.update(`${line}\n`);
      text += separator + line;
      separator = ',\n';
      rows += 1;
    }
    yield text;
  }
  yield `\n],\n"rowCount": ${rows},\n"rowsSha256": "${hash.digest('hex')}",\n"rowsSha256Means": ${inertJson(hashWords)}}\n`;
}

/**
 * The audit trail as JSON Lines. `entry` is exactly what the chain's hashes are made of; see docs/audit.md for how to check
 * them without this app.
 */
export async function* auditLines(pages: AsyncIterable<readonly AuditRow[]>): AsyncGenerator<string> {
  for await (const page of pages) {
    yield page
      .map(({ id, hash, at, actor, action, subject, outcome, detail }) =>
        inertJson({ id, hash, entry: { at, actor, action, subject, outcome, detail } }),
      )
      .join('\n')
      .concat('\n');
  }
}

function lineOf(row: CheckRow): Readonly<Record<string, string | boolean | null>> {
  const { recordId, source, sourceVersion, target, targetService, targetRegion, targetConnection, targetVersion } = row;
  const { targetId, verdict, method, code, sentence, fix, checkedAt } = row;
  return {
    recordId,
    source,
    sourceVersion,
    target,
    targetService,
    targetRegion,
    targetConnection,
    targetVersion,
    targetId,
    verdict,
    isRight: isWell(verdict),
    method,
    code,
    sentence,
    fix,
    checkedAt: isoTime(checkedAt),
  };
}
