import Crypto
import FakeGitHub
import Glibc
import HTTP
import Platform
import TestKit
import TestSupport
import Testing

/// Where the secrets of a run must never be.
@Suite(.fewAtOnce) struct SecretTests {
  /// Prints what the task's processes and all above them have in their environment.
  private static let printEnvironments = """
    env; cat .git/config
    process=$$
    while [ "$process" -gt 1 ]; do
      tr '\\0' '\\n' < /proc/$process/environ
      process=$(awk '/^PPid:/ { print $2 }' /proc/$process/status)
    done
    """

  @Test func `No credential is in a log, a file, an argument or an environment`() async throws {
    try await withStage(workers: .program) { stage in
      let spy = try await GitSpy(on: stage)
      let deployment = try await Deployment(on: stage)
      let gate = try Gate(in: stage.folder)
      try await deployment.withMatriz(arguments: ["--log-level", "debug"]) { program, site in
        let pushed = try await stage.push(task: "\(Self.printEnvironments)\n\(gate.script)")
        try await gate.waitUntilReached()
        let secrets = try Secrets(of: stage)
        secrets.expectNone(in: try ProcessArguments.all(), "the processes' arguments")
        try await secrets.expectNone(inFilesBelow: stage.folder, except: "\(stage.folder)/settings")
        try await gate.pass()
        #expect(try await stage.end(of: pushed).state == .success)
        let log = try await site.log(of: pushed.run).bytes
        #expect(log.firstRange(of: Array("MISE_CI_SHA=\(pushed.sha)".utf8)) != nil)
        #expect(log.firstRange(of: Array("[remote \"origin\"]".utf8)) != nil)
        secrets.expectNone(in: log, "the job's log")
        secrets.expectNone(in: Array(program.logText.utf8), "the matriz's log")
        let page = try await site.get("/runs/\(pushed.run)")
        secrets.expectNone(in: page.bytes, "the page")
        #expect(await program.terminate().status == .exited(0))
        try await secrets.expectNone(inFilesBelow: stage.folder, except: "\(stage.folder)/settings")
        let commands = try await spy.commands()
        #expect(commands.firstRange(of: Array("\"fetch\"".utf8)) != nil, "git was seen at work")
        secrets.expectNone(in: commands, "git's arguments")
      }
    }
  }
}

/// The secrets of a stage, as they may be seen.
private struct Secrets {
  private let values: [(name: String, bytes: [UInt8])]

  /// Once a worker has cloned: its token is in the dispatch, the clone's credential in git's requests.
  init(of stage: Stage) throws {
    let worker = try #require(try stage.dispatchedTokens().first)
    let authorization = try #require(
      stage.github.requests.first { $0.path.contains("/info/refs") && $0.headers["Authorization"] != nil }?
        .headers["Authorization"])
    let basic = try #require(authorization.split(separator: " ").last.map(String.init))
    let pair = String(decoding: try #require(Base64.decode(basic)), as: UTF8.self)
    let password = try #require(pair.split(separator: ":").last.map(String.init))
    let keyLine = try #require(stage.github.appPrivateKeyPEM.split(separator: "\n").dropFirst(3).first)
    values = [
      ("the worker's token", worker), ("the clone's credential", password),
      ("the clone's credential, encoded", basic), ("the App's key", String(keyLine)),
      ("the secret of tokens", Stage.tokenSecret), ("the webhook's secret", Stage.webhookSecret),
    ].map { ($0, Array($1.utf8)) }
  }

  func expectNone(in bytes: [UInt8], _ place: String, at location: SourceLocation = #_sourceLocation) {
    for (name, secret) in values {
      #expect(
        bytes.firstRange(of: secret) == nil, "\(name) is in \(place)", sourceLocation: location)
    }
  }

  /// Looks into every file of a folder and the folders in it.
  func expectNone(inFilesBelow folder: String, except: String) async throws {
    var folders = [folder]
    while let next = folders.popLast() {
      for (path, kind) in try list(next) where path != except {
        switch kind {
        case UInt8(DT_DIR): folders.append(path)
        case UInt8(DT_REG):
          // A file may go while we look.
          guard let stream = try? await ByteStream.file(path) else { continue }
          expectNone(in: try await stream.collect(upTo: 64 << 20), path)
        default: break
        }
      }
    }
  }

  private func list(_ folder: String) throws -> [(path: String, kind: UInt8)] {
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var entries: [(String, UInt8)] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { entries.append(("\(folder)/\(name)", entry.pointee.d_type)) }
    }
    return entries
  }
}

/// The command lines of all processes on this machine.
private enum ProcessArguments {
  static func all() throws -> [UInt8] {
    guard let stream = opendir("/proc") else { throw SystemError.last("read /proc") }
    defer { closedir(stream) }
    var bytes: [UInt8] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      guard Int32(name) != nil,
        let file = try? Descriptor.open("/proc/\(name)/cmdline", flags: O_RDONLY)
      else { continue }
      while let part = try? file.read(upTo: 64 * 1_024), !part.isEmpty { bytes += part }
      bytes.append(10)
    }
    return bytes
  }
}

/// A `git` before the real one on the workers' `PATH` that records the arguments of every process that git starts.
private struct GitSpy {
  private let record: String

  init(on stage: Stage) async throws {
    let git = try #require(ProcessEnvironment.find("git", path: stage.searchPath))
    let folder = "\(stage.folder)/spy"
    record = "\(stage.folder)/git-commands"
    try await BlockingExecutor.files.run { try makeDirectories(folder, mode: 0o755) }
    try await stage.write(
      "#!/bin/sh\nGIT_TRACE2_EVENT='\(record)' exec '\(git)' \"$@\"\n", to: "\(folder)/git", mode: 0o755)
    try await WorkerJobTemplate.write(
      to: stage.template, worker: try #require(BuiltProducts.path("mise-ci")),
      searchPath: "\(folder):\(stage.searchPath)",
      environment: ["HOME": stage.folder, "TMPDIR": stage.folder])
  }

  func commands() async throws -> [UInt8] {
    try await ByteStream.file(record).collect(upTo: 16 << 20)
  }
}
