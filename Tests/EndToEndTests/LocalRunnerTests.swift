import FakeGitHub
import Glibc
import HTTP
import Platform
import TestSupport
import Testing

/// A matriz that needs nothing but itself: its workers are processes of this machine.
@Suite(.fewAtOnce) struct LocalRunnerTests {
  @Test func `A push becomes a status and an artifact, and nothing is left`() async throws {
    try await withStage { stage in
      let deployment = try await Deployment(
        on: stage, runner: .local(), more: "pipeline:\n  artifacts: [out.txt]\n")
      try await deployment.withMatriz { _, site in
        let pushed = try await stage.push(
          task: "env | sort; echo $MISE_CI_SHA > out.txt; (setsid sleep 600 &)")
        #expect(try await stage.end(of: pushed).state == .success)
        let artifact = try #require(try await site.artifacts(of: pushed.run)["out.txt"])
        #expect(try await site.download(artifact).text == "\(pushed.sha)\n")
        let log = try await site.log(of: pushed.run).text
        #expect(!log.contains("MISE_CI_TOKEN") && !log.contains("MISE_CI_CALLBACK"))
        try await noWorkersAreLeft(on: stage)
        #expect(try await stage.processes().filter { $0.arguments.first == "sleep" }.isEmpty)
        let job = try await site.job(of: pushed.run)
        try await eventually("the worker's folder to be cleaned") {
          try FileNames.of("\(stage.folder)/data/workers/\(job)-1") == ["worker.json", "worker.log"]
        }
      }
    }
  }

  @Test func `Killed while a job runs, the next matriz takes its worker over`() async throws {
    try await withStage { stage in
      let deployment = try await Deployment(on: stage, runner: .local())
      let gate = try Gate(in: stage.folder)
      let pushed = try await deployment.withMatriz { _, _ in
        let pushed = try await stage.push(task: "echo before >&2; \(gate.script); echo after >&2")
        try await gate.waitUntilReached()
        return pushed
      }
      try await gate.pass()
      try await deployment.withMatriz { program, site in
        #expect(try await stage.end(of: pushed).state == .success)
        #expect(program.logText.contains("a worker of an earlier process is taken over"))
        #expect(try await site.run(pushed.run)["jobs"]?[0]?["attempt"] == 1)
        #expect(try await site.log(of: pushed.run).text.hasSuffix("before\nafter\n"))
        try await noWorkersAreLeft(on: stage)
      }
    }
  }

  @Test func `A worker that is killed is explained, and what it had started is ended`() async throws {
    try await withStage { stage in
      let deployment = try await Deployment(on: stage, runner: .local())
      let gate = try Gate(in: stage.folder)
      try await deployment.withMatriz { _, site in
        let pushed = try await stage.push(task: "(setsid sleep 600 &); \(gate.script)")
        try await gate.waitUntilReached()
        try await stage.worker().signal(SIGKILL)
        let end = try await stage.end(of: pushed)
        #expect(end.state == .error)
        #expect(end.description?.contains("exit code 137") == true, "\(end.description ?? "")")
        #expect(try await stage.processes().filter { $0.arguments.first == "sleep" }.isEmpty)
      }
    }
  }

  @Test func `There are no more jobs at once than the machine has places`() async throws {
    try await withStage { stage in
      let deployment = try await Deployment(on: stage, runner: .local("  max_local_jobs: 1"))
      let gate = try Gate(in: stage.folder)
      try await deployment.withMatriz { _, site in
        let first = try await stage.push(task: gate.script)
        try await gate.waitUntilReached()
        let second = try await stage.push(task: "true", branch: "other")
        #expect(try await site.run(second.run)["state"] == "queued")
        try await gate.pass()
        #expect(try await stage.end(of: first).state == .success)
        #expect(try await stage.end(of: second).state == .success)
      }
    }
  }

  /// A worker that has closed its connection needs a moment to end.
  private func noWorkersAreLeft(on stage: Stage) async throws {
    for worker in try await stage.processes().filter(\.isWorker) {
      guard let identity = ProcessTree.identity(of: worker.processID) else { continue }
      try await withDeadline("worker \(worker) to end") { await ProcessWatch.waitForEnd(of: identity) }
    }
  }
}

/// Asks again and again until it is so.
private func eventually(_ what: String, _ body: () throws -> Bool) async throws {
  let end = MonotonicClock.nanoseconds() + Int64(Stage.patienceSeconds * 1e9)
  while try !body() {
    guard MonotonicClock.nanoseconds() < end else {
      throw SystemError(code: ETIMEDOUT, operation: "wait for \(what)")
    }
    await Task.yield()
  }
}

private enum FileNames {
  static func of(_ path: String) throws -> [String] {
    guard let folder = opendir(path) else { throw SystemError.last("list \(path)") }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names.sorted()
  }
}
