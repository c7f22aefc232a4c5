import Testing
import WorkerProtocol

@Suite("Bytes that are no message")
struct HostileInputTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let bytes: [UInt8]
    let code: WorkerProtocolError.Code
  }

  /// Each is refused by the message and by the view.
  static let cases = [
    Case(testDescription: "half a tag", bytes: [0x80], code: .truncated),
    Case(testDescription: "a tag without a value", bytes: [0x08], code: .truncated),
    Case(testDescription: "field number 0", bytes: [0x00, 0x01], code: .malformedField),
    Case(
      testDescription: "a field number of 30 bits", bytes: [0x80, 0x80, 0x80, 0x80, 0x10, 0x01],
      code: .malformedField),
    Case(testDescription: "wire type 6", bytes: [0x0E], code: .malformedField),
    Case(testDescription: "wire type 7", bytes: [0x0F], code: .malformedField),
    Case(
      testDescription: "a varint of eleven bytes",
      bytes: [0x08] + [UInt8](repeating: 0x80, count: 10) + [0x01], code: .malformedVarint),
    Case(
      testDescription: "a varint of 65 bits", bytes: [0x08] + [UInt8](repeating: 0xFF, count: 9) + [0x02],
      code: .malformedVarint),
    Case(testDescription: "a length past the end", bytes: [0x1A, 0x05, 0x12], code: .truncated),
    Case(
      testDescription: "a length of 2^64 - 1", bytes: [0x1A] + [UInt8](repeating: 0xFF, count: 9) + [0x01],
      code: .truncated),
    Case(
      testDescription: "an inner length past the inner end", bytes: [0x1A, 0x02, 0x12, 0x05, 1, 2, 3, 4, 5],
      code: .truncated),
    Case(testDescription: "half of a fixed64", bytes: [0x79, 1, 2, 3], code: .truncated),
    Case(testDescription: "half of a fixed32", bytes: [0x7D, 1], code: .truncated),
    Case(testDescription: "the id as bytes", bytes: [0x0A, 0x00], code: .wrongWireType),
    Case(testDescription: "output as a varint", bytes: [0x18, 0x01], code: .wrongWireType),
    Case(testDescription: "output data as a varint", bytes: [0x1A, 0x02, 0x10, 0x01], code: .wrongWireType),
    Case(testDescription: "a group that is not closed", bytes: [0x7B, 0x08, 0x01], code: .truncated),
    Case(testDescription: "a group closed by another", bytes: [0x7B, 0x74], code: .malformedField),
    Case(testDescription: "a group closed that was not open", bytes: [0x7C], code: .malformedField),
    Case(
      testDescription: "groups in groups in groups", bytes: [UInt8](repeating: 0x7B, count: 100_000),
      code: .tooDeep),
  ]

  @Test("It is refused with its reason", arguments: cases)
  func refused(example: Case) {
    let error = #expect(throws: WorkerProtocolError.self) { try WorkerMessage(decoding: example.bytes) }
    #expect(error?.code == example.code)
    let viewError = #expect(throws: WorkerProtocolError.self) {
      try example.bytes.withUnsafeBytes { _ = try WorkerMessageView(reading: $0) }
    }
    #expect(viewError?.code == example.code)
  }

  @Test(
    "A string that is not UTF-8 is refused",
    arguments: [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xE2, 0x82], [0xF5, 0x80, 0x80, 0x80]] as [[UInt8]]
  )
  func notUTF8(text: [UInt8]) {
    let failure = [0x0A, UInt8(text.count)] + text
    let bytes = [0x32, UInt8(failure.count)] + failure
    let error = #expect(throws: WorkerProtocolError.self) { try WorkerMessage(decoding: bytes) }
    #expect(error?.code == .invalidUTF8)
  }

  @Test("A message above the bound is refused before it is looked at")
  func tooLarge() {
    let bytes = [UInt8](repeating: 0, count: ProtobufReader.maximumMessageBytes + 1)
    let error = #expect(throws: WorkerProtocolError.self) { try WorkerMessage(decoding: bytes) }
    #expect(error?.code == .tooLarge)
  }

  @Test("Every beginning of a message is read or refused", arguments: GoldenMessages.worker.canonical)
  func beginnings(line: GoldenMessages.Line) throws {
    for count in 0..<min(line.bytes.count, 400) {
      try Self.readEverywhere(Array(line.bytes.prefix(count)))
    }
  }

  @Test("Damaged and random messages are read or refused, the same each time", arguments: 0..<8)
  func noise(seed: UInt64) throws {
    var random = SplitMix64(state: seed)
    let originals = (GoldenMessages.worker.canonical + GoldenMessages.server.canonical).map(\.bytes)
      .filter { !$0.isEmpty && $0.count < 600 }
    for _ in 0..<5_000 {
      var bytes: [UInt8]
      if Bool.random(using: &random) {
        bytes = originals.randomElement(using: &random) ?? []
        for _ in 0..<Int.random(in: 1...4, using: &random) {
          bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
        }
      } else {
        bytes = (0..<Int.random(in: 0...64, using: &random)).map { _ in
          UInt8.random(in: 0...255, using: &random)
        }
      }
      try Self.readEverywhere(bytes)
    }
  }

  /// Reads the bytes as each kind of message. What is read is written and read again to the same message,
  /// and message and view agree on whether output can be read.
  static func readEverywhere(_ bytes: [UInt8]) throws {
    if let message = try? WorkerMessage(decoding: bytes) {
      #expect(try WorkerMessage(decoding: message.encode()) == message)
      switch message.payload {
      case .output, .fileChunk: #expect(try WorkerMessageViewTests.message(viewing: bytes) == message)
      default: break
      }
    }
    if let message = try? ServerMessage(decoding: bytes) {
      #expect(try ServerMessage(decoding: message.encode()) == message)
    }
  }
}

/// A small generator whose sequence its seed decides (Steele, Lea, Flood: "Fast splittable pseudorandom number generators").
struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
    return value ^ value >> 31
  }
}
