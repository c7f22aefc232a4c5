import TestSupport
import Testing

@testable import GRPC

@Suite(.fewAtOnce) struct FlowWindowTests {
  @Test func `A window grows to its maximum while the consumer waits for bytes`() {
    var window = FlowWindow(initialBytes: 100, maximumBytes: 300)
    var sizes: Set<Int> = []
    for _ in 0..<1_000 {
      _ = window.receive(50, consumerWaits: true)
      sizes.insert(window.byteCount)
    }
    #expect(sizes == [100, 200, 300])
  }

  @Test func `A window stays small when the consumer falls behind now and then`() {
    var window = FlowWindow(initialBytes: 100, maximumBytes: 300)
    for index in 0..<10_000 {
      let hasGrown = window.receive(50, consumerWaits: index % 60 != 0)
      #expect(!hasGrown)
    }
    #expect(window.byteCount == 100)
  }
}
