import Platform

/// Tells runs that their deadline has come. Woken by each change; sleeps until the next deadline otherwise.
actor DeadlineWatch {
  /// A database that cannot be written is tried again; it is told of once.
  private static let retryBackoff = Backoff(firstSeconds: 1, maximumSeconds: 30)
  /// Between two looks, should a deadline that has come not go away.
  private static let minimumSleepMilliseconds: Int64 = 100

  private let conductor: Conductor
  private let logger: Logger
  private var next: Timestamp?
  private var sleep: Task<Void, Never>?
  private var failures = 0
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

  private func wait(until deadline: Timestamp, atLeast minimum: Int64 = 0) {
    sleep?.cancel()
    let delay = max(minimum, deadline.milliseconds - conductor.now().milliseconds)
    sleep = Task { [weak self] in
      guard (try? await Task.sleep(for: .milliseconds(delay))) != nil else { return }
      await self?.look()
    }
  }

  private func look() async {
    var following: Timestamp?
    do {
      following = try await conductor.handleDeadlines()
      failures = 0
    } catch {
      failures += 1
      if failures == 1 { logger.error("deadlines could not be looked at", ["error": "\(error)"]) }
      following = conductor.now().adding(seconds: Self.retryBackoff.delaySeconds(afterTries: failures))
    }
    next = following
    if let following, !isStopped { wait(until: following, atLeast: Self.minimumSleepMilliseconds) }
  }
}
