import Glibc
import Platform
import Worker

/// `mise-ci worker`: carries out one job.
enum WorkerCommand {
  static let command = Command(
    "worker", "Carries out one job for a server that commands it.",
    discussion: """
      A runner starts it with MISE_CI_CALLBACK, MISE_CI_TOKEN and, for a private authority, MISE_CI_CA_FILE in its
      environment. It ends with 0 when the server has let it go, whatever the job's result, and with 1 when the server was
      not reached, refused it, or did not come back. SIGTERM ends the job with every process that it started.
      """,
    options: [
      .init("callback", value: "URL", "The server's origin; else MISE_CI_CALLBACK."),
      .init(
        "token-file", value: "FILE",
        "A file with the job's token, or - for standard input; else MISE_CI_TOKEN."),
      .init("token", value: "TOKEN", "The job's token itself; others on the machine can read it."),
      .init("server", value: "HOST:PORT", "The gRPC address; skips the lookup at the callback."),
      .init("folder", value: "PATH", "Where to work; else a new folder, removed at the end."),
      .init(
        "limits", value: "LIST",
        "What each process may use: open-files=N,file-bytes=N,memory-bytes=N,processes=N."),
    ])

  /// A token file is no larger.
  private static let maximumTokenBytes = 64 * 1_024

  static func run(_ values: CommandLineValues) async throws -> Int32 {
    var options = WorkerOptions(environment: ProcessEnvironment.current())
    if let callback = values.string("callback") { options.callbackURL = callback }
    if let server = values.string("server") { options.serverAddress = server }
    if let folder = values.string("folder") { options.workFolder = folder }
    if let limits = values.string("limits") { try apply(limits) }
    if let token = try await token(values) { options.token = token }
    do {
      try options.validate()
    } catch {
      throw UsageError("mise-ci worker: \(error.message)")
    }
    options.adoptsOrphans = true
    // Commands run as the same user, who can read this process's environment.
    WorkerProcessEnvironment.hide(token: options.token, callbackURL: options.callbackURL)
    return try await work(options).rawValue
  }

  /// A runner that stops us has what we started ended as well.
  private static func work(_ options: WorkerOptions) async throws -> WorkerExit {
    let work = Task { await Worker.run(options) }
    try Signals.handle([SIGTERM, SIGINT]) { _ in work.cancel() }
    return await work.value
  }

  private static func token(_ values: CommandLineValues) async throws -> String? {
    if let token = values.string("token") {
      StandardError.print(
        "mise-ci worker: a token on the command line can be read by others on this machine; use --token-file")
      return token
    }
    guard let file = values.string("token-file") else { return nil }
    let bytes =
      file == "-"
      ? try await standardInput() : try await ByteStream.file(file).collect(upTo: maximumTokenBytes)
    return String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace).first.map(String.init)
      ?? ""
  }

  /// Up to the end of the first line. Whoever starts us may let us wait, and have us give up by closing it.
  private static func standardInput() async throws -> [UInt8] {
    try await BlockingExecutor.files.run {
      let input = try Descriptor.open("/dev/stdin", flags: O_RDONLY)
      var bytes: [UInt8] = []
      while bytes.count < maximumTokenBytes, !bytes.contains(UInt8(ascii: "\n")) {
        let chunk = try input.read(upTo: maximumTokenBytes - bytes.count)
        if chunk.isEmpty { break }
        bytes += chunk
      }
      return bytes
    }
  }

  private static func apply(_ text: String) throws {
    do {
      try ResourceLimits(parsing: text).apply()
    } catch let error as UsageError {
      throw UsageError("mise-ci worker: --limits: \(error.message)")
    }
    // A file that may not grow is an error of the write; commands get the signal's usual action.
    signal(SIGXFSZ, SIG_IGN)
  }
}
