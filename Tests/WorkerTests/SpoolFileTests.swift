import Glibc
import Platform
import TestSupport
import Testing
import WorkerProtocol

@testable import Worker

/// A spool with a file that is an array, written and read when the test says.
private struct BenchSpool {
  var spool: OutputSpool
  private(set) var written: [UInt8] = []
  private(set) var received: [UInt8] = []
  private var file: [UInt64: UInt8] = [:]
  private(set) var largestFileBytes = 0

  init(memoryBytes: Int, fileBytes: Int) {
    spool = OutputSpool(capacityBytes: memoryBytes, fileBytes: fileBytes)
  }

  mutating func append(
    _ bytes: [UInt8], id: UInt64 = 1, stream: WorkerMessage.Output.Stream = .standardOutput
  ) {
    spool.append(id: id, stream: stream, bytes)
    written += bytes
  }

  /// Does the next thing with the file; `false` when there is none.
  mutating func work(fails: Bool = false) -> Bool {
    switch spool.takeFileWork() {
    case .write(let bytes, let position):
      if !fails {
        for (index, byte) in bytes.enumerated() { file[(position + UInt64(index))] = byte }
        largestFileBytes = max(largestFileBytes, file.count)
      }
      spool.wrote(successfully: !fails)
    case .read(let count, let position):
      let bytes = (0..<count).compactMap { file[position + UInt64($0)] }
      spool.read(fails ? nil : bytes)
    case nil: return false
    }
    return true
  }

  mutating func take() -> OutputSpool.Piece? {
    guard let piece = spool.takePiece(before: .max) else { return nil }
    #expect(piece.offset == UInt64(received.count))
    received += piece.bytes
    return piece
  }

  /// The stream breaks; the server kept this much.
  mutating func resume(keeping count: Int) {
    received.removeSubrange(count...)
    spool.resume(from: UInt64(count))
  }

  mutating func drain() {
    while spool.end > spool.acknowledged {
      while take() != nil {}
      spool.acknowledge(before: spool.sent)
      if !work(), spool.sent < spool.end, !spool.hasUnsent { return }
    }
  }
}

@Suite("Output for which the memory has no room")
struct SpoolFileTests {
  private static func bytes(_ count: Int, _ value: UInt8 = 7) -> [UInt8] {
    [UInt8](repeating: value, count: count)
  }

  @Test("Goes to the file when the memory is full, and comes back in order")
  func overflow() {
    var bench = BenchSpool(memoryBytes: 100_000, fileBytes: 10_000_000)
    for index in 0..<50 {
      bench.append(
        Self.bytes(10_000, UInt8(index)), id: UInt64(index), stream: .init(rawValue: Int32(index % 2)))
      while bench.work() {}
    }
    #expect(bench.spool.costBytes < 120_000)
    #expect(bench.largestFileBytes > 350_000)
    bench.drain()
    #expect(bench.received == bench.written)
    #expect(bench.spool.acknowledged == 500_000)
  }

  @Test("Each piece keeps its command and its stream on the way through the file")
  func identities() {
    var bench = BenchSpool(memoryBytes: 1, fileBytes: 10_000_000)
    bench.append([0])
    for index in 1..<10 {
      bench.append([UInt8(index)], id: UInt64(index) << 40, stream: .init(rawValue: Int32(index % 3 - 1)))
    }
    while bench.work() {}
    bench.spool.acknowledge(before: 1)
    while bench.work() {}
    var pieces: [OutputSpool.Piece] = []
    while let piece = bench.spool.takePiece(before: .max) { pieces.append(piece) }
    #expect(pieces.map(\.id) == (1..<10).map { UInt64($0) << 40 })
    #expect(pieces.map(\.stream.rawValue) == (1..<10).map { Int32($0 % 3 - 1) })
    #expect(pieces.map(\.offset) == (1..<10).map { UInt64($0) })
  }

  @Test("When the file is full too, there is no room until some of it has been taken")
  func fullFile() {
    var bench = BenchSpool(memoryBytes: 100_000, fileBytes: 300_000)
    while bench.spool.hasRoom {
      bench.append(Self.bytes(10_000))
      _ = bench.work()
    }
    #expect(bench.written.count < 600_000)
    #expect(bench.written.count > 380_000)
    let before = bench.written.count
    while bench.take() != nil {}
    bench.spool.acknowledge(before: bench.spool.sent)
    while bench.work() {}
    #expect(bench.spool.hasRoom)
    bench.append(Self.bytes(10_000, 1))
    bench.drain()
    #expect(bench.received.count == before + 10_000)
    #expect(bench.received == bench.written)
  }

  @Test("A file that cannot be written leaves the output in memory: nothing is lost, and there is no room")
  func unwritable() {
    var bench = BenchSpool(memoryBytes: 100_000, fileBytes: 10_000_000)
    while bench.spool.hasRoom {
      bench.append(Self.bytes(10_000))
      _ = bench.work(fails: true)
    }
    #expect(bench.written.count < 300_000)
    // It is not tried again and again.
    #expect(!bench.spool.hasFileWork)
    while bench.take() != nil {}
    bench.spool.acknowledge(before: bench.spool.sent)
    #expect(bench.spool.hasRoom)
    // The disk has room again.
    while bench.spool.hasRoom, bench.written.count < 1_000_000 {
      bench.append(Self.bytes(10_000, 2))
      _ = bench.work()
    }
    #expect(bench.largestFileBytes > 500_000)
    bench.drain()
    #expect(bench.received == bench.written)
  }

