import Glibc
import Platform
import Runner
import RunnerLocalProcess

/// A shell script that is started in place of a worker, and a folder for its workers.
struct StandInWorker: Sendable {
  /// Once it has its token it says what it was given, and waits; TERM ends it with 3.
  static let waiting = """
    read -r token
    [ -n "$token" ] || exit 2
    printf '%s\\n' "$*" > "$PWD/arguments"
    env > "$PWD/environment"
    trap 'exit 3' TERM
    printf '%s\\n' "$token" > "$PWD/token.new"
    mv "$PWD/token.new" "$PWD/token"
    while :; do sleep 0.05; done
    """

  let folder: String
  /// Of its own: workers of one name are one worker to the machine.
  let job = UUIDv7.generate()

  func request(attempt: Int = 1) -> DispatchRequest {
    RunnerLocalProcessTests.request(job, attempt: attempt)
  }

  var workers: String { "\(folder)/workers" }

  func file(_ name: String, of handle: String) -> String { "\(workers)/\(handle)/\(name)" }

  func runner(maximumWorkers: Int = 4, limits: ResourceLimits = ResourceLimits()) -> LocalProcessRunner {
    var configuration = LocalProcessConfiguration(
      program: "\(folder)/worker.sh", folder: workers, maximumWorkers: maximumWorkers,
      environment: LocalProcessConfiguration.inherited(from: [
        "PATH": ProcessEnvironment["PATH"] ?? "/usr/bin:/bin", "MISE_CI_JWT_SECRET": "secret",
        "AWS_SECRET_ACCESS_KEY": "secret", "LC_ALL": "C",
      ]))
    configuration.limits = limits
    return LocalProcessRunner(configuration, logger: .disabled)
  }

  /// Waits until a worker has what it was given.
  func token(of handle: String) async throws -> String {
    try await eventually("the worker to get its token") { read(file("token", of: handle)) }
  }
}

/// Gives `body` a stand-in of its own, whose processes are gone afterwards.
func withStandIn(
  _ script: String = StandInWorker.waiting, _ body: (StandInWorker) async throws -> Void
) async throws {
  try await withTemporaryDirectory { folder in
    let file = try Descriptor.open("\(folder)/worker.sh", flags: O_WRONLY | O_CREAT, mode: 0o755)
    try Array("#!/bin/sh\n\(script)\n".utf8).withUnsafeBytes { try file.writeAll($0) }
    _ = consume file
    do {
      try await body(StandInWorker(folder: folder))
    } catch {
      await endAll(in: folder)
      throw error
    }
    await endAll(in: folder)
  }
}

private func endAll(in folder: String) async {
  let runner = StandInWorker(folder: folder).runner()
  for job in (try? await runner.list()) ?? [] {
    guard let identity = processIdentity(of: job.handle, in: folder) else { continue }
    kill(identity, SIGKILL)
  }
}

/// The number of a worker's process, as its record has it.
func processIdentity(of handle: String, in folder: String) -> Int32? {
  let text = read("\(folder)/workers/\(handle)/worker.json") ?? ""
  guard let start = text.firstRange(of: "\"processID\":") else { return nil }
  return Int32(text[start.upperBound...].prefix { $0.isNumber })
}

func request(_ job: String, attempt: Int = 1) -> DispatchRequest {
  DispatchRequest(
    callbackURL: "http://127.0.0.1:8080", token: "the.token", runID: "run", jobID: job, attempt: attempt)
}

func read(_ path: String) -> String? {
  guard let file = try? Descriptor.open(path, flags: O_RDONLY), let bytes = try? file.read(upTo: 1 << 20)
  else { return nil }
  return String(decoding: bytes, as: UTF8.self)
}

/// Asks again and again until there is an answer.
func eventually<T>(_ what: String, _ body: () async throws -> T?) async throws -> T {
  let end = MonotonicClock.nanoseconds() + 30_000_000_000
  while MonotonicClock.nanoseconds() < end {
    if let value = try await body() { return value }
    await Task.yield()
  }
  throw SystemError(code: ETIMEDOUT, operation: "wait for \(what)")
}
