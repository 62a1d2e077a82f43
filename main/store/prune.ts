import type { Sql } from './sql.ts';

/** ACM's quota of imports is counted over a year (docs.aws.amazon.com/acm/latest/userguide/acm-limits.html). */
const longestQuota = 365 * 86_400_000;

/** What checks found of 10,000 records is 7 MB a check, so it is not kept for as long as history may be. */
const longestEvidence = 90 * 86_400_000;

/** An attempt that is no record's last: what History shows of a record never ends up empty. */
const isNotLast = `(
  EXISTS (SELECT 1 FROM attempts AS later WHERE later.record_id = attempts.record_id AND later.id > attempts.id)
  OR NOT EXISTS (SELECT 1 FROM records WHERE records.id = attempts.record_id))`;

const oldAttempts = `
  DELETE FROM attempts WHERE id IN (
    SELECT id FROM attempts WHERE keep_as = ? AND started_at < ? AND ${isNotLast} ORDER BY started_at LIMIT ?)`;

const oldCheckRows = `
  DELETE FROM check_rows WHERE id IN (
    SELECT id FROM check_rows WHERE check_id IN (SELECT id FROM checks WHERE ended_at < ?) LIMIT ?)`;

const oldChecks = 'DELETE FROM checks WHERE id IN (SELECT id FROM checks WHERE ended_at < ? LIMIT ?)';

const oldRuns = 'DELETE FROM runs WHERE id IN (SELECT id FROM runs WHERE ended_at < ? LIMIT ?)';

/**
 * Forgets what is old, inside the caller's transaction; see `Journal.prune`.
 * @param now milliseconds since the epoch
 */
export function prune(
  sql: Sql,
  { unchanged, others }: { readonly unchanged: number; readonly others: number },
  now: number,
  limit: number,
): number {
  const evidence = Math.max(others, now - longestEvidence);
  const steps = [
    { statement: oldAttempts, params: ['unchanged', unchanged] },
    { statement: oldAttempts, params: ['other', others] },
    { statement: oldAttempts, params: ['deleted', others] },
    { statement: oldAttempts, params: ['written', Math.min(others, now - longestQuota)] },
    // What a check found before the check itself: removing all of it at once could take long.
    { statement: oldCheckRows, params: [evidence] },
    { statement: oldChecks, params: [evidence] },
    { statement: oldRuns, params: [others] },
  ];
  let forgotten = 0;
  for (const { statement, params } of steps) {
    if (forgotten < limit) forgotten += sql.run(statement, [...params, limit - forgotten]);
  }
  return forgotten;
}
