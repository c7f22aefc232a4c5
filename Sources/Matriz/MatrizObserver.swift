package import RunModel

/// Watches a matriz from within its process: the demo's terminal, a test. Calls come from any thread and must not wait.
package protocol MatrizObserver: Sendable {
  /// A run was made or has changed; told after the commit.
  func changed(_ run: Run)
  /// Output of a job that is in its log now.
  func output(_ bytes: [UInt8], run: String, job: String)
  /// An artifact is coming in: how much of it is there, of how much where that is known, and whether that is all.
  func progress(artifact: String, run: String, bytes: Int64, of total: Int64?, isComplete: Bool)
}

/// Sees nothing.
package struct NoObserver: MatrizObserver {
  package init() {}

  package func changed(_ run: Run) {}
  package func output(_ bytes: [UInt8], run: String, job: String) {}
  package func progress(artifact: String, run: String, bytes: Int64, of total: Int64?, isComplete: Bool) {}
}
