import Database
import RunModel

/// The jobs that have a slot or wait for one: a row for each, and none for a job that is over. It follows the runs' own
/// state, so that who is next is found without a look at them all. Parts of a read or write that somebody else opened.
struct ActiveJobStore: Sendable {
  func replace(of run: Run, in db: borrowing DatabaseConnection) throws {
    try db.execute("DELETE FROM active_jobs WHERE run_id = ?", [run.id])
    for job in run.jobs where job.holdsSlot || job.isWaitingForSlot && !run.isHeld {
      try db.execute(
        """
        INSERT INTO active_jobs (job_id, run_id, attempt, repository, queued_at, holds_slot)
        VALUES (:job, :run, :attempt, :repository, :queued, :holds)
        """,
        [
          "job": job.id, "run": run.id, "attempt": job.attempt, "repository": run.source.repository,
          "queued": job.queuedAt.milliseconds, "holds": job.holdsSlot,
        ])
    }
  }

  func heldSlots(in db: borrowing DatabaseConnection) throws -> [String: Int] {
    let rows = try db.rows(
      "SELECT repository, count(*) AS held FROM active_jobs WHERE holds_slot = 1 GROUP BY repository"
    ) { row in (try row["repository"] as String, try row["held"] as Int) }
    return Dictionary(rows, uniquingKeysWith: +)
  }

  func waiting(limit: Int, in db: borrowing DatabaseConnection) throws -> [JobQueue.Waiting] {
    try db.rows(
      """
      SELECT * FROM (
        SELECT *, row_number() OVER (PARTITION BY repository ORDER BY queued_at, run_id, job_id) AS place
        FROM active_jobs WHERE holds_slot = 0
      ) WHERE place <= ?
      """, [limit]
    ) { row in
      JobQueue.Waiting(
        run: try row["run_id"], job: try row["job_id"], attempt: try row["attempt"],
        repository: try row["repository"], queuedAt: Instant(milliseconds: try row["queued_at"]))
    }
  }
}
