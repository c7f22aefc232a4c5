import GRPC
import Platform
import Synchronization
import WorkerProtocol

/// What reaches a worker's session from outside while it waits for the worker: that a step is to stop, that the job is
/// over, that there is another secret to mask.
final class SessionControl: Sendable {
  /// A worker that was told to go is cut off when nothing came from it for so long.
  static let maximumCloseSeconds = 30
  /// However much it has still to say.
  static let maximumDrainSeconds = 600

  /// A longer silence is waited for no longer than this: ten years.
  private static let maximumSilenceSeconds = 315_360_000

  private struct Stop {
    let step: Int
    let graceSeconds: Int
  }

  private struct State {
    var stop: Stop?
    /// The command that the worker has.
    var underWay: (step: Int, id: UInt64)?
    /// The last command that was cancelled.
    var cancelled: UInt64?
    /// What the session does for a step before it has a command.
    var preparation: (step: Int, cancel: @Sendable () -> Void)?
    var secrets: [String] = []
    var deadline: Task<Void, Never>?
    var hasEnded = false
  }

  private let stream: GRPCServerStream
  private let state = Mutex(State())
  /// When output came last, in nanoseconds of the monotonic clock.
  private let lastOutput = Atomic<Int64>(0)

  init(stream: GRPCServerStream) {
    self.stream = stream
  }

  // MARK: From outside

  /// The step is to stop: its command is cancelled, or never sent.
  func stop(step: Int, graceSeconds: Int) {
    let (message, cancel) = state.withLock { state -> (ServerMessage?, (@Sendable () -> Void)?) in
      state.stop = Stop(step: step, graceSeconds: graceSeconds)
      let cancel = state.preparation?.step == step ? state.preparation?.cancel : nil
      return (Self.dueCancellation(&state), cancel)
    }
    cancel?()
    guard let message else { return }
    // If it cannot be sent the connection is gone, and the next one begins with it.
    Task { [stream] in try? await stream.send(message.encode()) }
  }

  /// The job is over: the worker is to go, and is cut off if it does not.
  func close() {
    guard beginClosing() else { return }
    Task { [stream] in try? await stream.send(ServerMessage(.close).encode()) }
  }

  /// Output is not to show this value.
  func mask(_ secret: String) {
    state.withLock { $0.secrets.append(secret) }
  }

  // MARK: From the session

  /// Whether the step is to stop, so that nothing more is sent for it.
  func isStopping(_ step: Int) -> Bool {
    state.withLock { $0.stop?.step == step }
  }

  /// Carries out what has to be done before the step's command, until it is done or the step is to stop.
  func prepare<T: Sendable>(step: Int, _ body: @escaping @Sendable () async -> T) async -> T {
    let task = Task { await body() }
    let isLate = state.withLock { state in
      state.preparation = (step, { task.cancel() })
      return state.stop?.step == step
    }
    if isLate { task.cancel() }
    defer { state.withLock { $0.preparation = nil } }
    return await withTaskCancellationHandler {
      await task.value
    } onCancel: {
      task.cancel()
    }
  }

  /// The command was sent; gives what is to be sent after it.
  func begin(step: Int, command id: UInt64) -> ServerMessage? {
    outputCame()
    return state.withLock { state in
      state.underWay = (step, id)
      return Self.dueCancellation(&state)
    }
  }

  func ended(command id: UInt64) {
    state.withLock { if $0.underWay?.id == id { $0.underWay = nil } }
  }

  func takeSecrets() -> [String] {
    state.withLock { state in
      defer { state.secrets = [] }
      return state.secrets
    }
  }

  func outputCame() {
    lastOutput.store(MonotonicClock.nanoseconds(), ordering: .relaxed)
  }

  /// Waits until there was no output for so long.
  func waitForSilence(seconds: Int) async throws {
    let limit = Int64(min(seconds, Self.maximumSilenceSeconds)) * 1_000_000_000
    while true {
      let silent = silentNanoseconds
      if silent >= limit { return }
      try await Task.sleep(for: .nanoseconds(limit - silent))
    }
  }

  /// The worker is told to go, and has only so much time. `false` when it was told already.
  @discardableResult
  func beginClosing() -> Bool {
    outputCame()
    return state.withLock { state in
      guard state.deadline == nil, !state.hasEnded else { return false }
      state.deadline = Task { await cutOffWhenSilent() }
      return true
    }
  }

  private func cutOffWhenSilent() async {
    let end = MonotonicClock.nanoseconds() + Int64(Self.maximumDrainSeconds) * 1_000_000_000
    while MonotonicClock.nanoseconds() < end,
      silentNanoseconds <= Int64(Self.maximumCloseSeconds) * 1_000_000_000
    {
      guard (try? await Task.sleep(for: .seconds(1))) != nil else { return }
    }
    stream.cancel(GRPCStatus(.deadlineExceeded, "the worker did not go after Close"))
  }

  /// Whether the worker has a command whose result did not come.
  var hasCommandUnderWay: Bool { state.withLock { $0.underWay != nil } }

  private var silentNanoseconds: Int64 {
    MonotonicClock.nanoseconds() - lastOutput.load(ordering: .relaxed)
  }

  /// The session is over.
  func end() {
    let deadline = state.withLock { state in
      state.hasEnded = true
      return state.deadline
    }
    deadline?.cancel()
  }

  private static func dueCancellation(_ state: inout State) -> ServerMessage? {
    guard let stop = state.stop, let underWay = state.underWay, underWay.step == stop.step,
      state.cancelled != underWay.id
    else { return nil }
    state.cancelled = underWay.id
    return cancellation(of: underWay.id, graceSeconds: stop.graceSeconds)
  }

  static func cancellation(of id: UInt64, graceSeconds: Int) -> ServerMessage {
    ServerMessage(.cancel(ServerMessage.Cancel(id: id, graceSeconds: UInt32(clamping: graceSeconds))))
  }
}
