import Platform

/// Tells runs that a worker is away, again until that is stored: as long as nobody knows, the job is not missed, and a
/// worker that is gone for good would keep it running until its time is up.
actor AbsenceReports {
  /// A connection that is gone.
  struct Absence: Hashable, Sendable {
    let token: WorkerToken
    /// Tells it from a later connection with the same token.
    let connection: String
  }

  /// Stores that the worker is away, unless it is back.
  private let store: @Sendable (Absence) async throws -> Void
  private let backoff: Backoff
  private let logger: Logger
  private var untold: [Absence: Task<Void, Never>] = [:]
  private var isStopped = false

  init(
    logger: Logger, backoff: Backoff = Backoff(firstSeconds: 1, maximumSeconds: 15),
    store: @escaping @Sendable (Absence) async throws -> Void
  ) {
    self.store = store
    self.backoff = backoff
    self.logger = logger
  }

  /// Returns after the first try; the next ones follow by themselves.
  func report(_ absence: Absence) async {
    do {
      try await store(absence)
    } catch {
      logger.warning(
        "it could not be stored that a worker is away; it is tried again",
        ["run": absence.token.runID, "job": absence.token.jobID, "error": "\(error)"])
      guard !isStopped, untold[absence] == nil else { return }
      untold[absence] = Task { [weak self] in await self?.repeatUntilTold(absence) }
    }
  }

  /// The next process begins with all workers away, so nothing is lost by this.
  func stop() async {
    isStopped = true
    for task in untold.values { task.cancel() }
    for task in untold.values { await task.value }
  }

  private func repeatUntilTold(_ absence: Absence) async {
    var tries = 1
    while !isStopped {
      let delay = backoff.delaySeconds(afterTries: tries)
      guard (try? await Task.sleep(for: .seconds(delay))) != nil else { break }
      if (try? await store(absence)) != nil { break }
      tries += 1
    }
    untold[absence] = nil
  }
}
