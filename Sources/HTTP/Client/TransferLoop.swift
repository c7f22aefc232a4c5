import CCurl
import Platform
import Synchronization

/// The thread on which libcurl carries out all transfers of a client.
///
/// Ends by `stop`; until then it keeps itself alive, so its client stops it when it goes.
final class TransferLoop: Sendable {
  enum Command {
    case start(Transfer)
    /// Ends the transfer, whether it was started or not.
    case cancel(Transfer)
    /// Bytes can be taken, or there are some to send.
    case resume(Transfer)
  }

  private struct State {
    var commands: [Command] = []
    var isStopping = false
    var hasEnded = false
    var stopWaiters: [CheckedContinuation<Void, Never>] = []
  }

  private let state = Mutex(State())
  private let multi: MultiHandle

  /// How long to wait at most when nothing is known to happen.
  private static let maximumWaitMilliseconds: Int32 = 60_000

  private static let isLibraryReady = curl_global_init(Int(CURL_GLOBAL_ALL)) == CURLE_OK

  /// Throws `HTTPClientError` when libcurl cannot be used.
  init(configuration: HTTPClientConfiguration) throws(HTTPClientError) {
    guard Self.isLibraryReady, let multi = MultiHandle(configuration) else {
      throw HTTPClientError(.failed, "libcurl cannot be initialized")
    }
    self.multi = multi
    Thread.start(name: "http-client") { [self] in run() }
  }

  /// Hands a command over; `false` when the loop ends.
  @discardableResult
  func submit(_ command: Command) -> Bool {
    state.withLock { state in
      if state.isStopping { return false }
      state.commands.append(command)
      // Under the lock: afterwards the handle may be gone.
      multi.wakeUp()
      return true
    }
  }

  /// Ends all transfers and the thread; does not wait for that.
  func stop() {
    state.withLock { state in
      if state.isStopping { return }
      state.isStopping = true
      multi.wakeUp()
    }
  }

  /// `stop`, and waits until the connections are closed.
  func stopAndWait() async {
    stop()
    await withCheckedContinuation { continuation in
      let hasEnded = state.withLock { state in
        if !state.hasEnded { state.stopWaiters.append(continuation) }
        return state.hasEnded
      }
      if hasEnded { continuation.resume() }
    }
  }

  // MARK: - On the thread

  private func run() {
    var running = RunningTransfers()
    while true {
      let (commands, isStopping) = state.withLock { state in
        defer { state.commands = [] }
        return (state.commands, state.isStopping)
      }
      for command in commands { carryOut(command, &running) }
      if isStopping { break }
      multi.perform { easy, result in running.remove(easy)?.end(result) }
      let wait = endSilentTransfers(&running)
      multi.wait(milliseconds: wait)
    }
    finish(&running)
  }

  private func carryOut(_ command: Command, _ running: inout RunningTransfers) {
    switch command {
    case .start(let transfer):
      guard !transfer.isCancelled else { return transfer.end(with: Self.cancelled(transfer)) }
      guard let easy = transfer.start() else { return }
      guard multi.add(easy) else {
        return transfer.end(with: HTTPClientError(.failed, "\(transfer.what): libcurl took no transfer"))
      }
      running.add(transfer, easy)
    case .cancel(let transfer):
      transfer.isCancelled = true
      end(transfer, with: Self.cancelled(transfer), &running)
    case .resume(let transfer):
      transfer.resume()
    }
  }

  private func end(_ transfer: Transfer, with error: HTTPClientError, _ running: inout RunningTransfers) {
    guard let easy = running.remove(transfer) else { return }
    multi.remove(easy)
    transfer.end(with: error)
  }

  /// Ends transfers whose peer is silent, and says for how long none other will be.
  private func endSilentTransfers(_ running: inout RunningTransfers) -> Int32 {
    let now = MonotonicClock.nanoseconds()
    var next = Int64.max
    for transfer in running.transfers {
      guard let deadline = transfer.idleDeadline else { continue }
      if deadline <= now {
        let error = HTTPClientError(.timedOut, "\(transfer.what): the server was silent for too long")
        end(transfer, with: error, &running)
      } else {
        next = min(next, deadline)
      }
    }
    guard next < Int64.max else { return Self.maximumWaitMilliseconds }
    return Int32(min(Int64(Self.maximumWaitMilliseconds), (next - now) / 1_000_000 + 1))
  }

  private func finish(_ running: inout RunningTransfers) {
    for transfer in running.transfers {
      end(transfer, with: HTTPClientError(.shutDown, "\(transfer.what): the client was shut down"), &running)
    }
    multi.cleanUp()
    let waiters = state.withLock { state in
      state.hasEnded = true
      defer { state.stopWaiters = [] }
      return state.stopWaiters
    }
    for waiter in waiters { waiter.resume() }
  }

  private static func cancelled(_ transfer: Transfer) -> HTTPClientError {
    HTTPClientError(.cancelled, "\(transfer.what): cancelled")
  }
}

/// The transfers that libcurl works on, by handle and by identity.
private struct RunningTransfers {
  private var byHandle: [UnsafeMutableRawPointer: Transfer] = [:]
  private var handles: [ObjectIdentifier: UnsafeMutableRawPointer] = [:]

  var transfers: [Transfer] { Array(byHandle.values) }

  mutating func add(_ transfer: Transfer, _ easy: UnsafeMutableRawPointer) {
    byHandle[easy] = transfer
    handles[ObjectIdentifier(transfer)] = easy
  }

  mutating func remove(_ easy: UnsafeMutableRawPointer) -> Transfer? {
    guard let transfer = byHandle.removeValue(forKey: easy) else { return nil }
    handles[ObjectIdentifier(transfer)] = nil
    return transfer
  }

  mutating func remove(_ transfer: Transfer) -> UnsafeMutableRawPointer? {
    guard let easy = handles.removeValue(forKey: ObjectIdentifier(transfer)) else { return nil }
    byHandle[easy] = nil
    return easy
  }
}
