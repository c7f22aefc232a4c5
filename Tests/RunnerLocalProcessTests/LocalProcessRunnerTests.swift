import Glibc
import Platform
import Runner
import RunnerLocalProcess
import TestSupport
import Testing

@Suite(.fewAtOnce) struct LocalProcessRunnerTests {
  @Test func `The token comes by standard input alone, and the environment has nothing of the server's`()
    async throws
  {
    try await withStandIn { standIn in
      let handle = try await standIn.runner().dispatch(standIn.request())
      #expect(try await standIn.token(of: handle) == "the.token\n")
      let environment = try #require(read(standIn.file("environment", of: handle)))
      #expect(environment.contains("MISE_CI_CALLBACK=http://127.0.0.1:8080\n"))
      #expect(environment.contains("LC_ALL=C\n"))
      #expect(!environment.contains("secret") && !environment.contains("the.token"))
      let arguments = try #require(read(standIn.file("arguments", of: handle)))
      #expect(arguments == "worker --token-file - --folder \(standIn.workers)/\(handle)/work\n")
      #expect(read(standIn.file("worker.json", of: handle))?.contains("the.token") == false)
    }
  }

  @Test func `The same attempt again is the same worker, another one is not`() async throws {
    try await withStandIn { standIn in
      let runner = standIn.runner()
      async let first = runner.dispatch(standIn.request())
      async let again = runner.dispatch(standIn.request())
      let (one, two) = try await (first, again)
      #expect(one == two)
      let other = try await runner.dispatch(standIn.request(attempt: 2))
      #expect(other != one)
      #expect(try await runner.list().map(\.attempt) == [1, 2])
      #expect(try await runner.findDispatch(runID: "run", jobID: standIn.job, attempt: 2) == other)
      #expect(try await runner.findDispatch(runID: "run", jobID: standIn.job, attempt: 3) == nil)
    }
  }

