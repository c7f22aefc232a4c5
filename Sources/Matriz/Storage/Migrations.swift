package import Database

/// The tables of the matriz. A migration that was released is never changed; a later one changes what it made.
package enum Migrations {
  package static let matriz = [
    Migration(
      number: 1, name: "runs, deliveries, outbox",
      sql: """
        CREATE TABLE runs (
          id TEXT PRIMARY KEY,
          number INTEGER NOT NULL,
          repository TEXT NOT NULL,
          state TEXT NOT NULL,
          is_final INTEGER NOT NULL,
          deadline INTEGER,
          model BLOB NOT NULL,
          created_at INTEGER NOT NULL,
          UNIQUE (repository, number)
        ) STRICT;
        CREATE INDEX runs_unfinished ON runs (deadline) WHERE is_final = 0;

        CREATE TABLE deliveries (
          id TEXT PRIMARY KEY,
          delivery TEXT NOT NULL UNIQUE,
          event TEXT NOT NULL,
          repository TEXT,
          received_at INTEGER NOT NULL,
          outcome TEXT NOT NULL,
          reason TEXT,
          run_id TEXT REFERENCES runs (id)
        ) STRICT;

        CREATE TABLE outbox (
          id INTEGER PRIMARY KEY AUTOINCREMENT,
          run_id TEXT NOT NULL REFERENCES runs (id),
          lane TEXT NOT NULL,
          effect BLOB NOT NULL,
          tries INTEGER NOT NULL DEFAULT 0,
          not_before INTEGER NOT NULL,
          created_at INTEGER NOT NULL,
          problem TEXT
        ) STRICT;
        CREATE INDEX outbox_by_run ON outbox (run_id);
        """),
    Migration(
      number: 2, name: "deliveries can be replayed",
      sql: """
        CREATE TABLE deliveries_2 (
          id TEXT PRIMARY KEY,
          delivery TEXT,
          event TEXT,
          repository TEXT,
          received_at INTEGER NOT NULL,
          occurred_at INTEGER,
          outcome TEXT NOT NULL,
          reason TEXT,
          run_id TEXT REFERENCES runs (id),
          replay_of TEXT REFERENCES deliveries (id) ON DELETE SET NULL
        ) STRICT;
        INSERT INTO deliveries_2 (id, delivery, event, repository, received_at, outcome, reason, run_id)
          SELECT id, delivery, event, repository, received_at, outcome, reason, run_id FROM deliveries;
        DROP TABLE deliveries;
        ALTER TABLE deliveries_2 RENAME TO deliveries;
        CREATE UNIQUE INDEX deliveries_once ON deliveries (delivery)
          WHERE replay_of IS NULL AND outcome <> 'rejected';
        CREATE INDEX deliveries_by_delivery ON deliveries (delivery);
        CREATE INDEX deliveries_by_run ON deliveries (run_id);
        CREATE INDEX deliveries_by_origin ON deliveries (replay_of) WHERE replay_of IS NOT NULL;

        CREATE TABLE delivery_payloads (
          delivery_id TEXT PRIMARY KEY REFERENCES deliveries (id) ON DELETE CASCADE,
          headers BLOB NOT NULL,
          body BLOB NOT NULL
        ) STRICT;
        """),
    Migration(
      number: 3, name: "jobs that have a slot or wait for one",
      sql: """
        CREATE TABLE active_jobs (
          job_id TEXT PRIMARY KEY,
          run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
          attempt INTEGER NOT NULL,
          repository TEXT NOT NULL,
          queued_at INTEGER NOT NULL,
          holds_slot INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX active_jobs_by_run ON active_jobs (run_id);
        CREATE INDEX active_jobs_by_repository ON active_jobs (holds_slot, repository, queued_at);
        CREATE INDEX runs_unfinished_by_repository ON runs (repository) WHERE is_final = 0;
        """),
    Migration(
      number: 4, name: "the clock goes on",
      sql: """
        CREATE TABLE clock (
          boot TEXT PRIMARY KEY,
          offset_milliseconds INTEGER NOT NULL
        ) STRICT;
        """),
    Migration(
      number: 5, name: "runs are found by their commit, and by their end",
      sql: """
        ALTER TABLE runs ADD COLUMN sha TEXT NOT NULL DEFAULT '';
        ALTER TABLE runs ADD COLUMN is_pull_request INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE runs ADD COLUMN finished_at INTEGER;
        UPDATE runs SET
          sha = json_extract(CAST(model AS TEXT), '$.source.sha'),
          is_pull_request = json_extract(CAST(model AS TEXT), '$.source.event') = 'pull_request',
          finished_at = json_extract(CAST(model AS TEXT), '$.finishedAt');
        CREATE INDEX runs_by_commit ON runs (repository, sha, is_pull_request, number);
        CREATE INDEX runs_by_end ON runs (finished_at) WHERE finished_at IS NOT NULL;

        UPDATE outbox SET lane = (
          SELECT 'status ' || sha || iif(is_pull_request, '/pr', '') FROM runs WHERE runs.id = run_id
        ) WHERE lane LIKE 'status %';
        CREATE INDEX outbox_by_lane ON outbox (lane);
        CREATE INDEX deliveries_by_repository ON deliveries (repository);
        """),
  ]
}
