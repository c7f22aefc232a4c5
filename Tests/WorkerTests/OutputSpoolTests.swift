import TestSupport
import Testing
import Worker
import WorkerProtocol

@Suite("The spool of unacknowledged output", .fewAtOnce)
struct OutputSpoolTests {
  static func text(_ string: String) -> [UInt8] { Array(string.utf8) }

  static func taken(_ spool: inout OutputSpool) -> [String] {
    var pieces: [String] = []
    while let piece = spool.takePiece(before: .max) {
      pieces.append(
        "\(piece.offset) \(piece.stream.rawValue) \(String(decoding: piece.bytes, as: UTF8.self))")
    }
    return pieces
  }

  @Test("Small writes of one stream are put together, both streams keep their order")
  func order() {
    var spool = OutputSpool(capacityBytes: 1_000)
    spool.append(id: 1, stream: .standardOutput, Self.text("a"))
    spool.append(id: 1, stream: .standardOutput, Self.text("b"))
    spool.append(id: 1, stream: .standardError, Self.text("c"))
    spool.append(id: 1, stream: .standardOutput, Self.text("d"))
    spool.append(id: 2, stream: .standardOutput, Self.text("e"))
    #expect(Self.taken(&spool) == ["0 0 ab", "2 1 c", "3 0 d", "4 0 e"])
    #expect(!spool.hasUnsent)
  }

  @Test("What comes after a piece was taken does not change that piece")
  func takenPiecesStay() throws {
    var spool = OutputSpool(capacityBytes: 1_000)
    spool.append(id: 1, stream: .standardOutput, Self.text("one"))
    let first = spool.takePiece(before: .max)
    let piece = try #require(first)
    spool.append(id: 1, stream: .standardOutput, Self.text("two"))
    #expect(Array(piece.bytes) == Self.text("one"))
    #expect(Self.taken(&spool) == ["3 0 two"])
  }

  @Test("A piece ends where it has to, and is no longer than a message may be")
  func limits() {
    var spool = OutputSpool(capacityBytes: 1_000_000)
    spool.append(id: 1, stream: .standardOutput, Self.text("abcdef"))
    let pieces = [spool.takePiece(before: 4), spool.takePiece(before: 4), spool.takePiece(before: 100)]
    #expect(pieces.map { $0?.bytes.count } == [4, nil, 2])
    spool.append(id: 1, stream: .standardOutput, [UInt8](repeating: 7, count: 200_000))
    var sizes: [Int] = []
    while let piece = spool.takePiece(before: .max) { sizes.append(piece.bytes.count) }
    #expect(sizes == [65_536, 65_536, 65_536, 3_392])
  }

  @Test(
    "A new stream gets everything after the offset that the server names",
    arguments: [
      (0, ["0 0 abc", "3 1 def", "6 0 ghi"]), (1, ["1 0 bc", "3 1 def", "6 0 ghi"]),
      (3, ["3 1 def", "6 0 ghi"]),
      (5, ["5 1 f", "6 0 ghi"]), (9, []), (1_000, []),
    ] as [(UInt64, [String])])
  func resume(offset: UInt64, expected: [String]) {
    var spool = OutputSpool(capacityBytes: 1_000)
    spool.append(id: 1, stream: .standardOutput, Self.text("abc"))
    spool.append(id: 1, stream: .standardError, Self.text("def"))
    spool.append(id: 1, stream: .standardOutput, Self.text("ghi"))
    _ = Self.taken(&spool)
    spool.resume(from: offset)
    #expect(Self.taken(&spool) == expected)
    #expect(spool.acknowledged == min(offset, 9))
  }

  @Test("A server that asks for what it acknowledged gets what comes after that")
  func resumeBeforeAcknowledged() {
    var spool = OutputSpool(capacityBytes: 1_000)
    spool.append(id: 1, stream: .standardOutput, Self.text("abcdef"))
    spool.acknowledge(before: 4)
    spool.resume(from: 2)
    #expect(Self.taken(&spool) == ["4 0 ef"])
  }

  @Test("Before the first byte the server may name where its log stands")
  func base() {
    var spool = OutputSpool(capacityBytes: 1_000)
    spool.resume(from: 500)
    spool.append(id: 1, stream: .standardOutput, Self.text("x"))
    #expect(Self.taken(&spool) == ["500 0 x"])
  }

  @Test("A full spool has room again once output is acknowledged")
  func room() {
    var spool = OutputSpool(capacityBytes: 1_000)
    spool.append(id: 1, stream: .standardOutput, [UInt8](repeating: 1, count: 2_000))
    #expect(!spool.hasRoom)
    spool.acknowledge(before: 1_999)
    #expect(!spool.hasRoom)
    spool.acknowledge(before: 2_000)
    #expect(spool.hasRoom)
    #expect(spool.costBytes == 0)
  }

  @Test("Many tiny writes count as what they cost")
  func overhead() {
    var spool = OutputSpool(capacityBytes: 10_000)
    var count = 0
    while spool.hasRoom {
      spool.append(id: 1, stream: .init(rawValue: Int32(count % 2)), [0])
      _ = spool.takePiece(before: .max)
      count += 1
    }
    #expect(count < 100)
  }

  @Test("Whatever is acknowledged and sent again, no byte is missing and none comes twice", arguments: 0..<20)
  func anyOrder(seed: UInt64) {
    var random = SeededGenerator(state: seed)
    var spool = OutputSpool(capacityBytes: 4_096)
    var written: [UInt8] = []
    var received: [UInt8] = []
    for _ in 0..<2_000 {
      switch Int.random(in: 0..<10, using: &random) {
      case 0..<4:
        let bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in
          UInt8.random(in: 0...255, using: &random)
        }
        spool.append(id: 1, stream: .init(rawValue: Int32.random(in: 0...1, using: &random)), bytes)
        written += bytes
      case 4..<8:
        guard let piece = spool.takePiece(before: .max) else { continue }
        #expect(piece.offset == UInt64(received.count))
        received += piece.bytes
      case 8: spool.acknowledge(before: UInt64(Int.random(in: 0...max(0, received.count), using: &random)))
      default:
        // The stream broke; the server has some of what was sent, at least what it acknowledged.
        let kept = Int.random(
          in: Int(spool.acknowledged)...max(Int(spool.acknowledged), received.count), using: &random)
        received.removeSubrange(kept...)
        spool.resume(from: UInt64(kept))
      }
    }
    while let piece = spool.takePiece(before: .max) { received += piece.bytes }
    #expect(received == written)
  }
}

/// A small generator whose sequence its seed decides.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    let mixed = (state ^ state >> 33) &* 0xFF51_AFD7_ED55_8CCD
    return mixed ^ mixed >> 33
  }
}
