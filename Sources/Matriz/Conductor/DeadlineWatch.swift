import Platform

/// Tells runs that their deadline has come. Woken by each change; sleeps until the next deadline otherwise.
actor DeadlineWatch {
  /// The clock may be set while we sleep: look at least this often.
  private static let maximumSleepSeconds = 30
  private static let retrySeconds = 5

  private let conductor: Conductor
  private let logger: Logger
  private var next: Timestamp?
  private var sleep: Task<Void, Never>?
  private var isStopped = false

  init(conductor: Conductor, logger: Logger) {
    self.conductor = conductor
    self.logger = logger
  }

  /// Takes note of a deadline that may be earlier than the one that is waited for.
  func note(_ deadline: Timestamp?) {
    guard let deadline, !isStopped else { return }
    if let next, next <= deadline, sleep != nil { return }
    next = deadline
    wait(until: deadline)
  }

  func stop() async {
    isStopped = true
    sleep?.cancel()
    await sleep?.value
  }

  private func wait(until deadline: Timestamp) {
    sleep?.cancel()
    let delay = min(
      max(0, deadline.milliseconds - Timestamp.now().milliseconds), Int64(Self.maximumSleepSeconds) * 1_000)
    sleep = Task { [weak self] in
      guard (try? await Task.sleep(for: .milliseconds(delay))) != nil else { return }
      await self?.look()
    }
  }

  private func look() async {
    var following: Timestamp?
    do {
      following = try await conductor.handleDeadlines()
    } catch {
      logger.error("deadlines could not be looked at", ["error": "\(error)"])
      following = Timestamp(milliseconds: Timestamp.now().milliseconds + Int64(Self.retrySeconds) * 1_000)
    }
    next = following
    if let following, !isStopped { wait(until: following) }
  }
}
