import Platform

extension FakeNomad {
  /// Has a fault happen to requests whose path begins so (as it came, percent-encoded): to the next `times` of them,
  /// after `skipping` were answered as usual.
  public func plan(
    _ fault: Fault, method: String? = nil, pathPrefix: String = "/", times: Int = 1, skipping: Int = 0
  ) {
    let planned = PlannedFault(
      method: method, pathPrefix: pathPrefix, skipping: skipping, remaining: times, fault: fault)
    service.record.withLock { $0.faults.append(planned) }
  }

  /// Drops the faults that are still planned.
  public func clearFaults() {
    service.record.withLock { $0.faults = [] }
  }

  /// What becomes of `docker` tasks of this image from now on.
  public func plan(_ outcome: FakeNomadOptions.ImageOutcome, forImage image: String) {
    service.cluster.setImageOutcome(outcome, of: image)
  }

  /// While there is no leader, everything but status and stale queries is answered 500 `No cluster leader`.
  public func setLeader(_ isElected: Bool) {
    service.cluster.state.withLock { $0.hasLeader = isElected }
  }

  /// Nobody listens at the port any more: connections are refused, open ones are cut. The cluster and its tasks go on.
  public func stopServer() async {
    await frontend.stop()
  }

  /// Listens at the same port again; jobs, allocations and indexes are what they have become.
  ///
  /// - Throws: `FakeNomadError` (`system`): the port was taken meanwhile.
  public func startServer() async throws {
    do {
      try await frontend.start()
    } catch {
      throw FakeNomadError(.system, "port \(port) cannot be had again", cause: error)
    }
  }
}