  @Test(
    "What cannot be read back is lost: the offsets jump, and later output follows", arguments: [false, true])
  func unreadable(isLast: Bool) throws {
    var bench = BenchSpool(memoryBytes: 1_000, fileBytes: 1_000_000)
    bench.append(Self.bytes(1_000, 1))
    bench.append(Self.bytes(5_000, 2), id: 5)
    while bench.work() {}
    if !isLast { bench.append(Self.bytes(10, 3), id: 6) }
    _ = bench.take()
    bench.spool.acknowledge(before: 1_000)
    let failed = bench.work(fails: true)
    #expect(failed)
    let gap = bench.spool.takePiece(before: .max)
    let piece = try #require(gap)
    #expect(piece.offset == 5_999)
    #expect(Array(piece.bytes) == [10])
    #expect(piece.id == 5)
    if !isLast {
      while bench.work() {}
      let next = bench.spool.takePiece(before: .max)
      #expect(next?.offset == 6_000)
      #expect(next.map { Array($0.bytes) } == Self.bytes(10, 3))
    }
    bench.spool.acknowledge(before: bench.spool.end)
    #expect(bench.spool.acknowledged == bench.spool.end)
    #expect(!bench.spool.hasUnsent)
    #expect(bench.spool.hasRoom)
  }

  @Test(
    "What is no record is taken for lost",
    arguments: [[], [1], [UInt8](repeating: 0, count: 100)] as [[UInt8]])
  func spoiled(content: [UInt8]) {
    #expect(SpoolRecord.read(content, at: 0) == nil)
  }

  @Test("A result waits for its output to come back from the file")
  func results() {
    var session = WorkerSession(spoolCapacityBytes: 1_000, spoolFileBytes: 100_000)
    session.streamOpened()
    _ = session.receive(ServerMessage(.features(.init(names: WorkerFeature.all))))
    _ = session.receive(ServerMessage(id: 1, .run(.init(cmd: "true"))))
    session.produce(id: 1, stream: .standardOutput, Self.bytes(1_000))
    session.produce(id: 1, stream: .standardOutput, Self.bytes(10))
    _ = session.commandEnded(1, .done(exitCode: 0))
    guard case .write(let bytes, _) = session.spool.takeFileWork() else {
      Issue.record("nothing to write")
      return
    }
    session.spool.wrote(successfully: true)
    var sent = 0
    while session.hasOutgoing { if session.takeOutgoing() != nil { sent += 1 } }
    // Who it is, and what was in memory.
    #expect(sent == 2)
    _ = session.receive(ServerMessage(.ack(.init(offset: 1_000))))
    #expect(!session.hasOutgoing)
    guard case .read = session.spool.takeFileWork() else {
      Issue.record("nothing to read")
      return
    }
    session.spool.read(bytes)
    guard case .output(let piece) = session.takeOutgoing() else {
      Issue.record("no output")
      return
    }
    #expect(piece.offset == 1_000)
    #expect(session.takeOutgoing() == .done(id: 1, exitCode: 0))
  }

  @Test("Whatever comes when, no byte is missing and none comes twice", arguments: 0..<10)
  func anyOrder(seed: UInt64) {
    var random = SeededGenerator(state: seed)
    var bench = BenchSpool(memoryBytes: 2_000, fileBytes: 400_000)
    for _ in 0..<3_000 {
      switch Int.random(in: 0..<12, using: &random) {
      case 0..<4:
        guard bench.spool.hasRoom else { continue }
        let count = Int.random(in: 0...400, using: &random)
        bench.append(
          (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) },
          stream: .init(rawValue: Int32.random(in: 0...1, using: &random)))
      case 4..<6: _ = bench.take()
      case 6..<9:
        // A write may fail; a read that fails would lose output.
        let isWrite = bench.spool.costBytes >= 1_000
        _ = bench.work(fails: isWrite && Int.random(in: 0..<8, using: &random) == 0)
      case 9..<11:
        bench.spool.acknowledge(
          before: UInt64(Int.random(in: Int(bench.spool.acknowledged)...bench.received.count, using: &random))
        )
      default:
        bench.resume(
          keeping: Int.random(in: Int(bench.spool.acknowledged)...bench.received.count, using: &random))
      }
    }
    bench.drain()
    #expect(bench.received == bench.written)
  }

  @Test("The file is a ring, for its owner only, without a name")
  func file() throws {
    let folder = try makeTemporaryDirectory()
    defer { rmdir(folder) }
    let file = try SpoolFile(in: folder, size: 100)
    #expect(ProcessTree.openFiles(below: folder) == ["600 deleted"])
    // The folder is empty.
    #expect(rmdir(folder) == 0)
    var position: UInt64 = 0
    for round in 0..<20 {
      let bytes = (0..<37).map { UInt8(round * 7 + $0) }
      try file.write(bytes, at: position)
      #expect(try file.read(37, at: position) == bytes)
      position += 37
    }
    #expect(throws: SystemError.self) { try SpoolFile(in: folder, size: 100) }
  }
}

extension ProcessTree {
  /// Mode and state of the files of a folder that this process has open.
  fileprivate static func openFiles(below folder: String) -> [String] {
    (0..<1_024).compactMap { descriptor in
      var buffer = [CChar](repeating: 0, count: 512)
      let count = readlink("/proc/self/fd/\(descriptor)", &buffer, buffer.count)
      guard count > 0 else { return nil }
      let path = String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
      var status = stat()
      guard path.hasPrefix(folder + "/"), fstat(Int32(descriptor), &status) == 0 else { return nil }
      return
        "\(String(status.st_mode & 0o777, radix: 8)) \(path.hasSuffix(" (deleted)") ? "deleted" : "there")"
    }
  }
}
