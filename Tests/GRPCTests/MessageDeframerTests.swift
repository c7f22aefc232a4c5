import Platform
import TestSupport
import Testing

@testable import GRPC

@Suite(.fewAtOnce) struct MessageDeframerTests {
  static let messages = [
    [], [7], pattern(10), pattern(4_096), pattern(4_097), [], pattern(20_000, seed: 1), [1, 2, 3],
  ]

  @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 100, 1_000, 1_023, 4_096, 30_000])
  func `Messages are found whatever the pieces they come in`(pieceBytes: Int) throws {
    let wire = Self.messages.flatMap { framed($0) }
    var deframer = MessageDeframer(maximumMessageBytes: 20_000)
    var batch = MessageBatch()
    for start in stride(from: 0, to: wire.count, by: pieceBytes) {
      let piece = try #require(ReceivedBytes.received(Array(wire[start...].prefix(pieceBytes))))
      try deframer.append(piece, to: &batch)
    }
    #expect(deframer.isAtBoundary)
    #expect(batch.count == Self.messages.count)
    #expect(batch.byteCount == Self.messages.reduce(0) { $0 + $1.count })
    #expect(batch.arrays() == Self.messages)
    var singly: [[UInt8]] = []
    batch.forEachMessage { singly.append($0.array()) }
    #expect(singly == Self.messages)
  }

  @Test func `A large message stays in the pieces it came in`() throws {
    let wire = framed(pattern(20_000))
    var deframer = MessageDeframer(maximumMessageBytes: 20_000)
    var batch = MessageBatch()
    for start in stride(from: 0, to: wire.count, by: 8_000) {
      let piece = try #require(ReceivedBytes.received(Array(wire[start...].prefix(8_000))))
      try deframer.append(piece, to: &batch)
    }
    var counts: [Int] = []
    batch.forEachMessage { counts = $0.fragments?.map(\.count) ?? [] }
    #expect(counts == [7_995, 8_000, 4_005])
  }

  @Test func `A message in crumbs is copied together`() throws {
    let wire = framed(pattern(20_000))
    var deframer = MessageDeframer(maximumMessageBytes: 20_000)
    var batch = MessageBatch()
    for start in stride(from: 0, to: wire.count, by: 10) {
      let piece = try #require(ReceivedBytes.received(Array(wire[start...].prefix(10))))
      try deframer.append(piece, to: &batch)
    }
    batch.forEachMessage {
      #expect($0.fragments == nil)
      #expect($0.array() == pattern(20_000))
    }
  }

  @Test(arguments: [
    ([1, 0, 0, 0, 0], GRPCStatus.Code.unimplemented), ([2, 0, 0, 0, 0], .internalError),
    ([0, 0, 0, 0, 101], .resourceExhausted), ([0, 255, 255, 255, 255], .resourceExhausted),
  ])
  func `A prefix that cannot be taken is refused`(
    prefix: [UInt8], code: GRPCStatus.Code
  ) throws {
    for pieceBytes in [1, 5] {
      var deframer = MessageDeframer(maximumMessageBytes: 100)
      var batch = MessageBatch()
      let failure = #expect(throws: GRPCStatus.self) {
        for start in stride(from: 0, to: 5, by: pieceBytes) {
          let piece = try #require(ReceivedBytes.received(Array(prefix[start...].prefix(pieceBytes))))
          try deframer.append(piece, to: &batch)
        }
      }
      #expect(failure?.code == code)
      #expect(batch.isEmpty)
    }
  }

  @Test(arguments: [[0], [0, 0, 0, 0], [0, 0, 0, 0, 1], [0, 0, 0, 0, 2, 1]] as [[UInt8]])
  func `An unfinished message is no boundary`(wire: [UInt8]) throws {
    var deframer = MessageDeframer(maximumMessageBytes: 100)
    var batch = MessageBatch()
    try deframer.append(#require(ReceivedBytes.received(wire)), to: &batch)
    #expect(!deframer.isAtBoundary)
  }
}
