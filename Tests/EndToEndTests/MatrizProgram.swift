import FakeGitHub
import FakeNomad
import Glibc
import Platform
import Synchronization
import TestKit
import Testing

/// `mise-ci matriz` as a process of its own, as it is deployed.
final class MatrizProgram: Sendable {
  let process: ChildProcess
  private let log = Watched(Log())
  private let reading: Task<Void, Never>

  private struct Log {
    var text = ""
    var hasEnded = false
  }

  private init(_ process: ChildProcess) {
    self.process = process
    let log = self.log
    reading = Task {
      while let bytes = try? await process.error?.read() {
        log.withLock { $0.text += String(decoding: bytes, as: UTF8.self) }
      }
      log.withLock { $0.hasEnded = true }
    }
  }

  /// What it has logged so far.
  var logText: String { log.withLock(\.text) }

  /// Starts it with a configuration file, and waits until it serves.
  static func start(
    _ file: String, arguments: [String] = [], startedBy wrapper: [String] = [],
    environment: [String: String] = [:]
  ) async throws -> MatrizProgram {
    let program = try launch(file, arguments: arguments, startedBy: wrapper, environment: environment)
    guard await program.serves() else {
      program.kill()
      await program.ended()
      Issue.record("the matriz did not start: \(program.logText)")
      throw SystemError(code: ESRCH, operation: "start a matriz")
    }
    return program
  }

  /// Starts it; at a fault point it kills itself.
  ///
  /// - Parameter wrapper: a command that becomes the one that follows it.
  static func launch(
    _ file: String, arguments: [String] = [], startedBy wrapper: [String] = [], faultPoint: String? = nil,
    environment: [String: String] = [:]
  ) throws -> MatrizProgram {
    var environment = try baseEnvironment.merging(environment) { $1 }
    if let faultPoint { environment["MISE_CI_FAULT_POINT"] = faultPoint }
    let line = try wrapper + [path, "matriz", "--config", file] + arguments
    return MatrizProgram(
      try ChildProcess.spawn(
        ProcessOptions(
          executable: line[0], arguments: Array(line.dropFirst()), environment: environment, error: .pipe)))
  }

  /// Waits until it serves; `false` when it ended instead.
  func serves() async -> Bool {
    let serves = try? await log.value(
      timeoutSeconds: Stage.patienceSeconds, waitingFor: "the matriz to serve"
    ) { log in log.text.contains("serving") ? true : log.hasEnded ? false : nil }
    return serves == true
  }

  /// Runs `mise-ci` to its end.
  static func run(
    _ arguments: [String], environment: [String: String] = [:]
  ) async throws -> ProcessResult {
    try await runProcess(path, arguments, environment: try baseEnvironment.merging(environment) { $1 })
  }

  private static var baseEnvironment: [String: String] {
    get throws {
      try OrphanWatch.environment.merging(["PATH": ProcessEnvironment["PATH"] ?? "/usr/bin:/bin"]) { $1 }
    }
  }

  private static var path: String {
    get throws { try #require(BuiltProducts.path("mise-ci"), "mise-ci was not built") }
  }

  /// Waits until it has logged this.
  func waitForLog(_ text: String, times: Int = 1) async throws {
    _ = try await log.value(timeoutSeconds: Stage.patienceSeconds, waitingFor: "the log to say '\(text)'") {
      log in
      log.text.contains(text) ? true : nil
    }
  }

  /// `kill -9`
  func kill() {
    process.signal(SIGKILL)
  }

  @discardableResult
  func ended() async -> Platform.ExitStatus {
    let status = await process.wait()
    await reading.value
    return status
  }

  /// Asks it to end; gives how it ended and how long that took.
  func terminate() async -> (status: Platform.ExitStatus, seconds: Double) {
    let start = MonotonicClock.nanoseconds()
    process.signal(SIGTERM)
    let status = await ended()
    return (status, Double(MonotonicClock.nanoseconds() - start) / 1e9)
  }
}

/// The deployed programs on a stage: the file that configures them, and the matriz with its ports, which stay the same
/// when it is started again.
struct Deployment: Sendable {
  let stage: Stage
  let configurationFile: String
  let origin: String
  let grpcAddress: String
  private let environment: [String: String]

  /// What starts the workers.
  enum Runner {
    case nomad
    /// The matriz itself, on this machine; with further lines of the section `runner`, indented.
    case local(String = "")
  }

