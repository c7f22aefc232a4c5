import Glibc
import Platform

/// A place in a task's script where it says that it is there and waits until it may go on: two FIFOs, so that neither
/// side polls.
struct Gate: Sendable {
  /// The shell commands to put into the script.
  let script: String
  private let arrived: PipeReader
  private let open: PipeWriter

  init(in folder: String, name: String = "gate") throws {
    let paths = ["\(folder)/\(name).arrived", "\(folder)/\(name).open"]
    for path in paths where mkfifo(path, 0o600) != 0 { throw SystemError.last("make \(path)") }
    // Both ways, so that opening does not wait for the other side and its end is no end for us.
    let flags = O_RDWR | O_NONBLOCK
    arrived = PipeReader(owning: try Descriptor.open(paths[0], flags: flags))
    open = PipeWriter(owning: try Descriptor.open(paths[1], flags: flags))
    script = "echo here > '\(paths[0])'; read line < '\(paths[1])'"
  }

  /// Waits until a task is at the gate.
  func waitUntilReached(timeoutSeconds: Double = Stage.patienceSeconds) async throws {
    let arrived = self.arrived
    try await withThrowingTaskGroup { group in
      group.addTask { _ = try await arrived.read() }
      group.addTask {
        try await Task.sleep(for: .seconds(timeoutSeconds))
        throw SystemError(code: ETIMEDOUT, operation: "wait for the task to reach its gate")
      }
      try await group.next()
      group.cancelAll()
    }
  }

  /// Lets the task go on.
  func pass() async throws {
    try await open.write(Array("go\n".utf8))
  }
}
