import Glibc
import Platform

/// Ends a command with everything that it started, or what is left of all commands: TERM, and after the grace period
/// KILL.
///
/// A process that left the command's group is found as its descendant; one whose parent is gone already is found only
/// when orphans come to this process (`adoptsOrphans`).
struct ProcessTermination: Sendable {
  /// How often it is looked whether all are gone.
  private static let pollSeconds = 0.02
  /// How often KILL is sent, to processes that others start meanwhile.
  private static let maximumKillRounds = 250
  /// How often STOP is sent before each KILL.
  private static let maximumStopRounds = 16

  /// The command; `nil` for what is below this process, which it has to itself then (`adoptsOrphans`).
  let process: ChildProcess?
  let adoptsOrphans: Bool
  /// When the grace period is over, on the monotonic clock in nanoseconds; asked again and again.
  let killNanoseconds: @Sendable () -> Int64

  /// Returns when nothing of it lives. A task that is cancelled, as a worker's is that is told to go, waits for that as
  /// well.
  func run() async {
    await Task { await terminate() }.value
  }

  private func terminate() async {
    var known = await members()
    send(SIGTERM, to: known)
    while await lives(&known), MonotonicClock.nanoseconds() < killNanoseconds() {
      await pause()
    }
    for _ in 0..<Self.maximumKillRounds {
      guard await lives(&known) else { return }
      await stop(&known)
      send(SIGKILL, to: known)
      await pause()
    }
  }

  /// What is stopped starts nothing more: else processes that start others could be ahead of KILL for ever.
  private func stop(_ known: inout Set<ProcessTree.Identity>) async {
    for _ in 0..<Self.maximumStopRounds {
      let count = known.count
      send(SIGSTOP, to: known)
      known.formUnion(await members())
      if known.count == count { return }
    }
  }

  /// Whether something of the command is there; adds what was started since.
  private func lives(_ known: inout Set<ProcessTree.Identity>) async -> Bool {
    known.formUnion(await members())
    let seen = known
    known = await onFiles { ProcessTree().living(of: seen) }
    return process.map { $0.status == nil } == true || !known.isEmpty
  }

  private func members() async -> Set<ProcessTree.Identity> {
    let root = process?.processID
    let adoptsOrphans = adoptsOrphans
    return await onFiles {
      let tree = ProcessTree()
      // All that lies below a worker belongs to its command: it runs one at a time.
      if adoptsOrphans { return tree.members(below: getpid(), includingGroup: false) }
      return root.map { tree.members(below: $0, includingGroup: true) } ?? []
    }
  }

  private func onFiles(
    _ body: @escaping @Sendable () -> Set<ProcessTree.Identity>
  ) async -> Set<ProcessTree.Identity> {
    // The shared executor takes work as long as the process lives.
    (try? await BlockingExecutor.files.run(body)) ?? []
  }

  private func pause() async {
    try? await Task.sleep(for: .seconds(Self.pollSeconds))
  }

  private func send(_ signal: Int32, to identities: Set<ProcessTree.Identity>) {
    process?.signal(signal)
    for identity in identities { kill(identity.processID, signal) }
  }
}

/// Orphans that came to this process.
enum AdoptedProcesses {
  /// Waits for those that are dead, so that they do not stay as zombies. Only while no command runs: a command's
  /// own end belongs to whoever started it.
  static func reap() async {
    try? await BlockingExecutor.files.run {
      for processID in ProcessTree().zombies(of: getpid()) {
        waitpid(processID, nil, WNOHANG)
      }
    }
  }
}
