import Platform
import WorkerProtocol

/// What a command works with: where it is, what it inherits, and the way for its output.
struct CommandContext: Sendable {
  let id: UInt64
  let options: WorkerOptions
  let path: WorkPath
  let environment: CommandEnvironment
  let state: Watched<WorkerState>
  let secrets: JobSecrets

  /// Of folders that are made for a command; the process's mask takes from it, as for those that a command makes.
  static let folderMode: UInt32 = 0o777

  /// Waits until the log takes more; while it does not, nothing is read from the command.
  func waitForRoom() async throws {
    _ = try await state.value { $0.isOver || $0.session.hasRoom ? true : nil }
  }

  /// Puts output at the end of the log.
  func produce(_ stream: WorkerMessage.Output.Stream, _ bytes: [UInt8]) {
    state.withLock { state in
      // Nobody will take it; and what is kept has a bound.
      guard !state.isOver else { return }
      state.session.produce(id: id, stream: stream, bytes)
    }
  }

  /// A line of the worker's own among the command's.
  func note(_ text: String) {
    produce(.standardError, Array("mise-ci: \(secrets.masked(text))\n".utf8))
  }

  /// Says which secrets are not masked, where that was not said yet.
  func noteUnmaskedSecrets() {
    for text in secrets.takeNotes() { note(text) }
  }

  /// Waits until the command has to end.
  func cancellation() async throws {
    _ = try await state.value { [id] in $0.cancellation(of: id) }
  }

  /// When a cancelled command's grace period is over, on the monotonic clock in nanoseconds; it may become shorter.
  var killNanoseconds: Int64 { state.withLock { $0.cancellation(of: id) } ?? .max }

  var isCancelled: Bool { state.withLock { $0.cancellation(of: id) != nil } }
}

/// Why a command could not be carried out; its text is what the server is told.
struct CommandFailure: Error, Sendable, CustomStringConvertible {
  let description: String

  init(_ description: String) {
    self.description = description
  }
}
