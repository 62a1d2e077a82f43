import { join } from 'node:path';
import Database from 'libsql';
import { expect, onTestFinished, test } from 'vitest';
import { openStore } from '../../main/store/index.ts';
import type { Audit } from '../../main/store/ports.ts';
import { auditOf, epoch, firstBadOf, idOf, outcomeOf, temporaryFolder } from './builders.ts';

const length = 2_100;

/** An open audit trail longer than two of the pages it is verified in, and a second connection to its file. */
function trail(): { audit: Audit; raw: Database.Database } {
  const folder = temporaryFolder();
  const { store } = openStore(folder, { now: () => epoch });
  store.audit.append(auditOf('entry 1'));
  const rest = Array.from({ length: length - 1 }, (_, n) => auditOf(`entry ${n + 2}`));
  store.journal.finish(rest.map((audit) => outcomeOf(idOf('removed record'), { audit })));
  const raw = new Database(join(folder, 'sync.db'));
  onTestFinished(() => {
    raw.close();
    store.close();
  });
  return { audit: store.audit, raw };
}

test('rows can’t be changed or deleted', () => {
  const { audit, raw } = trail();
  expect(() => raw.exec("UPDATE audit SET doc = '{}' WHERE id = 1")).toThrow('append-only');
  expect(() => raw.exec('DELETE FROM audit WHERE id = 1')).toThrow('append-only');
  expect(firstBadOf(audit)).toBeNull();
});

test.each([
  ['a changed row', "UPDATE audit SET doc = replace(doc, 'entry 1500', 'entry 9999') WHERE id = 1500", 1500],
  ['a changed first row', "UPDATE audit SET doc = replace(doc, 'entry 1', 'entry 9') WHERE id = 1", 1],
  ['a changed last row', `UPDATE audit SET doc = replace(doc, 'succeeded', 'failed') WHERE id = ${length}`, length],
  ['a changed hash', "UPDATE audit SET hash = x'00' WHERE id = 7", 7],
  ['a missing row', 'DELETE FROM audit WHERE id = 1000', 1000],
  ['a missing first row', 'DELETE FROM audit WHERE id = 1', 1],
  ['missing last rows', `DELETE FROM audit WHERE id > ${length - 2}`, length - 1],
  ['no rows left', 'DELETE FROM audit', 1],
  [
    'two rows that changed places',
    'UPDATE audit SET id = -10 WHERE id = 10; UPDATE audit SET id = 10 WHERE id = 11; UPDATE audit SET id = 11 WHERE id = -10',
    10,
  ],
])('%s is found once the triggers are out of the way', (_, sql, at) => {
  const { audit, raw } = trail();
  raw.exec('DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete');
  expect(firstBadOf(audit)).toBeNull();
  raw.exec(sql);
  expect(firstBadOf(audit)).toBe(at);
});
