import Crypto
import GRPC
import HTTP
import Platform
import WorkerProtocol

/// Keeps a stream to the server, for as long as the lease lasts.
struct WorkerConnector: Sendable {
  let options: WorkerOptions
  let info: WorkerMessage.RunnerInfo
  let state: Watched<WorkerState>
  let httpClient: HTTPClient

  private static let backoff = Backoff(firstSeconds: 0.2, maximumSeconds: 5)
  /// A stream that lasted this long was a good one.
  private static let steadyNanoseconds: Int64 = 10_000_000_000

  /// Connects, and connects again, until the session is finished or there is no use in it.
  func run() async -> WorkerExit {
    var leaseSeconds = options.leaseSeconds
    var tries = 0
    var lost = MonotonicClock.nanoseconds()
    while true {
      let begun = MonotonicClock.nanoseconds()
      let attempt = await attempt(leaseSeconds: leaseSeconds)
      if let seconds = attempt.leaseSeconds { leaseSeconds = seconds }
      if attempt.hadStream {
        // A server that ends each stream at once is not asked ever faster.
        if MonotonicClock.nanoseconds() - begun > Self.steadyNanoseconds { tries = 0 }
        lost = MonotonicClock.nanoseconds()
      }
      if let exit = exit(after: attempt) { return exit }
      tries += 1
      let delaySeconds = Self.backoff.delaySeconds(afterTries: tries)
      let awaySeconds = Double(MonotonicClock.nanoseconds() - lost) / 1e9
      guard awaySeconds + delaySeconds < leaseSeconds else {
        options.logger.error(
          "the server was not reached for \(Int(leaseSeconds)) s", ["reason": attempt.reason])
        return .lost
      }
      options.logger.info("connecting again", ["reason": attempt.reason])
      do { try await Task.sleep(for: .seconds(delaySeconds)) } catch { return .lost }
    }
  }

  private struct Attempt: Sendable {
    var leaseSeconds: Double?
    /// Whether the server accepted the stream.
    var hadStream = false
    var failure: ConnectFailure?
    /// Whether the session came to its end.
    var isFinished = false

    var reason: String { failure?.description ?? "the server ended the stream" }
  }

  /// `nil` while another attempt makes sense.
  private func exit(after attempt: Attempt) -> WorkerExit? {
    let (isFinished, resumes) = state.withLock { ($0.session.isFinished, $0.session.resumes) }
    if attempt.isFinished || isFinished { return .closed }
    if attempt.failure?.isFinal == true || attempt.hadStream && !resumes {
      options.logger.error("the server is lost", ["reason": attempt.reason])
      return .lost
    }
    return nil
  }

  private func attempt(leaseSeconds: Double) async -> Attempt {
    var attempt = Attempt()
    let token = state.withLock { $0.token }
    do {
      let place = try await ServerLookup(client: httpClient, options: options).place(token: token)
      attempt.leaseSeconds = place.leaseSeconds
      if let spool = place.spool { state.withLock { $0.session.useSpool(spool) } }
      try await connect(
        to: place, token: token, leaseSeconds: place.leaseSeconds ?? leaseSeconds, &attempt)
    } catch let failure as ConnectFailure {
      attempt.failure = failure
    } catch let status as GRPCStatus {
      attempt.failure = ConnectFailure(status)
    } catch {
      // A certificate file that cannot be read, a task that was cancelled.
      attempt.failure = ConnectFailure("\(error)", isFinal: true)
    }
    return attempt
  }

  private func connect(
    to place: ServerLookup.Place, token: String, leaseSeconds: Double, _ attempt: inout Attempt
  ) async throws {
    var configuration = GRPCClientConfiguration()
    configuration.keepalive = GRPCKeepalive(
      intervalSeconds: options.pingSeconds, timeoutSeconds: options.pingSeconds)
    if place.isSecure {
      configuration.security = try await TLSContext.client(
        authoritiesFile: options.certificateAuthorityFile, applicationProtocols: ["h2"])
    }
    let client = try await GRPCClient.connect(to: place.endpoint, configuration)
    let stream: GRPCClientStream
    do {
      stream = try await client.openStream(
        path: WorkerService.connectPath, metadata: [WorkerService.authorizationHeader: "Bearer \(token)"])
    } catch {
      await client.close()
      throw error
    }
    let end = await WorkerStream(
      stream: stream, info: info, state: state, leaseSeconds: leaseSeconds
    ).serve()
    await client.close()
    switch end {
    case .finished: (attempt.hadStream, attempt.isFinished) = (true, true)
    case .endedByServer: attempt.hadStream = true
    case .broken(let failure):
      attempt.failure = failure
      attempt.hadStream = !failure.isFinal && state.withLock { $0.session.wasHeard }
    }
  }
}