  /// - Parameters:
  ///   - sections: further sections of the file.
  ///   - server: further lines of its section `server`, indented.
  init(
    on stage: Stage, runner: Runner = .nomad, more sections: String = "", server: String = "",
    forge: String = ""
  ) async throws {
    self.stage = stage
    let runnerLines: String
    switch runner {
    case .nomad:
      environment = [:]
      runnerLines = "  type: nomad\n  addr: \(stage.nomad.url)\n  job_template: \(stage.template)"
    case .local(let more):
      environment = ["PATH": stage.searchPath, "HOME": stage.folder]
      runnerLines = "  type: local\n\(more)"
    }
    let ports = try await Self.freePorts(2)
    origin = "http://127.0.0.1:\(ports[0])"
    grpcAddress = "127.0.0.1:\(ports[1])"
    let settings = "\(stage.folder)/settings"
    configurationFile = "\(settings)/matriz.yaml"
    try await BlockingExecutor.files.run { try makeDirectories(settings) }
    try await stage.write(stage.github.appPrivateKeyPEM, to: "\(settings)/app.pem")
    try await stage.write(
      """
      server:
        http_addr: 127.0.0.1:\(ports[0])
        grpc_addr: 127.0.0.1:\(ports[1])
      \(server)
      jwt:
        secret: \(Stage.tokenSecret)
      forge:
        type: github
        app_id: \(stage.github.appID)
        private_key: \(settings)/app.pem
        webhook_secret: \(Stage.webhookSecret)
        api_url: \(stage.github.apiURL)
        uploads_url: \(stage.github.uploadsURL)
        web_url: \(stage.github.webURL)
      \(forge)
      runner:
      \(runnerLines)
      storage:
        data_dir: \(stage.folder)/data
      \(sections)

      """, to: configurationFile)
  }

  /// Starts the matriz, to which GitHub sends its webhooks from now on, and kills it at the end on every path.
  func withMatriz<T>(
    arguments: [String] = [], startedBy wrapper: [String] = [],
    _ body: (MatrizProgram, Site) async throws -> T
  ) async throws -> T {
    let program = try await MatrizProgram.start(
      configurationFile, arguments: arguments, startedBy: wrapper, environment: environment)
    do {
      let result = try await body(program, stage.site(origin: origin))
      program.kill()
      await program.ended()
      return result
    } catch {
      program.kill()
      await program.ended()
      throw error
    }
  }

  /// Starts a matriz to which GitHub sends its webhooks, and waits until it has died at a fault point; what `body` does
  /// meanwhile leads it there.
  func die(
    at faultPoint: String, _ body: (MatrizProgram, Site) async throws -> Void = { _, _ in }
  ) async throws {
    let program = try MatrizProgram.launch(
      configurationFile, faultPoint: faultPoint, environment: environment)
    do {
      if await program.serves() { try await body(program, stage.site(origin: origin)) }
      let status = try await withDeadline("the matriz to die at \(faultPoint)") { await program.ended() }
      #expect(status == .signalled(SIGKILL), "it never came to \(faultPoint): \(program.logText)")
    } catch {
      program.kill()
      await program.ended()
      Issue.record("dying at \(faultPoint): \(program.logText)")
      throw error
    }
  }

  /// Below the ports that the system gives to those who ask for any, so that nobody gets one while the matriz is down.
  private static let ports = 20_000..<32_000
  private static let taken = Mutex<Set<Int>>([])

  /// Ports that are free, and that no other test gets.
  private static func freePorts(_ count: Int) async throws -> [Int] {
    let group = try EventLoopGroup(count: 1, name: "ports")
    defer { group.shutdown() }
    var ports: [Int] = []
    while ports.count < count {
      let port = Int.random(in: Self.ports)
      guard taken.withLock({ $0.insert(port).inserted }),
        let listener = try? await Listener.start(
          at: Endpoint(host: "127.0.0.1", port: port), group: group, handler: { _ in nil })
      else { continue }
      await listener.close()
      ports.append(port)
    }
    return ports
  }
}

/// Waits for what cannot be cancelled, but not for ever.
func withDeadline<T: Sendable>(
  _ description: String, _ body: @escaping @Sendable () async -> T
) async throws -> T {
  let result = Watched<T?>(nil)
  Task {
    let value = await body()
    result.withLock { $0 = value }
  }
  return try await result.value(timeoutSeconds: Stage.patienceSeconds, waitingFor: description) { $0 }
}
