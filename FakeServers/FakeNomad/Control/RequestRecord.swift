extension FakeNomad {
  /// A request that came, and how it was answered.
  public struct RecordedRequest: Sendable, Hashable {
    public let method: String
    /// The path as it came, without the query.
    public let path: String
    /// Decoded; the first value of each name.
    public let query: [String: String]
    public let headers: [String: String]
    public let body: [UInt8]
    /// The status that was answered; `nil` when a planned fault cut the connection.
    public let status: Int?

    /// The body as text.
    public var text: String { String(decoding: body, as: UTF8.self) }
  }
}

/// Faults that wait for their requests, and the requests that came.
struct RequestRecord: Sendable {
  let maximumRequests: Int
  private(set) var requests: [FakeNomad.RecordedRequest] = []
  var faults: [PlannedFault] = []

  init(maximumRequests: Int) {
    self.maximumRequests = maximumRequests
  }

  mutating func add(_ request: FakeNomad.RecordedRequest) {
    requests.append(request)
    if requests.count > maximumRequests { requests.removeFirst() }
  }

  /// The first fault planned for such a request, counted down.
  mutating func takeFault(method: String, path: String) -> FakeNomad.Fault? {
    guard let index = faults.firstIndex(where: { $0.matches(method: method, path: path) }) else { return nil }
    guard faults[index].skipping <= 0 else {
      faults[index].skipping -= 1
      return nil
    }
    faults[index].remaining -= 1
    let fault = faults[index].fault
    if faults[index].remaining == 0 { faults.remove(at: index) }
    return fault
  }

  mutating func reset() {
    requests = []
    faults = []
  }
}
