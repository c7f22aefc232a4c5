import Platform
import TestSupport
import Testing

@testable import HTTP

@Suite(.fewAtOnce) struct ByteChannelTests {
  private let demands = Watched(0)

  private func channel(maximumBytes: Int) -> ByteChannel {
    ByteChannel(maximumBytes: maximumBytes, onDemand: { [demands] in demands.withLock { $0 += 1 } })
  }

  @Test func `A producer that offers more although it should wait is told when to go on`() async throws {
    let channel = channel(maximumBytes: 100)
    let stream = channel.stream(length: nil)
    #expect(channel.offer([UInt8](repeating: 1, count: 50)))
    #expect(!channel.offer([UInt8](repeating: 2, count: 60)))
    _ = try await stream.next()
    #expect(demands.withLock { $0 } == 1, "the first pull")
    #expect(!channel.offer([3]), "still more than half full")
    _ = try await stream.next()
    #expect(demands.withLock { $0 } == 2)
    #expect(channel.offer([4]))
  }

  @Test func `What was offered before a failure comes first`() async throws {
    let channel = channel(maximumBytes: 100)
    let stream = channel.stream(length: nil)
    _ = channel.offer([1])
    channel.fail(HTTPServerError(.bodyCutOff, "cut"))
    _ = channel.offer([2])
    #expect(try await stream.next() == [1])
    await #expect(throws: HTTPServerError.self) { _ = try await stream.next() }
  }

  @Test(
    "A stream that is dropped before its end is abandoned, one at its end is not", arguments: [false, true])
  func abandoned(isFinished: Bool) {
    let abandoned = Watched(0)
    let channel = ByteChannel(
      maximumBytes: 100, onDemand: {}, onAbandon: { abandoned.withLock { $0 += 1 } })
    do {
      let stream = channel.stream(length: nil)
      if isFinished { channel.finish() }
      _ = stream
    }
    #expect(abandoned.withLock { $0 } == (isFinished ? 0 : 1))
  }
}
