import FoundationEssentials
import HTTP
import Platform
import Runner

extension NomadRunner {
  private static let reconnection = Backoff(firstSeconds: 1, maximumSeconds: 300)
  /// A server says something, if only a heartbeat, every ten seconds.
  private static let silenceSeconds = 45.0
  /// An event of an allocation with many tasks has some kilobytes.
  private static let maximumLineBytes = 8 << 20

  /// `GET /v1/event/stream`: tells of dispatches with news of an allocation or an evaluation. What happens between two
  /// connections is not told.
  package func watch(_ changed: @escaping @Sendable (_ handle: String) async -> Void) async {
    var failures = 0
    while !Task.isCancelled {
      do {
        try await follow { handle in
          failures = 0
          await changed(handle)
        }
      } catch {
        if failures == 0 { logger.debug("Nomad's events are not to be had for now", ["reason": "\(error)"]) }
      }
      failures += 1
      try? await Task.sleep(for: .seconds(Self.reconnection.delaySeconds(afterTries: failures)))
    }
  }

  /// Until the stream ends.
  private func follow(_ changed: (_ handle: String) async -> Void) async throws {
    let job = try await prepared()
    let call = NomadCall(
      path: "event/stream",
      query: [(name: "topic", value: "Allocation"), (name: "topic", value: "Evaluation")])
    let stream = try await client.stream(
      call, namespace: job.namespace, idleTimeoutSeconds: Self.silenceSeconds)
    var line: [UInt8] = []
    while let bytes = try await stream.next() {
      for part in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
        if part.offset > 0 {
          for handle in EventLine.handles(in: line, of: job.jobID) { await changed(handle) }
          line.removeAll(keepingCapacity: true)
        }
        guard line.count + part.element.count <= Self.maximumLineBytes else {
          throw RunnerError(.unavailable, "an event of Nomad has more than \(Self.maximumLineBytes) bytes")
        }
        line += part.element
      }
    }
  }
}

/// A line of the event stream: `{"Index": 7, "Events": [...]}`, or `{}` as a heartbeat.
struct EventLine: Decodable {
  private struct Event: Decodable {
    /// Among them the id of the job.
    var keys: [String]?

    enum CodingKeys: String, CodingKey {
      case keys = "FilterKeys"
    }
  }

  private var events: [Event]?

  private enum CodingKeys: String, CodingKey {
    case events = "Events"
  }

  /// The dispatches of the job that the line speaks of, each once.
  static func handles(in line: [UInt8], of jobID: String) -> Set<String> {
    guard !line.isEmpty, let decoded = try? JSONDecoder().decode(EventLine.self, from: Data(line)) else {
      return []
    }
    let keys = (decoded.events ?? []).flatMap { $0.keys ?? [] }
    return Set(keys.filter { $0.hasPrefix("\(jobID)/dispatch-") })
  }
}
