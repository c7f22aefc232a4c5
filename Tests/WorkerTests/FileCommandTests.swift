import Glibc
import Platform
import TestSupport
import Testing
import WorkerProtocol

@testable import Worker

@Suite("Files to and from the worker", .fewAtOnce)
struct FileCommandTests {
  static func write(_ dest: String, _ bytes: [UInt8]) -> ServerMessage.Payload {
    var copy = ServerMessage.Copy()
    (copy.dest, copy.data) = (dest, bytes)
    return .copy(copy)
  }

  static func fetch(_ source: String) -> ServerMessage.Payload {
    var copy = ServerMessage.Copy()
    (copy.direction, copy.source) = (.fromWorker, source)
    return .copy(copy)
  }

  @Test(
    "A file is written with the folders above it, and replaced whole",
    arguments: ["file", "a/b/c/file", "./x/../y"])
  func writes(dest: String) async throws {
    try await CommandBench.with { bench in
      let cases: [[UInt8]] = [Array(0...255), [1], []]
      for (index, bytes) in cases.enumerated() {
        let id = UInt64(index + 1)
        let outcome = try await bench.carryOut(Self.write(dest, bytes), id: id)
        #expect(outcome.exitCode == 0)
        let path = dest == "./x/../y" ? "y" : dest
        #expect(try await ByteStream.file("\(bench.folder)/\(path)").collect(upTo: 1_000) == bytes)
      }
    }
  }

  /// Things that are in the way, in every work folder of the tables below.
  static let obstacles = """
    mkdir folder; mkfifo fifo; echo x > file; ln -s /etc outside; ln -s /etc/hostname outside-file
    ln -s folder inside; echo y > folder/y
    """

  @Test(
    "What cannot be written is an error and no hang",
    arguments: [
      ("folder", "Is a directory"), ("fifo", "No such device"), ("file/x", "Not a directory"),
      ("outside/x", "leads out"), ("../x", "leads out"), ("a/../../x", "leads out"), ("", "names a folder"),
      (".", "names a folder"), ("new/", "names a folder"), ("outside-file", "symbolic links"),
      ("a\0b", "NUL"),
      ("/proc/none/x", "No such file"),
    ])
  func refusesToWrite(dest: String, text: String) async throws {
    try await CommandBench.with { bench in
      _ = try await bench.shell(Self.obstacles)
      let outcome = try await bench.carryOut(Self.write(dest, [1]), id: 2)
      #expect(outcome.exitCode == nil)
      #expect(outcome.failure?.contains(text) == true, "\(outcome.failure ?? "")")
    }
  }

  @Test("An absolute path is where it says, a link inside of the folder is followed")
  func absolute() async throws {
    try await withTemporaryDirectory { folder in
      try await CommandBench.with { bench in
        _ = try await bench.shell(Self.obstacles)
        #expect(try await bench.carryOut(Self.write("\(folder)/x", [7]), id: 2).exitCode == 0)
        #expect(try await bench.carryOut(Self.fetch("\(folder)/x"), id: 3).file == [7])
        #expect(try await bench.carryOut(Self.write("inside/z", [8]), id: 4).exitCode == 0)
        #expect(try await bench.carryOut(Self.fetch("folder/z"), id: 5).file == [8])
        #expect(try await bench.carryOut(Self.fetch("inside/y"), id: 6).file == Array("y\n".utf8))
      }
    }
  }

  @Test("A file comes back whole, the empty one too", arguments: [0, 1, 999, 1_000, 1_001, 3_500, 3_000_000])
  func sends(size: Int) async throws {
    try await CommandBench.with(chunkBytes: 1_000) { bench in
      let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
      #expect(try await bench.carryOut(Self.write("file", bytes), id: 1).exitCode == 0)
      let outcome = try await bench.carryOut(Self.fetch("file"), id: 2)
      #expect(outcome.failure == nil)
      #expect(outcome.file == bytes)
    }
  }

  @Test(
    "What cannot be sent is an error and no hang",
    arguments: [
      ("missing", "No such file"), ("folder", "a folder"), ("fifo", "no file"), ("file/x", "Not a directory"),
      ("outside/hostname", "leads out"), ("outside-file", "leads out"), ("../x", "leads out"),
      ("/dev/zero", "no file"),
      ("", "a folder"), ("a\0b", "NUL"),
    ])
  func refusesToSend(source: String, text: String) async throws {
    try await CommandBench.with { bench in
      _ = try await bench.shell(Self.obstacles)
      let outcome = try await bench.carryOut(Self.fetch(source), id: 2)
      #expect(outcome.failure?.contains(text) == true, "\(outcome.failure ?? "")")
    }
  }

  @Test("A file that is not taken is not read ahead; cancelling ends it")
  func backPressure() async throws {
    try await CommandBench.with(chunkBytes: 1_000) { bench in
      _ = try await bench.carryOut(Self.write("file", [UInt8](repeating: 5, count: 5_000_000)))
      bench.send(ServerMessage(id: 2, Self.fetch("file")))
      _ = try await bench.state.value(timeoutSeconds: 60, waitingFor: "a batch") {
        $0.session.file?.hasWaiting == true ? true : nil
      }
      let taken = bench.state.withLock { state in
        var taken = 0
        while case .fileChunk(_, let chunk)? = state.session.takeOutgoing() { taken += chunk.byteCount }
        return taken
      }
      #expect(taken < 2_000_000)
      bench.send(ServerMessage(.cancel(.init(id: 2, graceSeconds: 1))))
      #expect(try await bench.outcome(of: 2).failure == "cancelled")
    }
  }
}
