import Forge
import GRPC
import Platform
import RunModel
import Synchronization
import WorkerProtocol

/// Answers `ci.Server/Connect`: checks who connects, and has one session at a time for each attempt of a job.
final class WorkerService: Sendable {
  /// A worker says who it is within this of its connection.
  private static let maximumGreetingSeconds = 10

  /// An attempt of a job, and the connection that serves it now.
  private struct Connected {
    let stream: GRPCServerStream
    let token: WorkerToken
    let instance: String
    /// The worker knows what to do with a new token.
    let takesTokens: Bool
    let ended: Watched<Bool>
  }

  private let surroundings: WorkerSession.Surroundings
  private let logs: JobLogs
  private let secret: [UInt8]
  private let connected = Mutex<[String: Connected]>([:])

  init(surroundings: WorkerSession.Surroundings, logs: JobLogs, secret: [UInt8]) {
    self.surroundings = surroundings
    self.logs = logs
    self.secret = secret
  }

  /// The handler of every call.
  func handle(_ stream: GRPCServerStream) async -> GRPCStatus {
    guard stream.path == WorkerProtocol.WorkerService.connectPath else {
      return GRPCStatus(.unimplemented, "unknown method \(stream.path)")
    }
    let token: WorkerToken
    do {
      let header = stream.metadata[WorkerProtocol.WorkerService.authorizationHeader]
      token = try WorkerToken.verify(authorization: header, secret: secret, at: surroundings.conductor.now())
    } catch {
      return GRPCStatus(.unauthenticated, "the token is not accepted: \(error)")
    }
    do {
      return try await serve(stream, token)
    } catch {
      return Self.status(of: error)
    }
  }

  /// Tells workers whose job is over, for another reason than their own work, to go.
  func runChanged(_ run: Run) {
    for job in run.jobs {
      guard case .stop? = job.command else { continue }
      let (conductor, attempt) = (surroundings.conductor, job.attempt)
      Task { try? await conductor.handle(.cannotStop(job: job.id, attempt: attempt), run: run.id) }
    }
    for job in run.jobs where job.state.isFinal {
      guard let entry = connected.withLock({ $0[Self.key(run.id, job.id, job.attempt)] }) else { continue }
      Task { try? await entry.stream.send(ServerMessage(.close).encode()) }
    }
  }

  /// Hands every connected worker a new token, so that it can come back for as long as its job runs.
  func renewTokens() async {
    for entry in connected.withLock({ Array($0.values) }) where entry.takesTokens {
      let token = WorkerToken(
        runID: entry.token.runID, jobID: entry.token.jobID, attempt: entry.token.attempt,
        at: surroundings.conductor.now())
      guard let signed = try? token.signed(secret: secret) else { continue }
      // One that is going is not there to take it.
      try? await entry.stream.send(ServerMessage(.renew(ServerMessage.Renew(token: signed))).encode())
    }
  }

  // MARK: One connection

  private func serve(_ stream: GRPCServerStream, _ token: WorkerToken) async throws -> GRPCStatus {
    let info = try await greeting(stream)
    let instance = info.extra[WorkerProtocol.WorkerService.instanceKey] ?? ""
    guard let run = try await surroundings.conductor.run(token.runID), let job = run.job(token.jobID),
      job.attempt == token.attempt, !job.state.isFinal
    else {
      return GRPCStatus(.failedPrecondition, "the job of this token is over, or unknown")
    }
    if let known = job.worker, known.instance != instance || instance.isEmpty {
      return GRPCStatus(.permissionDenied, "another worker serves this job")
    }
    let key = Self.key(run.id, job.id, job.attempt)
    let entry = Connected(
      stream: stream, token: token, instance: instance,
      takesTokens: info.features.contains(WorkerFeature.renew),
      ended: Watched(false))
    try await take(over: key, by: entry)
    defer { leave(key, entry) }
    return await converse(stream, token, info, instance: instance)
  }

  private func converse(
    _ stream: GRPCServerStream, _ token: WorkerToken, _ info: WorkerMessage.RunnerInfo, instance: String
  ) async -> GRPCStatus {
    let conductor = surroundings.conductor
    let logger = surroundings.logger
    do {
      let identity = WorkerIdentity(
        instance: instance, hostname: info.hostname, system: info.os, architecture: info.arch,
        version: info.version)
      logger.info("a worker connected", ["run": token.runID, "job": token.jobID, "host": info.hostname])
      FaultPoint.workerGreeted.reach()
      try await conductor.handle(
        .workerConnected(job: token.jobID, attempt: token.attempt, worker: identity), run: token.runID)
      FaultPoint.workerConnected.reach()
      let log = try await logs.open(run: token.runID, job: token.jobID, attempt: token.attempt)
      var session = WorkerSession(
        surroundings: surroundings, stream: stream, token: token,
        features: Set(info.features).intersection(WorkerFeature.all), log: log)
      try await session.run()
      return GRPCStatus(.ok, "")
    } catch {
      let status = Self.status(of: error)
      logger.info(
        "a worker's connection ended", ["run": token.runID, "job": token.jobID, "reason": status.message])
      _ = try? await conductor.handle(.workerAway(job: token.jobID, attempt: token.attempt), run: token.runID)
      return status
    }
  }

  private static func status(of error: any Error) -> GRPCStatus {
    switch error {
    case let status as GRPCStatus: status
    case let violation as WorkerSession.Violation: GRPCStatus(.invalidArgument, violation.message)
    case is WorkerSession.StreamEnded:
      GRPCStatus(.aborted, "the worker ended the stream before its job was over")
    case is CancellationError: GRPCStatus(.unavailable, "the server shuts down")
    default: GRPCStatus(.unavailable, "the server could not go on: \(error)")
    }
  }

  /// The first message says who the worker is.
  private func greeting(_ stream: GRPCServerStream) async throws -> WorkerMessage.RunnerInfo {
    let deadline = Task {
      try await Task.sleep(for: .seconds(Self.maximumGreetingSeconds))
      stream.cancel(GRPCStatus(.deadlineExceeded, "no RunnerInfo within \(Self.maximumGreetingSeconds) s"))
    }
    defer { deadline.cancel() }
    guard let batch = try await stream.receive(), let first = batch.arrays().first else {
      throw GRPCStatus(.invalidArgument, "the stream ended before RunnerInfo")
    }
    let message = try? first.withUnsafeBytes { bytes in try WorkerMessage(decoding: bytes) }
    guard case .runnerInfo(let info)? = message?.payload, batch.count == 1 else {
      throw GRPCStatus(
        .invalidArgument, "the first message must be RunnerInfo, and the next ones answer commands")
    }
    return info
  }

  // MARK: One at a time

  /// A worker that connects again takes the place of its old connection, once that one's session has ended.
  private func take(over key: String, by entry: Connected) async throws {
    while true {
      let before = connected.withLock { connected -> Connected? in
        if let before = connected[key] { return before }
        connected[key] = entry
        return nil
      }
      guard let before else { return }
      guard before.instance == entry.instance, !entry.instance.isEmpty else {
        throw GRPCStatus(.permissionDenied, "another worker serves this job")
      }
      before.stream.cancel(GRPCStatus(.aborted, "the worker connected again"))
      _ = try await before.ended.value(timeoutSeconds: 30, waitingFor: "the old connection to end") {
        $0 ? true : nil
      }
    }
  }

  private func leave(_ key: String, _ entry: Connected) {
    connected.withLock { $0[key] = nil }
    entry.ended.withLock { $0 = true }
  }

  private static func key(_ run: String, _ job: String, _ attempt: Int) -> String {
    "\(run)/\(job)/\(attempt)"
  }
}
