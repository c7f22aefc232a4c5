import Synchronization

/// Several event loops that connections are spread over.
package final class EventLoopGroup: Sendable {
  package let loops: [EventLoop]
  private let turn = Atomic<Int>(0)

  package init(count: Int, name: String) throws {
    loops = try (0..<max(1, count)).map { try EventLoop(name: "\(name)-\($0)") }
  }

  /// The loops in turn.
  package func next() -> EventLoop {
    let turn = turn.wrappingAdd(1, ordering: .relaxed).oldValue
    return loops[Int(UInt(bitPattern: turn) % UInt(loops.count))]
  }

  package func shutdown() {
    for loop in loops { loop.shutdown() }
  }
}
