import Worker
import WorkerProtocol

/// One stream between a worker and the matriz. Messages of one direction arrive in order; what is under way when the
/// connection is cut never does, and each side learns of the cut when its own time comes.
final class Link {
  enum ToServer {
    case message(WorkerSession.Outgoing)
    /// The worker has nothing more to say.
    case end
    case broken
  }

  enum ToWorker {
    case message(ServerMessage)
    /// The server ended the stream; final: it is no use to come back.
    case end(isFinal: Bool)
    case broken
  }

  /// A side that hears nothing, not even pings, gives the connection up after this.
  static let pingMilliseconds = 20_000

  let nature: Nature
  var onServer: (ToServer) -> Void = { _ in }
  var onWorker: (ToWorker) -> Void = { _ in }
  /// No message passes any more.
  private(set) var isCut = false
  private var serverHasEnded = false
  private var workerHasEnded = false
  private var toServerFree: Int64 = 0
  private var toWorkerFree: Int64 = 0

  init(nature: Nature) {
    self.nature = nature
  }

  func sendToServer(_ message: ToServer) {
    let delay = passage(&toServerFree)
    nature.after(delay) { [self] in
      if !isCut { tellServer(message) }
    }
  }

  func sendToWorker(_ message: ToWorker) {
    let delay = passage(&toWorkerFree)
    nature.after(delay) { [self] in
      if !isCut { tellWorker(message) }
    }
  }

  /// The server ends the stream, and hears nothing of it any more.
  func endFromServer(isFinal: Bool) {
    serverHasEnded = true
    sendToWorker(.end(isFinal: isFinal))
  }

  /// Cuts the connection. A side that does not notice at once does when its ping stays without an answer.
  func cut(serverNotices: Bool = true, workerNotices: Bool = true) {
    guard !isCut else { return }
    isCut = true
    nature.after(noticing(serverNotices)) { [self] in tellServer(.broken) }
    nature.after(noticing(workerNotices)) { [self] in tellWorker(.broken) }
  }

  /// Nothing passes for so long; then it goes on, if nobody has given up.
  func stall(milliseconds: Int64) {
    toServerFree = max(toServerFree, nature.now + milliseconds)
    toWorkerFree = max(toWorkerFree, nature.now + milliseconds)
    guard milliseconds > Int64(Self.pingMilliseconds) else { return }
    nature.after(Int64(Self.pingMilliseconds)) { [self] in cut() }
  }

  private func tellServer(_ message: ToServer) {
    guard !serverHasEnded else { return }
    if case .message = message {} else { serverHasEnded = true }
    onServer(message)
  }

  private func tellWorker(_ message: ToWorker) {
    guard !workerHasEnded else { return }
    if case .message = message {} else { workerHasEnded = true }
    onWorker(message)
  }

  private func noticing(_ isAtOnce: Bool) -> Int64 {
    Int64(
      isAtOnce ? nature.random.number(in: 0...100) : nature.random.number(in: 1_000...Self.pingMilliseconds))
  }

  private func passage(_ free: inout Int64) -> Int64 {
    free = max(free, nature.now + Int64(nature.random.number(in: 0...20)))
    return free - nature.now
  }
}
