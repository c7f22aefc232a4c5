import Database
import FoundationEssentials
import Platform
import RunModel

/// Runs as rows: the model as JSON, and beside it the columns that are searched by.
///
/// Its functions are parts of a read or a write that somebody else opened, so that a run, its effects and the
/// delivery that caused them are one transaction.
struct RunStore: Sendable {
  func insert(_ run: Run, into db: borrowing DatabaseConnection) throws {
    try db.execute(
      """
      INSERT INTO runs (
        id, number, repository, sha, is_pull_request, state, is_final, deadline, model, created_at, finished_at
      ) VALUES (
        :id, :number, :repository, :sha, :request, :state, :final, :deadline, :model, :created, :finished
      )
      """,
      [
        "id": run.id, "number": run.number, "repository": run.source.repository, "sha": run.source.sha,
        "request": run.source.isPullRequest, "state": run.state.rawValue, "final": run.state.isFinal,
        "deadline": run.deadline?.milliseconds, "model": try Self.encode(run),
        "created": run.createdAt.milliseconds, "finished": run.finishedAt?.milliseconds,
      ])
  }

  func update(_ run: Run, in db: borrowing DatabaseConnection) throws {
    try db.execute(
      """
      UPDATE runs SET
        repository = :repository, state = :state, is_final = :final, deadline = :deadline, model = :model,
        finished_at = :finished
      WHERE id = :id
      """,
      [
        "id": run.id, "repository": run.source.repository, "state": run.state.rawValue,
        "final": run.state.isFinal, "deadline": run.deadline?.milliseconds, "model": try Self.encode(run),
        "finished": run.finishedAt?.milliseconds,
      ])
  }

  func find(_ id: String, in db: borrowing DatabaseConnection) throws -> Run? {
    try db.first("SELECT model FROM runs WHERE id = ?", [id]) { try Self.decode($0["model"]) }
  }

  /// The number that the repository's next run gets.
  func nextNumber(for repository: String, in db: borrowing DatabaseConnection) throws -> Int {
    let last = try db.first("SELECT max(number) AS last FROM runs WHERE repository = ?", [repository]) {
      row in
      try row["last"] as Int?
    }
    return ((last ?? nil) ?? 0) + 1
  }

  /// Newest first, at most `limit`, those before the run with the id `before` (ids sort by time).
  func list(before: String?, limit: Int, in db: borrowing DatabaseConnection) throws -> [Run] {
    try db.rows(
      "SELECT model FROM runs WHERE id < :before ORDER BY id DESC LIMIT :limit",
      ["before": before ?? "g", "limit": limit]
    ) { try Self.decode($0["model"]) }
  }

  func unfinished(in db: borrowing DatabaseConnection) throws -> [Run] {
    try db.rows("SELECT model FROM runs WHERE is_final = 0 ORDER BY id") { try Self.decode($0["model"]) }
  }

  func unfinished(repository: String, in db: borrowing DatabaseConnection) throws -> [Run] {
    try db.rows(
      "SELECT model FROM runs WHERE is_final = 0 AND repository = ? ORDER BY id", [repository]
    ) { try Self.decode($0["model"]) }
  }

  /// The ids of the runs whose deadline is at or before `now`.
  func late(at now: Timestamp, in db: borrowing DatabaseConnection) throws -> [String] {
    try db.rows("SELECT id FROM runs WHERE is_final = 0 AND deadline <= ?", [now]) { try $0["id"] }
  }

  func nextDeadline(in db: borrowing DatabaseConnection) throws -> Timestamp? {
    try db.first("SELECT min(deadline) AS next FROM runs WHERE is_final = 0") { row in
      try row["next"] as Timestamp?
    } ?? nil
  }

  /// The newest run of a commit that was made for a pull request, or for anything else.
  func newest(
    repository: String, sha: String, isPullRequest: Bool, in db: borrowing DatabaseConnection
  ) throws -> Run? {
    try db.first(
      """
      SELECT model FROM runs WHERE repository = ? AND sha = ? AND is_pull_request = ?
      ORDER BY number DESC LIMIT 1
      """, [repository, sha, isPullRequest]
    ) { try Self.decode($0["model"]) }
  }

  /// The runs that speak for their commit and have not ended, or have since then; newest first, those before the run
  /// with the id `before`.
  func shown(
    since: Timestamp, before: String?, limit: Int, in db: borrowing DatabaseConnection
  ) throws -> [Run] {
    try db.rows(
      """
      SELECT model FROM runs WHERE id IN (
        SELECT run.id FROM (
          SELECT id FROM runs WHERE is_final = 0
          UNION ALL SELECT id FROM runs WHERE finished_at > :since
        ) AS recent CROSS JOIN runs AS run ON run.id = recent.id
        WHERE run.id < :before AND NOT EXISTS (
          SELECT 1 FROM runs AS newer
          WHERE newer.repository = run.repository AND newer.sha = run.sha
            AND newer.is_pull_request = run.is_pull_request AND newer.number > run.number
        )
        ORDER BY run.id DESC LIMIT :limit
      ) ORDER BY id DESC
      """, ["since": since, "before": before ?? "g", "limit": limit]
    ) { try Self.decode($0["model"]) }
  }

  private static func encode(_ run: Run) throws -> [UInt8] {
    Array(try JSONEncoder().encode(run))
  }

  private static func decode(_ bytes: [UInt8]) throws -> Run {
    try JSONDecoder().decode(Run.self, from: Data(bytes))
  }
}
