import HTTP
import Platform

/// Copies a log to the standard output, from the position that was reached so far.
struct LogCopy {
  /// Between two looks at a log that nothing was added to.
  private static let pollInterval = Duration.milliseconds(500)
  /// How long a followed log's server may be away, such as for its restart.
  private static let maximumOutageSeconds: Int64 = 60

  let api: APIClient
  let path: String
  let attempt: Int
  let output: StandardOutput

  /// Writes what is there, or with `untilJobEnds` all that there will be.
  func write(untilJobEnds: Bool) async throws {
    var offset: Int64 = 0
    var outageBegan: Int64?
    while true {
      let before = offset
      do {
        let end = try await writeOnce(from: &offset)
        outageBegan = nil
        if offset >= end.size {
          if end.isComplete || !untilJobEnds { return }
        } else if offset == before {
          throw APIError(
            .unexpectedAnswer, "the log has \(end.size) bytes, and the server gives none after \(offset)")
        }
      } catch let error where untilJobEnds && Self.mayPass(error) {
        if offset > before { outageBegan = nil }
        let now = MonotonicClock.nanoseconds()
        let began = outageBegan ?? now
        if now - began > Self.maximumOutageSeconds * 1_000_000_000 { throw error }
        outageBegan = began
      }
      if offset == before { try await Task.sleep(for: Self.pollInterval) }
    }
  }

  /// One answer's worth, `offset` moved on with every chunk that is written.
  private func writeOnce(from offset: inout Int64) async throws -> (size: Int64, isComplete: Bool) {
    let response = try await api.get(path, query: [("attempt", "\(attempt)"), ("offset", "\(offset)")])
    guard let size = response.headers["X-Log-Size"].flatMap({ Int64($0) }) else {
      throw APIError(.unexpectedAnswer, "the answer is no log: it has no X-Log-Size")
    }
    while let chunk = try await response.body.next() {
      try await output.write(chunk)
      offset += Int64(chunk.count)
    }
    return (size, response.headers["X-Log-Complete"] == "true")
  }

  /// Whether the same request may have an answer a little later.
  private static func mayPass(_ error: any Error) -> Bool {
    switch error {
    case let error as HTTPClientError: [.connectFailed, .cutOff, .timedOut].contains(error.code)
    case let error as APIError: error.code == .unavailable
    default: false
    }
  }
}
