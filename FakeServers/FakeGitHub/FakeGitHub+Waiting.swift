import Platform

/// What the fake has seen, and waiting for it. No wait polls: it ends with the event itself.
extension FakeGitHub {
  /// Every request so far, oldest first; the newest 10,000 are kept.
  public var requests: [RecordedRequest] { service.model.withLock { $0.requests } }

  /// Every attempt at a delivery so far, oldest first.
  public var deliveries: [Delivery] { service.model.withLock { $0.deliveries } }

  /// The statuses of a sha in the order in which they came.
  public func statuses(_ repository: String, _ sha: String) -> [CommitStatus] {
    service.model.withLock { $0.repository(repository)?.statuses.filter { $0.sha == sha } ?? [] }
  }

  /// Waits until a sha has a status of one of these states (any context, unless one is named), also one that came before.
  @discardableResult
  public func waitForStatus(
    repo repository: String, sha: String, context: String? = nil, states: Set<CommitStatus.State>,
    timeoutSeconds: Double = 30
  ) async throws -> CommitStatus {
    try await wait(
      "a status \(states.map(\.rawValue).sorted().joined(separator: " or ")) of \(sha)", timeoutSeconds
    ) { model in
      model.repository(repository)?.statuses.first { status in
        status.sha == sha && states.contains(status.state) && (context == nil || status.context == context)
      }
    }
  }

  /// The same for one state.
  @discardableResult
  public func waitForStatus(
    repo repository: String, sha: String, context: String? = nil, state: CommitStatus.State,
    timeoutSeconds: Double = 30
  ) async throws -> CommitStatus {
    try await waitForStatus(
      repo: repository, sha: sha, context: context, states: [state], timeoutSeconds: timeoutSeconds)
  }

  /// Waits until a sha has its final status: one that is not `pending`.
  @discardableResult
  public func waitForFinalStatus(
    repo repository: String, sha: String, context: String? = nil, timeoutSeconds: Double = 30
  ) async throws -> CommitStatus {
    try await waitForStatus(
      repo: repository, sha: sha, context: context, states: [.error, .failure, .success],
      timeoutSeconds: timeoutSeconds)
  }

  /// Waits until a sha has a status that is the one that is meant, also one that came before.
  @discardableResult
  public func waitForStatus(
    repo repository: String, sha: String, timeoutSeconds: Double = 30,
    where isMeant: @escaping @Sendable (CommitStatus) -> Bool
  ) async throws -> CommitStatus {
    try await wait("a status of \(sha)", timeoutSeconds) { model in
      model.repository(repository)?.statuses.first { $0.sha == sha && isMeant($0) }
    }
  }

  /// The check runs of a sha in the order of their making.
  public func checkRuns(_ repository: String, _ sha: String) -> [CheckRun] {
    service.model.withLock { $0.repository(repository)?.checkRuns.filter { $0.sha == sha } ?? [] }
  }

  /// Waits until a sha has a check run that is the one that is meant, also one that came before.
  @discardableResult
  public func waitForCheckRun(
    repo repository: String, sha: String, timeoutSeconds: Double = 30,
    where isMeant: @escaping @Sendable (CheckRun) -> Bool
  ) async throws -> CheckRun {
    try await wait("a check run of \(sha)", timeoutSeconds) { model in
      model.repository(repository)?.checkRuns.first { $0.sha == sha && isMeant($0) }
    }
  }

  /// Waits until a sha has a completed check run of that name.
  @discardableResult
  public func waitForCompletedCheckRun(
    repo repository: String, sha: String, name: String, timeoutSeconds: Double = 30
  ) async throws -> CheckRun {
    try await waitForCheckRun(repo: repository, sha: sha, timeoutSeconds: timeoutSeconds) {
      $0.name == name && $0.status == .completed
    }
  }

  /// Waits until an asset is uploaded whole.
  @discardableResult
  public func waitForAsset(
    repo repository: String, tag: String, name: String, timeoutSeconds: Double = 30
  ) async throws -> Asset {
    try await wait("asset '\(name)' of release '\(tag)'", timeoutSeconds) { model in
      model.repository(repository)?.releases.filter { $0.tag == tag }
        .flatMap { Release($0).assets }.first { $0.name == name && $0.state == "uploaded" }
    }
  }

  /// Waits for an attempt at a delivery that has ended, also one of before.
  @discardableResult
  public func waitForDelivery(
    timeoutSeconds: Double = 30, where isMeant: @escaping @Sendable (Delivery) -> Bool
  ) async throws -> Delivery {
    try await wait("a delivery", timeoutSeconds) { model in model.deliveries.first(where: isMeant) }
  }

  /// Waits for a request that was answered, also one of before.
  @discardableResult
  public func waitForRequest(
    timeoutSeconds: Double = 30, where isMeant: @escaping @Sendable (RecordedRequest) -> Bool
  ) async throws -> RecordedRequest {
    try await wait("a request", timeoutSeconds) { model in model.requests.first(where: isMeant) }
  }

  private func wait<T: Sendable>(
    _ description: String, _ timeoutSeconds: Double, _ find: @escaping @Sendable (Model) -> T?
  ) async throws -> T {
    do {
      return try await service.model.value(
        timeoutSeconds: timeoutSeconds, waitingFor: description, where: find)
    } catch let error as SystemError {
      throw FakeGitHubError(
        .timedOut, "\(description) did not come within \(timeoutSeconds) s", cause: error)
    }
  }
}
