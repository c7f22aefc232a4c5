import HTTP

/// A fault and the requests that it is for.
struct PlannedFault: Sendable {
  /// `nil` for any.
  let method: String?
  let path: PathPattern
  /// So many matching requests go well before.
  var skipping = 0
  var remaining: Int
  let fault: FakeGitHub.Fault

  func matches(method: String, path: String) -> Bool {
    remaining > 0 && (self.method == nil || self.method == method) && self.path.matches(path)
  }
}

/// Everything that is planned to go wrong.
struct FaultSchedule: Sendable {
  private(set) var planned: [PlannedFault] = []
  var plan: FaultPlan?

  mutating func add(_ fault: PlannedFault) {
    if fault.remaining > 0 { planned.append(fault) }
  }

  /// The fault for such a request, counted down: the first one that was planned for it, else what the seed says. The path
  /// is the API's, without `/api/v3`.
  mutating func take(method: String, path: String) -> FakeGitHub.Fault? {
    for index in planned.indices where planned[index].matches(method: method, path: path) {
      guard planned[index].skipping == 0 else {
        planned[index].skipping -= 1
        continue
      }
      planned[index].remaining -= 1
      let fault = planned[index].fault
      if planned[index].remaining == 0 { planned.remove(at: index) }
      return fault
    }
    return plan?.take(method: method, path: path)
  }
}
