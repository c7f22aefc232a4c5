import Testing
import WorkerProtocol

@Suite("Messages in the reference implementation's bytes")
struct GoldenMessageTests {
  @Test("The golden files are there and whole")
  func filesArePresent() {
    #expect(GoldenMessages.worker.canonical.count >= 17)
    #expect(GoldenMessages.worker.accepted.count >= 8)
    #expect(GoldenMessages.server.canonical.count >= 16)
    #expect(GoldenMessages.server.accepted.count >= 5)
  }

  @Test(
    "A worker's message is read and written back byte by byte", arguments: GoldenMessages.worker.canonical)
  func workerRoundTrip(line: GoldenMessages.Line) throws {
    #expect(try WorkerMessage(decoding: line.bytes).encode() == line.bytes)
  }

  @Test(
    "A server's message is read and written back byte by byte", arguments: GoldenMessages.server.canonical)
  func serverRoundTrip(line: GoldenMessages.Line) throws {
    #expect(try ServerMessage(decoding: line.bytes).encode() == line.bytes)
  }

  @Test("Other spellings of a worker's message mean the same", arguments: GoldenMessages.worker.accepted)
  func workerSpellings(pair: (spelling: GoldenMessages.Line, canonical: GoldenMessages.Line)) throws {
    #expect(try WorkerMessage(decoding: pair.spelling.bytes).encode() == pair.canonical.bytes)
  }

  @Test("Other spellings of a server's message mean the same", arguments: GoldenMessages.server.accepted)
  func serverSpellings(pair: (spelling: GoldenMessages.Line, canonical: GoldenMessages.Line)) throws {
    #expect(try ServerMessage(decoding: pair.spelling.bytes).encode() == pair.canonical.bytes)
  }

  @Test("The values of the golden messages are those that were put in")
  func values() throws {
    func worker(_ name: String) throws -> WorkerMessage {
      let line = try #require(GoldenMessages.worker.canonical.first { $0.name == name })
      return try WorkerMessage(decoding: line.bytes)
    }
    #expect(try worker("id-only").id == UInt64.max)
    #expect(try worker("done-lowest").payload == .done(.init(exitCode: Int32.min)))
    #expect(
      try worker("file-chunk-last")
        == WorkerMessage(id: 9, offset: UInt64.max, .fileChunk(.init(Array("end".utf8), eof: true))))
    #expect(
      try worker("output-stderr")
        == WorkerMessage(id: 3, offset: 1, .output(.init(.standardError, Array(0...255)))))
    guard case .runnerInfo(let info) = try worker("runner-info").payload else {
      Issue.record("no runner info")
      return
    }
    #expect(info.extra == ["instance": "f00d", "zone": "", "ärger": "größe"])
    #expect(info.features == ["copy.commit", "log.ack", ""])
    let clone = try #require(GoldenMessages.server.canonical.first { $0.name == "copy-clone" })
    guard case .copy(let copy) = try ServerMessage(decoding: clone.bytes).payload else {
      Issue.record("no copy")
      return
    }
    #expect(copy.creds == .init(.token("t0ken")))
    #expect(copy.ref == "refs/pull/7/merge")
    #expect(copy.commit.count == 40)
    #expect(copy.depth == 1)
  }
}
