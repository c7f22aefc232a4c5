import Platform
import TestSupport
import Testing

@testable import Matriz

@Suite("A job's log on the disk", .fewAtOnce)
struct JobLogTests {
  private let logs: JobLogs
  private let folder: String

  private static func withLogs(_ body: (JobLogTests) async throws -> Void) async throws {
    try await withTemporaryDirectory { folder in try await body(JobLogTests(folder: folder)) }
  }

  init() { self.init(folder: "") }

  private init(folder: String) {
    self.folder = folder
    logs = JobLogs(folder: folder)
  }

  private var path: String { logs.path(run: "r", job: "j", attempt: 1) }

  private func write(_ body: (JobLog) async throws -> Void) async throws {
    try await logs.withLog(run: "r", job: "j", attempt: 1, body)
  }

  private func append(_ text: String, stream: UInt8 = 0, to log: JobLog) async throws {
    try await log.append(
      Array(text.utf8), [LogPiece(stream: stream, step: 1, byteCount: text.utf8.count)])
  }

  private func text(_ suffix: String = "") async throws -> String {
    String(decoding: try await ByteStream.file(path + suffix).collect(upTo: 100_000), as: UTF8.self)
  }

  private func put(_ text: String, _ suffix: String = "") throws {
    let file = try Descriptor.open(path + suffix, flags: 0o1001)
    try Array(text.utf8).withUnsafeBytes { try file.writeAll($0) }
  }

  @Test("goes on where it ended, with an index of where its bytes came from")
  func log() async throws {
    try await Self.withLogs { test in
      try await test.write { try await test.append("one\n", to: $0) }
      try await test.write { log in
        #expect(log.size == 4)
        #expect(log.received == 4)
        try await test.append("two\n", stream: 1, to: log)
        try await log.finish()
      }
      #expect(try await test.logs.size(run: "r", job: "j", attempt: 1) == 8)
      let part = try await test.logs.read(run: "r", job: "j", attempt: 1, range: 2..<6).collect(upTo: 100)
      #expect(part == Array("e\ntw".utf8))
      let lines = try await test.text(".idx").split(separator: "\n").map { $0.split(separator: " ") }
      #expect(lines.map { [$0[0], $0[2], $0[3]] } == [["0", "1", "0"], ["4", "1", "1"]])
      #expect(try await test.logs.size(run: "r", job: "other", attempt: 1) == 0)
    }
  }

  @Test("counts its notes as no output, before and after it is opened again")
  func notes() async throws {
    try await Self.withLogs { test in
      try await test.write { log in
        try await test.append("ab", to: log)
        try await log.append(.lost(1_024), step: 1, received: 1_026)
        #expect(log.received == 1_026)
        try await test.append("cd\n", to: log)
        #expect(log.received == 1_029)
      }
      try await test.write { log in #expect(log.received == 1_029) }
      #expect(
        try await test.text() == "ab\n[mise-ci: 1,024 bytes lost: the worker could not keep them]\ncd\n")
    }
  }

  /// What a process that died left in the log and its index; what both are then; how much output came.
  private static let damages:
    [(log: String, index: String, goodLog: String, goodIndex: String, received: Int64)] = [
      // Output that the index has not.
      ("abcdef", "0 5 0 0\n", "abcdef", "0 5 0 0\n", 6),
      // Output of which the index knows, and the log does not.
      ("abc", "0 5 0 0\n3 5 0 1\n9 5 0 1\n", "abc", "0 5 0 0\n", 3),
      // Half a line, at the end and in the middle.
      ("abcdef", "0 5 0 0\n3 5", "abcdef", "0 5 0 0\n", 6),
      ("abcdef", "0 5 0 0\n3 5\n4 5 0 1\n", "abcdef", "0 5 0 0\n", 6),
      // Half a note, and one that is not there at all.
      ("abc[mis", "0 5 0 0\n3 5 0 2 103 9 lost\n", "abc", "0 5 0 0\n", 3),
      ("abc", "0 5 0 0\n3 5 0 2 103 9 lost\n", "abc", "0 5 0 0\n", 3),
      // A whole one, with half of what follows.
      ("abc[note]\nx", "0 5 0 0\n3 5 0 2 103 7 lost\n", "abc[note]\nx", "0 5 0 0\n3 5 0 2 103 7 lost\n", 104),
      // A line of the length of nothing.
      ("ab", String(repeating: "\0", count: 500), "ab", "", 2),
      ("", "0 5 0 0\n", "", "", 0),
    ]

  @Test("loses nothing and has nothing twice, whatever a crash left", arguments: 0..<9)
  func damage(number: Int) async throws {
    let damage = Self.damages[number]
    try await Self.withLogs { test in
      try await test.write { _ in }
      try test.put(damage.log)
      try test.put(damage.index, ".idx")
      try await test.write { log in
        #expect(log.received == damage.received)
        #expect(log.size == Int64(damage.goodLog.utf8.count))
      }
      #expect(try await test.text() == damage.goodLog)
      #expect(try await test.text(".idx") == damage.goodIndex)
    }
  }

  @Test("has one writer at a time")
  func exclusive() async throws {
    try await Self.withLogs { test in
      let order = Watched<[String]>([])
      try await withThrowingTaskGroup(of: Void.self) { group in
        try await test.write { _ in
          group.addTask { try await test.write { _ in order.withLock { $0.append("second") } } }
          order.withLock { $0.append("first") }
        }
        try await group.waitForAll()
      }
      #expect(order.withLock { $0 } == ["first", "second"])
    }
  }

  @Test("is acknowledged as far as it is on the disk, and in the end all of it")
  func acknowledgement() async throws {
    try await Self.withLogs { test in
      try await test.write { log in
        let offsets = Watched<[Int64]>([])
        let acknowledgement = LogAcknowledgement(of: log) { offset in
          offsets.withLock { $0.append(offset) }
        } failed: { _ in
          Issue.record("the disk refused")
        }
        for _ in 0..<200 {
          try await test.append("line\n", to: log)
          acknowledgement.appended()
        }
        try await acknowledgement.finish()
        let given = offsets.withLock { $0 }
        #expect(given.last == 1_000)
        #expect(given == given.sorted())
        #expect(given.count <= 200)
      }
    }
  }

  @Test("that cannot be acknowledged says so once, and acknowledges nothing more")
  func refused() async throws {
    try await Self.withLogs { test in
      try await test.write { log in
        let failures = Watched(0)
        let acknowledgement = LogAcknowledgement(of: log) { _ in
          throw SystemError(code: 5, operation: "send")
        } failed: { _ in
          failures.withLock { $0 += 1 }
        }
        try await test.append("x", to: log)
        acknowledgement.appended()
        await #expect(throws: SystemError.self) { try await acknowledgement.finish() }
        acknowledgement.appended()
        await #expect(throws: SystemError.self) { try await acknowledgement.finish() }
        #expect(failures.withLock { $0 } == 1)
      }
    }
  }
}
