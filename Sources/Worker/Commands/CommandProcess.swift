import Glibc
import Platform
import WorkerProtocol

/// A process whose output goes to the job's log while it runs.
struct CommandProcess: Sendable {
  let context: CommandContext
  let executable: String
  let arguments: [String]
  /// All of it.
  let environment: [String: String]
  let folder: String
  /// Whether its output is dropped instead.
  var isSilent = false

  /// The most that is read from a pipe at once.
  private static let readBytes = 64 * 1_024
  /// In what steps the time for output after the end is counted.
  private static let drainStepSeconds = 0.1

  /// Runs the process to its end; when the command is cancelled, ends it with everything it started.
  ///
  /// Gives 127 for a program that is not there and 126 for one that cannot be executed, with a line in the log, as
  /// a shell does.
  func run() async throws -> Int32 {
    let process: ChildProcess
    switch try await start() {
    case .started(let child): process = child
    case .impossible(let code): return code
    }
    let reading = Task { await follow(process) }
    let termination = Task { try await terminateWhenCancelled(process) }
    let status = await process.wait()
    // When it is cancelled, its children are to be gone before the next command begins.
    if !context.isCancelled { termination.cancel() }
    _ = await termination.result
    let timer = Task { try await stopReading(reading) }
    await reading.value
    timer.cancel()
    return status.code
  }

  // MARK: Start

  private enum Start {
    case started(ChildProcess)
    case impossible(exitCode: Int32)
  }

  private func start() async throws -> Start {
    if ([executable, folder] + arguments).contains(where: { $0.utf8.contains(0) }) {
      throw CommandFailure("a NUL in the command's name, arguments or folder")
    }
    let (name, searchPath, folder) = (
      executable, environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin", folder
    )
    let (isFolder, lookup) = try await BlockingExecutor.files.run {
      var status = stat()
      let isFolder = stat(folder, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
      return (isFolder, ExecutableLookup(name, path: searchPath, folder: folder))
    }
    guard isFolder else { throw CommandFailure("the folder '\(folder)' is not there") }
    switch lookup {
    case .notFound: return refuse("\(name): command not found", 127)
    case .notExecutable: return refuse("\(name): not executable", 126)
    case .found(let path): return try spawn(path)
    }
  }

  private func spawn(_ path: String) throws -> Start {
    do {
      return .started(
        try ChildProcess.spawn(
          ProcessOptions(
            executable: path, arguments: arguments, environment: environment, workingDirectory: folder,
            output: .pipe, error: .pipe, leadsProcessGroup: true)))
    } catch let error as SystemError {
      switch error.code {
      // The file is there, so what is missing is its interpreter.
      case ENOENT: return refuse("\(executable): its interpreter is not there", 127)
      case EACCES, ENOEXEC: return refuse("\(executable): cannot be executed", 126)
      default: throw CommandFailure("cannot start \(executable): \(SystemError.text(of: error.code))")
      }
    }
  }

  private func refuse(_ text: String, _ exitCode: Int32) -> Start {
    context.note(text)
    return .impossible(exitCode: exitCode)
  }

  // MARK: Output

  /// Reads both pipes until their end.
  private func follow(_ process: ChildProcess) async {
    async let output: Void = follow(process.output, as: .standardOutput)
    async let error: Void = follow(process.error, as: .standardError)
    _ = await (output, error)
  }

  private func follow(_ pipe: PipeReader?, as stream: WorkerMessage.Output.Stream) async {
    var output = MaskedOutput(context.secrets)
    // Whatever ends the reading.
    defer { if !isSilent { show(output.flush(), on: stream) } }
    do {
      while true {
        try await context.waitForRoom()
        guard let bytes = try await pipe?.read(upTo: Self.readBytes) else { return }
        if !isSilent { show(output.feed(bytes), on: stream) }
      }
    } catch is CancellationError {
      // The time for output after the end is over.
    } catch {
      context.note("the command's output cannot be read: \(error)")
    }
  }

  private func show(_ bytes: [UInt8], on stream: WorkerMessage.Output.Stream) {
    context.produce(stream, bytes)
    context.noteUnmaskedSecrets()
  }

  /// Ends the reading when processes that outlive the command hold its pipes open for too long. Time in which the
  /// log takes nothing does not count.
  private func stopReading(_ reading: Task<Void, Never>) async throws {
    var remainingSeconds = context.options.drainSeconds
    while remainingSeconds > 0 {
      try await context.waitForRoom()
      try await Task.sleep(for: .seconds(Self.drainStepSeconds))
      remainingSeconds -= Self.drainStepSeconds
    }
    reading.cancel()
    await reading.value
    context.note("processes that outlive the command hold its output open; it is read no further")
  }

  // MARK: Cancellation

  private func terminateWhenCancelled(_ process: ChildProcess) async throws {
    try await context.cancellation()
    await ProcessTermination(
      process: process, adoptsOrphans: context.options.adoptsOrphans,
      killNanoseconds: { [context] in context.killNanoseconds }
    ).run()
  }
}