  @Test func `When all places are taken the dispatch is to come again`() async throws {
    try await withStandIn { standIn in
      let runner = standIn.runner(maximumWorkers: 1)
      let first = try await runner.dispatch(standIn.request())
      await #expect {
        _ = try await runner.dispatch(request(UUIDv7.generate()))
      } throws: { error in
        (error as? RunnerError)?.isTransient == true
          && "\(error)" == "all 1 places for workers on this machine are taken"
      }
      try await runner.cancel(first)
      try await waitForEnd(of: first, runner)
      _ = try await runner.dispatch(request(UUIDv7.generate()))
    }
  }

  @Test func `A worker that is told to stop ends, and its folder is gone`() async throws {
    try await withStandIn { standIn in
      let runner = standIn.runner()
      let handle = try await runner.dispatch(standIn.request())
      _ = try await standIn.token(of: handle)
      #expect(try await runner.state(handle) == .running)
      #expect(access(standIn.file("work", of: handle), F_OK) == 0)
      try await runner.cancel(handle)
      #expect(
        try await waitForEnd(of: handle, runner) == .failed(reason: "the worker ended with exit code 3"))
      #expect(access(standIn.file("work", of: handle), F_OK) != 0)
      #expect(try await runner.list().isEmpty)
      try await runner.cancel(handle)
      try await runner.cancel("no-such-worker")
      #expect(try await runner.state("no-such-worker") == .gone)
    }
  }

  @Test(arguments: [
    ("exit 0", RunnerJobState.finished),
    ("echo 'no server' >&2; exit 1", .failed(reason: "the worker ended with exit code 1: no server")),
    ("kill -9 $$", .failed(reason: "the worker ended with exit code 137")),
  ])
  func `How a worker ended is told with its last words`(script: String, state: RunnerJobState) async throws {
    try await withStandIn(script) { standIn in
      let runner = standIn.runner()
      let handle = try await runner.dispatch(standIn.request())
      #expect(try await waitForEnd(of: handle, runner) == state)
    }
  }

  @Test func `The end of a worker is told at once`() async throws {
    try await withStandIn("exit 0") { standIn in
      let runner = standIn.runner()
      let told = Watched<[String]>([])
      let watch = Task { await runner.watch { handle in told.withLock { $0.append(handle) } } }
      let handle = try await eventually("a worker whose end is told") { () async throws -> String? in
        // The watch may begin after the first of them.
        let handle = try await runner.dispatch(request(UUIDv7.generate()))
        try await waitForEnd(of: handle, runner)
        return told.withLock { $0.first }
      }
      #expect(try await runner.state(handle) == .finished)
      await runner.shutdown()
      await watch.value
    }
  }

  @Test func `What a worker leaves running is ended with it, wherever it went`() async throws {
    let script =
      "read -r token; setsid sh -c 'echo $$ > $PWD/child; exec sleep 600' & while :; do sleep 0.05; done"
    try await withStandIn(script) { standIn in
      let runner = standIn.runner()
      let handle = try await runner.dispatch(standIn.request())
      let child = try await eventually("a child") {
        read(standIn.file("child", of: handle)).flatMap { Int32($0.filter(\.isNumber)) }
      }
      let worker = try #require(processIdentity(of: handle, in: standIn.folder))
      kill(worker, SIGKILL)
      try await waitForEnd(of: handle, runner)
      #expect(ProcessTree.identity(of: child) == nil)
    }
  }

  @Test func `The next process takes over the workers of the one before`() async throws {
    try await withStandIn { standIn in
      let first = standIn.runner()
      let handle = try await first.dispatch(standIn.request())
      _ = try await standIn.token(of: handle)
      await first.shutdown()
      let second = standIn.runner(maximumWorkers: 1)
      try await second.prepare()
      #expect(try await second.state(handle) == .running)
      #expect(try await second.dispatch(standIn.request()) == handle)
      await #expect(throws: RunnerError.self) { _ = try await second.dispatch(request(UUIDv7.generate())) }
      try await second.cancel(handle)
      #expect(
        try await waitForEnd(of: handle, second)
          == .failed(reason: "the worker ended while the server was away"))
      #expect(access(standIn.file("work", of: handle), F_OK) != 0)
    }
  }

  @Test(arguments: [
    // Another process has the number by now; the machine was started again.
    ("\"startTicks\":", "\"startTicks\":9"), ("\"bootID\":\"", "\"bootID\":\"0"),
  ])
  func `A process that only has the same number is not taken for the worker`(old: String, new: String)
    async throws
  {
    try await withStandIn { standIn in
      let first = standIn.runner()
      let handle = try await first.dispatch(standIn.request())
      _ = try await standIn.token(of: handle)
      await first.shutdown()
      let process = try #require(processIdentity(of: handle, in: standIn.folder))
      let record = try #require(read(standIn.file("worker.json", of: handle)))
      let file = try Descriptor.open(standIn.file("worker.json", of: handle), flags: O_WRONLY | O_TRUNC)
      try Array(record.replacing(old, with: new).utf8).withUnsafeBytes { try file.writeAll($0) }
      let second = standIn.runner()
      #expect(
        try await waitForEnd(of: handle, second)
          == .failed(reason: "the worker ended while the server was away"))
      // It carries the worker's mark, so it is what a worker left behind.
      #expect(ProcessTree.identity(of: process) == nil)
    }
  }

  @Test func `A folder whose worker never began is removed, and its attempt can be dispatched`() async throws
  {
    try await withStandIn { standIn in
      try makeDirectories("\(standIn.workers)/\(standIn.job)-1/work")
      let runner = standIn.runner()
      try await runner.prepare()
      #expect(access("\(standIn.workers)/\(standIn.job)-1", F_OK) != 0)
      let handle = try await runner.dispatch(standIn.request())
      #expect(handle == "\(standIn.job)-1")
      _ = try await standIn.token(of: handle)
    }
  }

  @Test func `A program that is not there is a mistake in the settings`() async throws {
    try await withTemporaryDirectory { folder in
      let runner = LocalProcessRunner(
        LocalProcessConfiguration(
          program: "\(folder)/missing", folder: folder, maximumWorkers: 1, environment: [:]),
        logger: .disabled)
      await #expect {
        try await runner.prepare()
      } throws: { ($0 as? RunnerError)?.code == .misconfigured }
    }
  }

  @Test func `A job's name that is no folder's is refused`() async throws {
    try await withStandIn { standIn in
      await #expect {
        _ = try await standIn.runner().dispatch(request("../../etc"))
      } throws: { ($0 as? RunnerError)?.code == .refused }
    }
  }

  @discardableResult
  private func waitForEnd(of handle: String, _ runner: LocalProcessRunner) async throws -> RunnerJobState {
    try await eventually("\(handle) to end") {
      let state = try await runner.state(handle)
      return state.isTerminal ? state : nil
    }
  }
}

@Suite struct ResourceLimitsTests {
  @Test func `Limits are written as they are read`() throws {
    let limits = ResourceLimits(openFiles: 64, fileBytes: 5, memoryBytes: 7, processes: 9)
    #expect(limits.description == "open-files=64,file-bytes=5,memory-bytes=7,processes=9")
    #expect(try ResourceLimits(parsing: limits.description) == limits)
    #expect(try ResourceLimits(parsing: "") == ResourceLimits())
  }

  @Test(arguments: ["open-files", "open-files=", "open-files=0", "open-files=-1", "files=3", "=3"])
  func `What is no limit is refused`(text: String) {
    #expect(throws: UsageError.self) { try ResourceLimits(parsing: text) }
  }
}
