import Glibc
import Platform
import TestKit
import TestSupport
import Testing
import Worker
import WorkerProtocol

/// `mise-ci worker` as a process of its own, to which orphans come.
@Suite("The worker's program", .fewAtOnce)
struct WorkerProgramTests {
  /// Children that leave the group and ignore TERM, orphans by a double fork, and a shell that starts another process
  /// when it is told to end.
  private static let tree = """
    setsid sh -c 'trap "" TERM; echo ready; while :; do sleep 1000; done' &
    (setsid sh -c 'echo ready; exec sleep 1000' &)
    trap 'setsid sleep 1000 & sleep 1000 &' TERM
    echo ready
    while :; do sleep 1000 & wait; done
    """

  /// Starts a worker against a server whose part `body` plays; gives its exit code. All that its commands start is
  /// marked, and none of it may live when it has ended.
  private static func withProgram(
    _ body: (ScriptedServer.Session, _ mark: String, ChildProcess) async throws -> Void
  ) async throws -> Int32 {
    let server = try await ScriptedServer.start()
    let mark = "MISE_CI_TEST_MARK=\(UUIDv7.generate())"
    let path = try #require(BuiltProducts.path("mise-ci"), "mise-ci was not built")
    let process = try ChildProcess.spawn(
      ProcessOptions(
        executable: path, arguments: ["worker", "--server", server.address],
        environment: ProcessEnvironment.current().merging(["MISE_CI_TOKEN": "token-1"]) { $1 },
        error: .null))
    let result: Result<Void, any Error>
    do {
      let session = try await server.nextSession()
      _ = try await session.runnerInfo()
      try await session.send(.allFeatures)
      try await body(session, mark, process)
      result = .success(())
    } catch {
      result = .failure(error)
      process.signal(SIGTERM)
    }
    let status = await process.wait()
    await server.shutdown()
    try result.get()
    #expect(marked(mark) == [])
    return status.code
  }

  private static func command(_ script: String, _ mark: String, id: UInt64 = 1) -> ServerMessage {
    ServerMessage(
      id: id,
      .run(.init(cmd: "sh", args: ["-c", script], env: ["MISE_CI_TEST_MARK": String(mark.dropFirst(18))])))
  }

  /// The processes that have the mark in their environment and are not dead.
  private static func marked(_ mark: String) -> [Int32] {
    guard let folder = opendir("/proc") else { return [] }
    defer { closedir(folder) }
    var found: [Int32] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      guard let processID = Int32(name),
        let file = try? Descriptor.open("/proc/\(processID)/environ", flags: O_RDONLY),
        let content = try? file.read(upTo: 256 * 1_024)
      else { continue }
      if String(decoding: content, as: UTF8.self).contains(mark) { found.append(processID) }
    }
    return found
  }

  private static func waitUntilReady(_ session: ScriptedServer.Session, _ log: inout [UInt8]) async throws {
    while String(decoding: log, as: UTF8.self).split(separator: "\n").count < 3 {
      let message = try await session.next()
      guard case .output(let output) = message.payload else {
        throw SystemError(code: EPROTO, operation: "wait for output: \(message)")
      }
      log += output.data
    }
  }

  @Test(
    "Cancelling ends everything that a command started: what left its group, orphans, what ignores TERM or forks"
  )
  func cancel() async throws {
    let code = try await Self.withProgram { session, mark, _ in
      try await session.send(Self.command(Self.tree, mark))
      var log: [UInt8] = []
      try await Self.waitUntilReady(session, &log)
      #expect(Self.marked(mark).count >= 3)
      try await session.send(ServerMessage(.cancel(.init(id: 1, graceSeconds: 1))))
      #expect(try await session.outcome(of: 1, into: &log) == .done(.init(exitCode: 137)))
      // Before the result was sent.
      #expect(Self.marked(mark) == [])
      try await session.send(.ack(log.count), .close)
    }
    #expect(code == 0)
  }

  @Test("SIGTERM to the worker ends everything that its command started, then the worker")
  func terminate() async throws {
    let code = try await Self.withProgram { session, mark, process in
      try await session.send(Self.command(Self.tree, mark))
      var log: [UInt8] = []
      try await Self.waitUntilReady(session, &log)
      process.signal(SIGTERM)
    }
    #expect(code == 1)
  }

  @Test("What a command left behind does not outlive the worker")
  func leftovers() async throws {
    let code = try await Self.withProgram { session, mark, _ in
      let script = "(setsid sleep 1000 >/dev/null 2>&1 &); echo done"
      try await session.send(Self.command(script, mark))
      var log: [UInt8] = []
      #expect(try await session.outcome(of: 1, into: &log) == .done(.init()))
      try await session.send(.ack(log.count), .close)
    }
    #expect(code == 0)
  }
}
