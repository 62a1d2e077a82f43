import { crc32 } from 'node:zlib';
import { documentColumns } from './documents.ts';
import { documents } from './rows.ts';
import { type Sql, textOf } from './sql.ts';

/**
 * One step from a version of the store to the next, inside a transaction. Steps are never edited once released: an old
 * store walks through all of them.
 */
export type Migration = (sql: Sql) => void;

/** The step at index n makes version n + 1. */
export const migrations: readonly Migration[] = [
  (sql) =>
    sql.exec(`
      CREATE TABLE meta (key TEXT NOT NULL PRIMARY KEY, doc TEXT NOT NULL, sum INTEGER NOT NULL) STRICT;

      CREATE TABLE connections (id TEXT NOT NULL PRIMARY KEY, doc TEXT NOT NULL, sum INTEGER NOT NULL) STRICT;

      CREATE TABLE tokens (
        connection_id TEXT NOT NULL PRIMARY KEY REFERENCES connections (id) ON DELETE CASCADE,
        doc TEXT NOT NULL,
        sum INTEGER NOT NULL
      ) STRICT;

      CREATE TABLE former_keys (id INTEGER PRIMARY KEY AUTOINCREMENT, doc TEXT NOT NULL, sum INTEGER NOT NULL) STRICT;

      CREATE TABLE records (
        id TEXT NOT NULL PRIMARY KEY,
        doc TEXT NOT NULL,
        sum INTEGER NOT NULL,
        place TEXT NOT NULL AS (doc ->> '$.place'),
        status TEXT NOT NULL AS (doc ->> '$.status.status'),
        due_at INTEGER AS (iif(doc ->> '$.record.enabled', doc ->> '$.nextRunAt', NULL)),
        source_connection TEXT NOT NULL AS (doc ->> '$.record.sourceConnectionId') REFERENCES connections (id),
        target_connection TEXT NOT NULL AS (doc ->> '$.record.targetConnectionId') REFERENCES connections (id)
      ) STRICT;
      CREATE UNIQUE INDEX records_place ON records (place);
      CREATE INDEX records_status ON records (status);
      CREATE INDEX records_due_at ON records (due_at) WHERE due_at IS NOT NULL;
      CREATE INDEX records_source_connection ON records (source_connection);
      CREATE INDEX records_target_connection ON records (target_connection);

      CREATE TABLE ledger (
        record_id TEXT NOT NULL PRIMARY KEY REFERENCES records (id) ON DELETE CASCADE,
        doc TEXT NOT NULL,
        sum INTEGER NOT NULL
      ) STRICT;

      CREATE TABLE intents (
        record_id TEXT NOT NULL PRIMARY KEY REFERENCES records (id) ON DELETE CASCADE,
        doc TEXT NOT NULL,
        sum INTEGER NOT NULL
      ) STRICT;

      CREATE TABLE runs (id TEXT NOT NULL PRIMARY KEY, doc TEXT NOT NULL, sum INTEGER NOT NULL) STRICT;

      CREATE TABLE attempts (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        doc TEXT NOT NULL,
        sum INTEGER NOT NULL,
        record_id TEXT NOT NULL AS (doc ->> '$.recordId')
      ) STRICT;
      CREATE INDEX attempts_record_id ON attempts (record_id, id);

      CREATE TABLE audit (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        doc TEXT NOT NULL,
        sum INTEGER NOT NULL,
        hash BLOB NOT NULL
      ) STRICT;
      CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
        BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
      CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
        BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
    `),
  // Writes are counted by service: some have a yearly quota.
  (sql) =>
    sql.exec(`
      ALTER TABLE attempts ADD COLUMN written_to TEXT AS (doc ->> '$.writtenTo.service');
      CREATE INDEX attempts_written_to ON attempts (written_to) WHERE written_to IS NOT NULL;
    `),
  // Rules, discovery and checks; what windows and schedules ask of records, and how long history is kept.
  (sql) =>
    sql.exec(`
      ALTER TABLE records ADD COLUMN set_at INTEGER AS (iif(doc ->> '$.record.enabled', doc ->> '$.nextRunSetAt', NULL));
      ALTER TABLE records ADD COLUMN rule_id TEXT AS (doc ->> '$.record.ruleId');
      ALTER TABLE records ADD COLUMN conflict_seen TEXT AS (doc ->> '$.conflictSeen');
      CREATE INDEX records_conflict_seen ON records (conflict_seen) WHERE conflict_seen IS NOT NULL;
      CREATE INDEX records_set_at ON records (set_at) WHERE set_at IS NOT NULL;
      CREATE INDEX records_rule_id ON records (rule_id) WHERE rule_id IS NOT NULL;

      CREATE TABLE changes (revision INTEGER PRIMARY KEY AUTOINCREMENT, record_id TEXT NOT NULL UNIQUE) STRICT;
      INSERT INTO changes (record_id) SELECT id FROM records ORDER BY rowid;
      CREATE TRIGGER records_added AFTER INSERT ON records
        BEGIN INSERT OR REPLACE INTO changes (record_id) VALUES (NEW.id); END;
      CREATE TRIGGER records_changed AFTER UPDATE ON records
        BEGIN INSERT OR REPLACE INTO changes (record_id) VALUES (NEW.id); END;
      CREATE TRIGGER records_removed AFTER DELETE ON records
        BEGIN INSERT OR REPLACE INTO changes (record_id) VALUES (OLD.id); END;

      CREATE TABLE rules (
        id TEXT NOT NULL PRIMARY KEY,
        doc TEXT NOT NULL,
        sum INTEGER NOT NULL,
        source_connection TEXT NOT NULL AS (doc ->> '$.sourceConnectionId') REFERENCES connections (id),
        target_connection TEXT NOT NULL AS (doc ->> '$.targetConnectionId') REFERENCES connections (id)
      ) STRICT;
      CREATE TABLE rule_states (
        rule_id TEXT NOT NULL PRIMARY KEY REFERENCES rules (id) ON DELETE CASCADE,
        doc TEXT NOT NULL,
        sum INTEGER NOT NULL
      ) STRICT;

      CREATE TABLE vaults (
        connection TEXT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
        vault TEXT NOT NULL,
        doc TEXT NOT NULL,
        sum INTEGER NOT NULL,
        PRIMARY KEY (connection, vault)
      ) STRICT;
      CREATE TABLE items (
        connection TEXT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
        vault TEXT NOT NULL,
        name TEXT NOT NULL,
        kind TEXT NOT NULL,
        state TEXT NOT NULL,
        doc TEXT NOT NULL,
        sum INTEGER NOT NULL,
        PRIMARY KEY (connection, vault, name, kind)
      ) STRICT;
      CREATE INDEX items_state ON items (connection, vault, state);

      CREATE TABLE checks (
        id TEXT NOT NULL PRIMARY KEY,
        doc TEXT NOT NULL,
        sum INTEGER NOT NULL,
        ended_at INTEGER AS (doc ->> '$.endedAt')
      ) STRICT;
      CREATE TABLE check_rows (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        check_id TEXT NOT NULL REFERENCES checks (id) ON DELETE CASCADE,
        verdict TEXT NOT NULL,
        doc TEXT NOT NULL,
        sum INTEGER NOT NULL
      ) STRICT;
      CREATE INDEX check_rows_check_id ON check_rows (check_id);

      ALTER TABLE attempts ADD COLUMN started_at INTEGER AS (doc ->> '$.startedAt');
      ALTER TABLE attempts ADD COLUMN keep_as TEXT AS (CASE
        WHEN doc ->> '$.outcome' = 'deleted' THEN 'deleted'
        WHEN doc -> '$.writtenTo' <> 'null' THEN 'written'
        WHEN doc ->> '$.outcome' = 'unchanged' THEN 'unchanged'
        ELSE 'other' END);
      CREATE INDEX attempts_keep_as ON attempts (keep_as, started_at, record_id);
      ALTER TABLE runs ADD COLUMN ended_at INTEGER AS (doc ->> '$.endedAt');
      CREATE INDEX runs_ended_at ON runs (ended_at) WHERE ended_at IS NOT NULL;
    `),
];

