import Platform

extension FakeGitHub {
  /// Plans something to go wrong.
  ///
  /// - Parameters:
  ///   - method: `nil` for any.
  ///   - pathPrefix: of the path without `/api/v3`; uploads begin with `/uploads/`.
  ///   - times: for so many matching requests.
  ///   - skipping: after so many matching requests that go well.
  public func plan(
    _ fault: Fault, method: String? = nil, pathPrefix: String = "/", times: Int = 1, skipping: Int = 0
  ) {
    plan(fault, method, PathPattern(prefix: pathPrefix), times, skipping)
  }

  /// Plans something to go wrong with the requests of one path, such as `/repos/*/*/statuses/*` or `/repos/octo/app/**`: a
  /// `*` stands for any characters of one segment, `**` at the end for any rest, none as well.
  public func plan(
    _ fault: Fault, method: String? = nil, path: String, times: Int = 1, skipping: Int = 0
  ) {
    plan(fault, method, PathPattern(path), times, skipping)
  }

  /// Lets a seed decide what goes wrong, beside what is planned one by one.
  public func plan(_ plan: FaultPlan) {
    service.model.withLock { $0.faults.plan = plan }
  }

  /// Drops the faults that are still planned, and the seed's.
  public func clearFaults() {
    service.model.withLock { $0.faults = FaultSchedule() }
  }

  /// How many requests are still to go wrong, of those that were planned one by one.
  public var plannedFaults: Int {
    service.model.withLock { $0.faults.planned.reduce(0) { $0 &+ $1.remaining } }
  }

  private func plan(
    _ fault: Fault, _ method: String?, _ path: PathPattern, _ times: Int, _ skipping: Int
  ) {
    let planned = PlannedFault(
      method: method, path: path, skipping: max(0, skipping), remaining: max(0, times), fault: fault)
    service.model.withLock { $0.faults.add(planned) }
  }
}
