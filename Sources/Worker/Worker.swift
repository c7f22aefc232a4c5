import CShims
import Crypto
import Glibc
import HTTP
import Platform
import WorkerProtocol

/// Carries out one job: connects to the server that the options name, does what it says, and ends with it.
///
/// Two things run side by side and meet in one `WorkerState`: the connector keeps a stream and moves messages, the
/// executor carries out commands. The session between them says what is owed to whom.
package enum Worker {
  /// Runs until the server said `Close` and has everything, or until it is lost; what it started is ended by then.
  ///
  /// A cancelled task ends the worker as a lost server does.
  package static func run(_ options: WorkerOptions) async -> WorkerExit {
    do {
      try options.validate()
    } catch {
      options.logger.error(error.message)
      return .usage
    }
    if options.adoptsOrphans, shim_set_subreaper() != 0 {
      options.logger.warning(
        "orphaned processes will not come to this worker", ["reason": "\(SystemError.last("prctl"))"])
    }
    do {
      return try await withWorkFolder(options) { folder in await run(options, in: folder) }
    } catch {
      options.logger.error("no work folder", ["reason": "\(error)"])
      return .lost
    }
  }

  private static func run(_ options: WorkerOptions, in folder: String) async -> WorkerExit {
    let state = Watched(
      WorkerState(
        session: WorkerSession(
          spoolCapacityBytes: options.spoolMemoryBytes, spoolFileBytes: options.spoolFileBytes),
        token: options.token, graceSeconds: options.graceSeconds))
    var configuration = HTTPClientConfiguration()
    configuration.certificateAuthorityFile = options.certificateAuthorityFile
    let httpClient = HTTPClient(configuration: configuration)
    let connector = WorkerConnector(
      options: options, info: await runnerInfo(options, folder), state: state, httpClient: httpClient)
    async let executed: Void = CommandExecutor(options: options, workFolder: folder, state: state).run()
    async let filed: Void = SpoolFiling(folder: folder, logger: options.logger, state: state).run()
    let exit = await connector.run()
    let graceSeconds = Task.isCancelled ? options.stopGraceSeconds : options.graceSeconds
    state.withLock { $0.end(graceSeconds: graceSeconds) }
    _ = await (executed, filed)
    // A process that a command left behind does not outlive the job.
    await ProcessTermination(
      process: nil, adoptsOrphans: options.adoptsOrphans,
      killNanoseconds: { state.withLock { $0.overKillNanoseconds } ?? 0 }
    ).run()
    await httpClient.shutdown()
    return exit
  }

  /// The folder that was named, or a new one that is removed afterwards.
  private static func withWorkFolder(
    _ options: WorkerOptions, _ body: (String) async -> WorkerExit
  ) async throws -> WorkerExit {
    guard let folder = options.workFolder else {
      return try await withTemporaryDirectory(prefix: "mise-ci-worker") { await body($0) }
    }
    let path = try absolutePath(folder)
    try await BlockingExecutor.files.run { try makeDirectories(path, mode: CommandContext.folderMode) }
    return await body(path)
  }

  private static func runnerInfo(
    _ options: WorkerOptions, _ folder: String
  ) async -> WorkerMessage.RunnerInfo {
    var system = utsname()
    uname(&system)
    var info = WorkerMessage.RunnerInfo()
    info.hostname = text(of: system.nodename)
    info.os = text(of: system.sysname).lowercased()
    info.arch = architecture(text(of: system.machine))
    info.version = options.version
    info.extra = [
      WorkerService.instanceKey: RandomBytes.hexadecimal(16),
      WorkerService.workspaceKey: await resolved(folder),
    ]
    info.features = WorkerFeature.all
    return info
  }

  /// The folder as commands in it see it.
  private static func resolved(_ folder: String) async -> String {
    let path = try? await BlockingExecutor.files.run { () -> String? in
      guard let path = realpath(folder, nil) else { return nil }
      defer { free(path) }
      return String(cString: path)
    }
    return path.flatMap { $0 } ?? folder
  }

  private static func text<Characters>(of characters: Characters) -> String {
    withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }

  /// The kernel's name of a machine as Go names it.
  private static func architecture(_ machine: String) -> String {
    switch machine {
    case "x86_64": "amd64"
    case "aarch64": "arm64"
    default: machine
    }
  }
}