/**
 * The version of an open store, 0 for an empty one. The file's header says it, and a checked row says it again together with
 * what the tables looked like then.
 * @returns undefined if those don't agree
 */
export function versionOf(sql: Sql): number | undefined {
  const inHeader = sql.pragma('user_version');
  const found = sql.first("SELECT count(*) AS count, sum(name = 'meta') AS sound FROM sqlite_schema");
  if (inHeader === 0 && found?.count === 0) return 0;
  if (!found?.sound) return undefined;
  const row = sql.first(`SELECT ${documentColumns} FROM meta WHERE key = 'schema'`);
  if (!row) return undefined;
  const { version, tables } = documents.schema.decode(row);
  return version === inHeader && tables === tablesSum(sql) ? version : undefined;
}

/** Brings a store to the newest version, one transaction a step. */
export function migrate(sql: Sql, from: number, steps: readonly Migration[]): void {
  for (const [index, step] of steps.entries()) {
    const version = index + 1;
    if (version <= from) continue;
    sql.transaction(() => {
      step(sql);
      const [doc, sum] = documents.schema.encode({ version, tables: tablesSum(sql) });
      sql.run("INSERT OR REPLACE INTO meta (key, doc, sum) VALUES ('schema', ?, ?)", [doc, sum]);
      sql.exec(`PRAGMA user_version = ${version}`);
    });
  }
}

function tablesSum(sql: Sql): number {
  const statements = sql.first(`
    SELECT CAST(group_concat(sql, char(10)) AS BLOB) AS doc
    FROM (SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type, name)`);
  return crc32(textOf(statements?.doc));
}
