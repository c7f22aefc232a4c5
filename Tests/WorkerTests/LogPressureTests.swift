import Glibc
import Platform
import TestSupport
import Testing
import WorkerProtocol

@testable import Worker

@Suite("Logs under pressure", .fewAtOnce)
struct LogPressureTests {
  private static let memoryBytes = 1_000_000

  /// Runs a script that writes what it prints also to the file `printed`, and compares.
  private static func expectComplete(_ script: String, fileBytes: Int) async throws {
    try await CommandBench.with(spoolBytes: memoryBytes, fileBytes: fileBytes) { bench in
      bench.open()
      bench.send(ServerMessage(id: 1, .run(.init(cmd: "sh", args: ["-c", script]))))
      var outcome = CommandBench.Outcome()
      var largestBytes = 0
      while try await !bench.take(into: &outcome, id: 1) {
        largestBytes = max(largestBytes, bench.state.withLock { $0.session.spool.memoryBytes })
      }
      #expect(outcome.exitCode == 0)
      let isComplete = try await outcome.output == printed(in: bench.folder)
      #expect(isComplete)
      // What is kept, what waits for the file or comes from it, and a write or two beyond.
      #expect(largestBytes < memoryBytes + 500_000)
    }
  }

  private static func printed(in folder: String) async throws -> [UInt8] {
    try await ByteStream.file("\(folder)/printed").collect(upTo: 100_000_000)
  }

  @Test(
    "All of it arrives, and the memory is bounded",
    arguments: [
      ("many lines quickly", "seq 1 3000000 | tee printed"),
      ("one long line", "head -c 10000000 /dev/zero | tr '\\0' a | tee printed"),
      ("binary noise", "head -c 10000000 /dev/urandom | tee printed"),
      ("a byte at a time", "seq 1 1000 > printed; dd if=printed bs=1 2>/dev/null"),
    ])
  func complete(kind: String, script: String) async throws {
    for fileBytes in [0, 50_000_000] {
      try await Self.expectComplete(script, fileBytes: fileBytes)
    }
  }

  @Test("While the server is away a command goes on to its end, its output on disk; then all of it arrives")
  func serverAway() async throws {
    try await CommandBench.with(spoolBytes: Self.memoryBytes, fileBytes: 50_000_000) { bench in
      bench.open(features: WorkerFeature.all)
      bench.send(ServerMessage(id: 1, .run(.init(cmd: "sh", args: ["-c", "seq 1 2000000 | tee printed"]))))
      bench.state.withLock { $0.session.streamEnded() }
      _ = try await bench.state.value(timeoutSeconds: 120, waitingFor: "the command's end") {
        $0.session.runningCommand == nil ? true : nil
      }
      bench.state.withLock { state in
        #expect(state.session.unacknowledgedBytes > 14_000_000)
        #expect(state.session.spool.memoryBytes < Self.memoryBytes + 500_000)
        state.session.streamOpened()
        state.receive(ServerMessage(.features(.init(names: WorkerFeature.all))))
        state.receive(ServerMessage(.resume(.init(offset: 0))))
      }
      let outcome = try await bench.outcome(of: 1)
      let isComplete = try await outcome.output == Self.printed(in: bench.folder)
      #expect(isComplete)
    }
  }

  @Test("Without a file that can be written commands wait for the server, and nothing is lost")
  func noFile() async throws {
    try await CommandBench.with(spoolBytes: Self.memoryBytes, fileBytes: 50_000_000) { bench in
      // The work folder is not there any more, so no file can be made in it.
      let script = "seq 1 1000000 > /tmp/mise-ci-$$; rm -r \"$PWD\"; cat /tmp/mise-ci-$$; rm /tmp/mise-ci-$$"
      bench.open(features: WorkerFeature.all)
      bench.send(ServerMessage(id: 1, .run(.init(cmd: "sh", args: ["-c", script]))))
      _ = try await bench.state.value(timeoutSeconds: 120, waitingFor: "a full spool") {
        $0.session.hasRoom ? nil : true
      }
      #expect(bench.state.withLock { $0.session.runningCommand } == 1)
      let outcome = try await bench.outcome(of: 1)
      #expect(outcome.output.count == 6_888_896)
      #expect(outcome.outputText.hasSuffix("\n999999\n1000000\n"))
    }
  }
}
