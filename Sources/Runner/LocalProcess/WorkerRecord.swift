import FoundationEssentials
import Glibc
import Platform
import Runner

/// What is kept on disk of a worker: enough to find it again after a restart, and to say how it ended.
///
///     made -> started (a process) -> ended (its exit code, where somebody was there to see it)
///
/// A worker gets its token only once it is recorded as started: a process that no record names ends by itself.
struct WorkerRecord: Codable, Hashable, Sendable {
  static let fileName = "worker.json"
  private static let maximumBytes = 65_536

  var runID: String
  var jobID: String
  var attempt: Int
  /// The machine's start that `process` belongs to: numbers begin anew with each.
  var bootID: String
  var process: ProcessTree.Identity?
  var end: End?

  struct End: Codable, Hashable, Sendable {
    /// As a shell tells it; `nil` when nobody was there to see it.
    var exitCode: Int32?
    var at: Timestamp
    /// The last lines that the worker itself wrote.
    var lastWords: String
  }

  init(_ request: DispatchRequest) {
    runID = request.runID
    jobID = request.jobID
    attempt = request.attempt
    bootID = Self.currentBootID()
  }

  /// The name of the worker's folder, by which the server knows it. The same job and attempt have the same.
  static func handle(jobID: String, attempt: Int) -> String { "\(jobID)-\(attempt)" }

  var handle: String { Self.handle(jobID: jobID, attempt: attempt) }

  /// Whether a handle, or a part of one, can be the name of a folder.
  static func isName(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= 200
      && text.utf8.allSatisfy {
        $0 == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
          || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0 | 0x20)
      }
  }

  /// Its process, if that lives.
  var livingProcess: ProcessTree.Identity? {
    guard end == nil, let process, bootID == Self.currentBootID(),
      ProcessTree.identity(of: process.processID) == process
    else { return nil }
    return process
  }

  var state: RunnerJobState {
    guard let end else { return process == nil ? .pending(reason: nil) : .running }
    let words = end.lastWords.isEmpty ? "" : ": \(end.lastWords)"
    switch end.exitCode {
    case 0: return .finished
    case let code?: return .failed(reason: "the worker ended with exit code \(code)\(words)")
    case nil: return .failed(reason: "the worker ended while the server was away\(words)")
    }
  }

  // MARK: On disk; these block.

  static func read(in folder: String) -> WorkerRecord? {
    guard let file = try? Descriptor.open("\(folder)/\(fileName)", flags: O_RDONLY),
      let bytes = try? file.read(upTo: maximumBytes)
    else { return nil }
    return try? JSONDecoder().decode(WorkerRecord.self, from: Data(bytes))
  }

  /// Written beside, synced and moved into place: there is the old record or the new one, never half of one.
  func write(in folder: String) throws {
    let bytes = try JSONEncoder().encode(self)
    let new = "\(folder)/\(Self.fileName).new"
    let file = try Descriptor.open(new, flags: O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600)
    try bytes.withUnsafeBytes { try file.writeAll($0) }
    guard fsync(file.raw) == 0, rename(new, "\(folder)/\(Self.fileName)") == 0 else {
      throw SystemError.last("write \(folder)/\(Self.fileName)")
    }
  }

  private static func currentBootID() -> String {
    guard let file = try? Descriptor.open("/proc/sys/kernel/random/boot_id", flags: O_RDONLY),
      let bytes = try? file.read(upTo: 64)
    else { return "" }
    return String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace).first.map(String.init)
      ?? ""
  }
}
