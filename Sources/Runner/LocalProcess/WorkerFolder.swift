import Glibc
import Platform

/// The folder of one worker: its record, what it writes itself, and the folder in which it works. Everything here blocks.
struct WorkerFolder: Sendable {
  private static let lastWordsBytes = 2_048
  private static let lastWordsLines = 5
  /// KILL is sent again to what others start meanwhile.
  private static let maximumKillRounds = 100
  private static let pauseMicroseconds: UInt32 = 10_000

  /// Set for the worker and so for all that it starts: whose process it is, wherever it went.
  static let markName = "MISE_CI_LOCAL_WORKER"

  let path: String

  /// The worker's handle.
  var name: String { path.split(separator: "/").last.map(String.init) ?? path }
  var workPath: String { "\(path)/work" }
  private var logPath: String { "\(path)/worker.log" }
  /// The name of its control group.
  var groupName: String { "mise-ci-\(name)" }

  func make() throws {
    try makeDirectories(workPath, mode: 0o700)
  }

  /// Starts the worker; what it writes itself goes to its log.
  func start(_ options: ProcessOptions) throws -> ChildProcess {
    let log = try Descriptor.open(logPath, flags: O_WRONLY | O_CREAT | O_APPEND, mode: 0o600)
    var options = options
    options.output = .descriptor(log.raw)
    options.error = .descriptor(log.raw)
    return try ChildProcess.spawn(options)
  }

  /// The end of what the worker has written, for a person: one line.
  func lastWords() -> String {
    guard let file = try? Descriptor.open(logPath, flags: O_RDONLY) else { return "" }
    let size = lseek(file.raw, 0, SEEK_END)
    guard lseek(file.raw, max(0, size - off_t(Self.lastWordsBytes)), SEEK_SET) >= 0,
      let bytes = try? file.read(upTo: Self.lastWordsBytes)
    else { return "" }
    return String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
      .suffix(Self.lastWordsLines).joined(separator: "; ")
  }

  /// Ends what a worker that is gone has left running. A worker that ends in order leaves nothing; one that was killed
  /// could not.
  func endLeftovers() {
    let group = ControlGroup.existing(named: groupName)
    for _ in 0..<Self.maximumKillRounds {
      group?.kill()
      let left = ProcessTree().members(withVariable: Self.markName, name)
      for process in left { kill(process.processID, SIGKILL) }
      if left.isEmpty, group?.isPopulated != true { break }
      usleep(Self.pauseMicroseconds)
    }
    group?.remove()
  }
}
