import WorkerProtocol

/// The session and what its actions asked for; behind one lock, watched by the tasks of a worker.
struct WorkerState: Sendable {
  struct Command: Sendable {
    let id: UInt64
    let command: WorkerCommand
  }

  struct Cancellation: Sendable {
    let id: UInt64
    let graceSeconds: Double
  }

  var session: WorkerSession
  /// What the next connection is made with.
  private(set) var token: String
  /// A command that was not taken up yet.
  private(set) var next: Command?
  private(set) var cancellation: Cancellation?
  /// What must not be shown.
  let secrets: JobSecrets
  /// The worker ends: what runs is stopped, output is dropped.
  var isOver = false
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

  /// The grace period, once the command has to end.
  func cancellation(of id: UInt64) -> Double? {
    if let cancellation, cancellation.id == id { return cancellation.graceSeconds }
    return isOver ? defaultGraceSeconds : nil
  }

  private mutating func perform(_ actions: [WorkerSession.Action]) {
    for action in actions {
      switch action {
      case .start(let id, let command): next = Command(id: id, command: command)
      case .cancel(let id, let graceSeconds):
        cancellation = Cancellation(
          id: id, graceSeconds: graceSeconds.map(Double.init) ?? defaultGraceSeconds)
      case .useToken(let token):
        self.token = token
        secrets.add([token])
      case .mask(let values): secrets.add(values)
      }
    }
  }
}
