import Worker
import WorkerProtocol

/// A worker's process: the real session between a simulated connection and simulated commands.
///
/// It connects, connects again while its lease lasts, and goes when it was told to close and everything is
/// acknowledged. It may be stopped for a while (nothing of it moves), or killed.
final class SimulatedWorker {
  /// Small, so that commands wait for acknowledgements.
  private static let spoolBytes = 1_024
  private static let firstBackoffMilliseconds = 200
  private static let maximumBackoffMilliseconds = 5_000

  let key: AttemptKey
  let instance: String
  let nature: Nature
  let witness: Witness
  let log: SimulatedLog
  var session = WorkerSession(spoolCapacityBytes: SimulatedWorker.spoolBytes)
  /// What it carries out now.
  var command: SimulatedCommand?
  var onExit: (Int) -> Void = { _ in }
  private(set) var isAlive = true
  private(set) var endedAt: Int64?
  private(set) var link: Link?
  /// What it announces; an old one cannot stop what it does.
  let features: [String]
  private let door: Door
  private let leaseMilliseconds: Int64
  private var lostAt: Int64 = 0
  private var backoffMilliseconds = SimulatedWorker.firstBackoffMilliseconds
  private var isPumping = false
  private var isStopped = false
  /// What would have happened while it was stopped, in order.
  private var missed: [() -> Void] = []

  init(
    key: AttemptKey, instance: String, nature: Nature, witness: Witness, door: Door, leaseSeconds: Int
  ) {
    self.key = key
    self.instance = instance
    self.nature = nature
    self.witness = witness
    self.door = door
    log = witness.log(of: key)
    let canStop = !nature.strikes(.workerCannotStop)
    features = WorkerFeature.all.filter { canStop || $0 != WorkerFeature.cancel }
    leaseMilliseconds = Int64(leaseSeconds) * 1_000
  }

  // MARK: The process

  func start(mayHang: Bool) {
    if mayHang, nature.strikes(.workerNeverConnects) { return }
    let isLate = nature.strikes(.workerLate)
    act(after: isLate ? 20_000...400_000 : 100...3_000) { [self] in
      lostAt = nature.now
      connect()
    }
  }

  /// SIGKILL; or its machine is gone, and nobody closes the connection.
  func kill(serverNotices: Bool) {
    exit(137, serverNotices: serverNotices)
  }

  /// The runner stops it: TERM, and soon KILL.
  func terminate() {
    guard isAlive else { return }
    nature.after(10...5_000) { [self] in exit(143) }
  }

  /// SIGSTOP, and SIGCONT after a while.
  func stop(milliseconds: Int64) {
    guard isAlive, !isStopped else { return }
    note("is stopped for \(milliseconds) ms")
    isStopped = true
    // Its machine answers for it, but no ping of the protocol.
    link?.stall(milliseconds: milliseconds)
    nature.after(milliseconds) { [self] in
      isStopped = false
      let actions = missed
      missed = []
      for action in actions where isAlive { action() }
    }
  }

  func cut(serverNotices: Bool, workerNotices: Bool) {
    link?.cut(serverNotices: serverNotices, workerNotices: workerNotices)
  }

  func stallConnection(milliseconds: Int64) {
    link?.stall(milliseconds: milliseconds)
  }

  /// Something that this process does, unless it is gone by then.
  func act(after milliseconds: ClosedRange<Int>, _ action: @escaping () -> Void) {
    nature.after(milliseconds) { [self] in happen(action) }
  }

  func note(_ text: @autoclosure () -> String) {
    nature.note("worker \(instance) of \(key) \(text())")
  }

  private func happen(_ action: @escaping () -> Void) {
    guard isAlive else { return }
    if isStopped { missed.append(action) } else { action() }
  }

  private func exit(_ code: Int, serverNotices: Bool = true) {
    guard isAlive else { return }
    note("ends with \(code)")
    isAlive = false
    endedAt = nature.now
    command = nil
    missed = []
    link?.cut(serverNotices: serverNotices, workerNotices: true)
    link = nil
    onExit(code)
  }

  // MARK: The connection

  private func connect() {
    guard link == nil else { return }
    act(after: 5...150) { [self] in
      guard let matriz = door.matriz else { return connectLater() }
      let link = Link(nature: nature)
      self.link = link
      link.onWorker = { [weak self, weak link] message in
        guard let self, let link else { return }
        happen { [self] in
          if self.link === link { receive(message) }
        }
      }
      note("connects")
      matriz.accept(link, key, instance: instance, features: features)
      if nature.mutation == .workerForgetsWhatItRan { forget() }
      session.streamOpened()
      pump()
    }
  }

  /// A mistake: what was carried out before is not known any more.
  private func forget() {
    guard session.wasHeard else { return }
    session = WorkerSession(spoolCapacityBytes: Self.spoolBytes)
    command = nil
  }

  private func connectLater() {
    let delay = nature.random.number(in: (backoffMilliseconds / 2)...backoffMilliseconds)
    backoffMilliseconds = min(backoffMilliseconds * 2, Self.maximumBackoffMilliseconds)
    guard nature.now - lostAt + Int64(delay) < leaseMilliseconds else {
      note("gives up: its lease is over")
      return exit(1)
    }
    act(after: delay...delay) { [self] in connect() }
  }

  private func receive(_ message: Link.ToWorker) {
    switch message {
    case .message(let message):
      backoffMilliseconds = Self.firstBackoffMilliseconds
      perform(session.receive(message))
      goOn()
    case .end(let isFinal): streamEnded(isFinal: isFinal)
    case .broken: streamEnded(isFinal: false)
    }
  }

  private func streamEnded(isFinal: Bool) {
    let wasHeard = session.wasHeard
    link = nil
    session.streamEnded()
    if session.isFinished { return finish() }
    note(isFinal ? "is refused" : "has lost its connection")
    if wasHeard { lostAt = nature.now }
    // As the real one: a stream that worked is only followed by another when both sides can resume.
    if isFinal || wasHeard && !session.resumes { return exit(1) }
    connectLater()
  }

  /// Looks at the session after anything changed: there may be something to send, to read, or an end.
  func goOn() {
    readFile()
    if session.isFinished, !session.hasOutgoing { finish() } else { pump() }
  }

  /// Told to close, and the server has everything.
  private func finish() {
    guard isAlive else { return }
    log.isComplete = true
    log.checkLength()
    link?.sendToServer(.end)
    link = nil
    note("ends in good order")
    isAlive = false
    endedAt = nature.now
    onExit(0)
  }

  /// Sends a few messages, and goes on later: the stream takes what fits.
  private func pump() {
    guard !isPumping, link != nil, session.hasOutgoing else { return }
    isPumping = true
    act(after: 0...10) { [self] in
      isPumping = false
      for _ in 0..<nature.random.number(in: 1...4) {
        guard let link, let message = session.takeOutgoing() else { break }
        link.sendToServer(.message(message))
      }
      goOn()
    }
  }
}
