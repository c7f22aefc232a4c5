import HTTP
import Platform
import Synchronization

/// The changes of the cluster as lines of JSON, for one reader.
final class EventStream: Sendable {
  /// A reader hears of the server at least this often.
  private static let heartbeatSeconds = 10.0

  private let cluster: Cluster
  private let topics: [EventTopic]
  private let call: NomadCall
  /// The index that is looked for next.
  private let nextIndex: Mutex<UInt64>

  /// - Parameter topics: none for all.
  init(cluster: Cluster, from index: UInt64, topics: [EventTopic], _ call: NomadCall) {
    self.cluster = cluster
    self.topics = topics
    self.call = call
    nextIndex = Mutex(index)
  }

  /// Does not end by itself.
  var lines: ByteStream {
    ByteStream {
      do {
        let events = try await self.next()
        return events.flatMap(Self.line)
      } catch is SystemError {
        return Array("{}\n".utf8)
      }
    }
  }

  /// What happened at the next index of which there is something, or at several.
  private func next() async throws -> [[ClusterEvent]] {
    let first = nextIndex.withLock { $0 }
    let events = try await cluster.state.value(
      timeoutSeconds: Self.heartbeatSeconds, waitingFor: "an event"
    ) { state -> [ClusterEvent]? in
      let events = state.events.filter { $0.index >= first && self.isWanted($0) }
      return events.isEmpty ? nil : events
    }
    nextIndex.withLock { $0 = (events.map(\.index).max() ?? first) + 1 }
    return Dictionary(grouping: events, by: \.index).sorted { $0.key < $1.key }.map(\.value)
  }

  private func isWanted(_ event: ClusterEvent) -> Bool {
    guard topics.isEmpty || topics.contains(where: { $0.matches(event) }) else { return false }
    return event.namespace.isEmpty || call.asks(for: event.namespace)
  }

  private static func line(_ events: [ClusterEvent]) -> [UInt8] {
    let index = Int64(events.first?.index ?? 0)
    let object: JSONValue = ["Index": .integer(index), "Events": .array(events.map(\.json))]
    return object.bytes() + [UInt8(ascii: "\n")]
  }
}
