import Database
import Platform

/// The rows of artifacts.
enum ArtifactTable {
  static let migrations = [
    Migration(
      number: 100, name: "artifacts",
      sql: """
        CREATE TABLE artifacts (
          number INTEGER PRIMARY KEY AUTOINCREMENT,
          id TEXT NOT NULL UNIQUE,
          run_id TEXT NOT NULL,
          job_id TEXT NOT NULL,
          attempt INTEGER NOT NULL,
          name TEXT NOT NULL,
          version INTEGER NOT NULL,
          type TEXT,
          content_type TEXT NOT NULL,
          size INTEGER NOT NULL,
          sha256 TEXT NOT NULL,
          location TEXT NOT NULL,
          created_at INTEGER NOT NULL,
          UNIQUE (run_id, name, version)
        ) STRICT
        """)
  ]

  static func newest(
    run: String, name: String, in db: borrowing DatabaseConnection
  ) throws -> Artifact? {
    try db.first(
      "SELECT * FROM artifacts WHERE run_id = ? AND name = ? ORDER BY version DESC LIMIT 1", [run, name],
      artifact)
  }

  static func find(id: String, in db: borrowing DatabaseConnection) throws -> Artifact? {
    try db.first("SELECT * FROM artifacts WHERE id = ?", [id], artifact)
  }

  static func find(number: Int64, in db: borrowing DatabaseConnection) throws -> Artifact? {
    try db.first("SELECT * FROM artifacts WHERE number = ?", [number], artifact)
  }

  /// The newest version of each name, in the order of names.
  static func list(run: String, limit: Int, in db: borrowing DatabaseConnection) throws -> [Artifact] {
    try db.rows(
      """
      SELECT * FROM artifacts AS a WHERE run_id = ? AND version =
        (SELECT max(version) FROM artifacts WHERE run_id = a.run_id AND name = a.name)
      ORDER BY name LIMIT ?
      """, [run, limit], artifact)
  }

  /// Adds the row and gives back its number.
  static func insert(_ artifact: Artifact, in db: borrowing DatabaseConnection) throws -> Int64 {
    try db.execute(
      """
      INSERT INTO artifacts (id, run_id, job_id, attempt, name, version, type, content_type, size,
        sha256, location, created_at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      [
        artifact.id, artifact.run, artifact.job, artifact.attempt, artifact.name, artifact.version,
        artifact.type, artifact.contentType, artifact.size, artifact.sha256, artifact.location,
        artifact.createdAt,
      ])
    return db.lastInsertedRowID
  }

  private static func artifact(_ row: borrowing Row) throws -> Artifact {
    Artifact(
      id: try row["id"], number: try row["number"], run: try row["run_id"], job: try row["job_id"],
      attempt: try row["attempt"], name: try row["name"], version: try row["version"], type: try row["type"],
      contentType: try row["content_type"], size: try row["size"], sha256: try row["sha256"],
      createdAt: try row["created_at"], location: try row["location"])
  }
}
