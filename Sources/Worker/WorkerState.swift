import Platform
import WorkerProtocol

/// The session and what its actions asked for; behind one lock, watched by the tasks of a worker.
struct WorkerState: Sendable {
  struct Command: Sendable {
    let id: UInt64
    let command: WorkerCommand
  }

  private struct Cancellation: Sendable {
    let id: UInt64
    /// When the grace period is over, on the monotonic clock in nanoseconds.
    var killNanoseconds: Int64
  }

  var session: WorkerSession
  /// What the next connection is made with.
  private(set) var token: String
  /// A command that was not taken up yet.
  private(set) var next: Command?
  private var cancellation: Cancellation?
  /// What must not be shown.
  let secrets: JobSecrets
  /// The worker ends: what runs is stopped, output is dropped.
  var isOver: Bool { overKillNanoseconds != nil }
  /// When the grace period for what still runs is over; as `cancellation`.
  private(set) var overKillNanoseconds: Int64?
  /// Where the server is not known to say so, this is the grace period.
  private let defaultGraceSeconds: Double

  init(session: WorkerSession, token: String, graceSeconds: Double) {
    self.session = session
    self.token = token
    self.defaultGraceSeconds = graceSeconds
    secrets = JobSecrets([token])
  }

  mutating func receive(_ message: ServerMessage) {
    perform(session.receive(message))
  }

  mutating func commandEnded(_ id: UInt64, _ result: CommandResult) {
    cancellation = nil
    perform(session.commandEnded(id, result))
  }

  mutating func takeNext() -> Command? {
    defer { next = nil }
    return next
  }

  /// The worker ends.
  mutating func end(graceSeconds: Double) {
    overKillNanoseconds = Self.nanoseconds(after: graceSeconds)
  }

  /// Once the command has to end, when its grace period is over; on the monotonic clock in nanoseconds. Of several
  /// reasons to end, the most urgent counts.
  func cancellation(of id: UInt64) -> Int64? {
    let own = cancellation.flatMap { $0.id == id ? $0.killNanoseconds : nil }
    return [own, overKillNanoseconds].compactMap { $0 }.min()
  }

  private mutating func cancel(_ id: UInt64, graceSeconds: Double) {
    let killNanoseconds = Self.nanoseconds(after: graceSeconds)
    let earlier = cancellation.flatMap { $0.id == id ? $0.killNanoseconds : nil } ?? .max
    cancellation = Cancellation(id: id, killNanoseconds: min(earlier, killNanoseconds))
  }

  private static func nanoseconds(after seconds: Double) -> Int64 {
    MonotonicClock.nanoseconds() + Int64(min(max(0, seconds), maximumGraceSeconds) * 1e9)
  }

  /// Longer grace periods are cut to this: a day.
  private static let maximumGraceSeconds = 86_400.0

  private mutating func perform(_ actions: [WorkerSession.Action]) {
    for action in actions {
      switch action {
      case .start(let id, let command): next = Command(id: id, command: command)
      case .cancel(let id, let graceSeconds):
        cancel(id, graceSeconds: graceSeconds.map(Double.init) ?? defaultGraceSeconds)
      case .useToken(let token):
        self.token = token
        secrets.add([token])
      case .mask(let values): secrets.add(values)
      }
    }
  }
}
