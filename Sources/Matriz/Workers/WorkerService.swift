import ArtifactStore
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
  private static let maximumNotedAttempts = 1_024

  /// An attempt of a job.
  private struct Attempt: Hashable {
    let run: String
    let job: String
    let number: Int
  }

  /// The connection that serves an attempt now.
  private struct Connected {
    let stream: GRPCServerStream
    let control: SessionControl
    let token: WorkerToken
    let instance: String
    /// What both sides know.
    let features: Set<String>
    let ended: Watched<Bool>
    let id = UUIDv7.generate()

    var attempt: Attempt { Attempt(run: token.runID, job: token.jobID, number: token.attempt) }
  }

  /// Shared with those who ask whether a worker is back.
  private final class Connections: Sendable {
    private let entries = Mutex<[Attempt: Connected]>([:])

    func withLock<T>(_ body: (inout sending [Attempt: Connected]) -> sending T) -> sending T {
      entries.withLock(body)
    }
  }

  private let surroundings: WorkerSession.Surroundings
  private let logs: JobLogs
  private let secret: [UInt8]
  private let connected: Connections
  /// Attempts whose log is known to say what it lost; only saves looking again.
  private let noted = Mutex<Set<Attempt>>([])
  private let absences: AbsenceReports

  init(surroundings: WorkerSession.Surroundings, logs: JobLogs, secret: [UInt8]) {
    self.surroundings = surroundings
    self.logs = logs
    self.secret = secret
    let connected = Connections()
    self.connected = connected
    absences = AbsenceReports(logger: surroundings.logger) { [conductor = surroundings.conductor] absence in
      let token = absence.token
      let attempt = Attempt(run: token.runID, job: token.jobID, number: token.attempt)
      // Its session may still be here, but no later one.
      try await conductor.handle(.workerAway(job: token.jobID, attempt: token.attempt), run: token.runID) {
        _ in
        connected.withLock { $0[attempt].map { $0.id == absence.connection } ?? true }
      }
    }
  }

  /// Nothing more is told about workers that are away.
  func stop() async {
    await absences.stop()
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

  /// Tells workers whose command is to stop, or whose job is over for another reason than their own work; and clears up
  /// after those that are not there to hear it.
  func runChanged(_ run: Run) {
    let entries = connected.withLock { $0.filter { $0.key.run == run.id } }
    for (attempt, entry) in entries {
      guard let job = run.job(attempt.job), job.attempt == attempt.number, !job.state.isFinal else {
        entry.control.close()
        continue
      }
      if case .stop(let step, let graceSeconds)? = job.command {
        stop(entry, step: step, graceSeconds: graceSeconds)
      }
    }
    let over = OverAttempts(of: run)
    if !over.isEmpty { Task { await clearUp(over, except: Set(entries.keys)) } }
  }

  private func stop(_ entry: Connected, step: Int, graceSeconds: Int) {
    guard entry.features.contains(WorkerFeature.cancel) else {
      let (conductor, token) = (surroundings.conductor, entry.token)
      Task {
        try? await conductor.handle(.cannotStop(job: token.jobID, attempt: token.attempt), run: token.runID)
      }
      return
    }
    entry.control.stop(step: step, graceSeconds: graceSeconds)
  }

  /// Hands every connected worker a new token, so that it can come back for as long as its job runs.
  func renewTokens() async {
    for entry in connected.withLock({ Array($0.values) }) where entry.features.contains(WorkerFeature.renew) {
      let token = WorkerToken(
        runID: entry.token.runID, jobID: entry.token.jobID, attempt: entry.token.attempt,
        at: surroundings.conductor.now())
      guard let signed = try? token.signed(secret: secret) else { continue }
      entry.control.mask(signed)
      // One that is going is not there to take it.
      try? await entry.stream.send(ServerMessage(.renew(ServerMessage.Renew(token: signed))).encode())
    }
  }

  // MARK: What is over

  /// Removes the files that came halfway, and says in the logs of lost workers that something may be missing.
  private func clearUp(_ over: OverAttempts, except busy: Set<Attempt>) async {
    do {
      try await surroundings.artifacts.folder.removePartialContent { content in
        over.contains(run: content.run, job: content.job, attempt: content.attempt)
          && !busy.contains(Attempt(run: content.run, job: content.job, number: content.attempt))
      }
      for (job, number) in over.cutOff {
        let attempt = Attempt(run: over.runID, job: job, number: number)
        if !busy.contains(attempt), !noted.withLock({ $0.contains(attempt) }) {
          try await noteLoss(of: attempt)
        }
      }
    } catch {
      surroundings.logger.warning(
        "could not clear up after a worker", ["run": over.runID, "reason": "\(error)"])
    }
  }

  private func noteLoss(of attempt: Attempt) async throws {
    try await logs.withLog(run: attempt.run, job: attempt.job, attempt: attempt.number) { log in
      guard !log.isCutOff else { return }
      try await log.append(.cutOff, step: 0, received: log.received)
      try await log.finish()
    }
    noted.withLock { noted in
      if noted.count >= Self.maximumNotedAttempts { noted = [] }
      noted.insert(attempt)
    }
  }

  /// Removes what an earlier process has left of files whose jobs have ended since.
  func removeLeftovers(except unfinished: [Run]) async {
    let running = Dictionary(unfinished.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
    do {
      try await surroundings.artifacts.folder.removePartialContent { content in
        guard let job = running[content.run]?.job(content.job) else { return true }
        return job.attempt != content.attempt || job.state.isFinal
      }
    } catch {
      surroundings.logger.warning("could not remove what is left of files", ["reason": "\(error)"])
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
    let entry = Connected(
      stream: stream, control: SessionControl(stream: stream), token: token, instance: instance,
      features: Set(info.features).intersection(WorkerFeature.all), ended: Watched(false))
    try await takeOver(by: entry)
    let status = await converse(entry, info, run)
    leave(entry)
    if let run = try? await surroundings.conductor.run(token.runID) { runChanged(run) }
    return status
  }

  private func converse(
    _ entry: Connected, _ info: WorkerMessage.RunnerInfo, _ run: Run
  ) async -> GRPCStatus {
    let (conductor, logger, token) = (surroundings.conductor, surroundings.logger, entry.token)
    defer { entry.control.end() }
    do {
      let identity = WorkerIdentity(
        instance: entry.instance, hostname: info.hostname, system: info.os, architecture: info.arch,
        version: info.version, workspace: info.workspace)
      logger.info("a worker connected", ["run": token.runID, "job": token.jobID, "host": info.hostname])
      FaultPoint.workerGreeted.reach()
      let connected = try await conductor.handle(
        .workerConnected(job: token.jobID, attempt: token.attempt, worker: identity), run: token.runID)
      FaultPoint.workerConnected.reach()
      guard connected?.job(token.jobID)?.worker?.instance == entry.instance else {
        throw GRPCStatus(.failedPrecondition, "the job is over, or has another worker")
      }
      try await logs.withLog(run: token.runID, job: token.jobID, attempt: token.attempt) { log in
        try await talk(entry, log, run)
      }
      return GRPCStatus(.ok, "")
    } catch {
      let status = Self.status(of: error)
      logger.info(
        "a worker's connection ended", ["run": token.runID, "job": token.jobID, "reason": status.message])
      await absences.report(AbsenceReports.Absence(token: token, connection: entry.id))
      return status
    }
  }

  private func talk(_ entry: Connected, _ log: JobLog, _ run: Run) async throws {
    let token = entry.token
    let header = entry.stream.metadata[WorkerProtocol.WorkerService.authorizationHeader] ?? ""
    var session = WorkerSession(
      surroundings: surroundings, stream: entry.stream, control: entry.control, token: token,
      authorization: header.split(separator: " ").last.map(String.init) ?? "", features: entry.features,
      secrets: run.source.isFromFork ? surroundings.secrets.withheld : surroundings.secrets, log: log,
      maximumLogBytes: Int64(run.plan.limits.logBytes))
    do {
      try await session.run()
    } catch {
      // With the job over it will not come back; what it was doing is cut off.
      let job = try? await surroundings.conductor.run(token.runID)?.job(token.jobID)
      if let job, job.attempt != token.attempt || job.state.isFinal, entry.control.hasCommandUnderWay,
        !log.isCutOff
      {
        try? await log.append(.cutOff, step: 0, received: log.received)
        try? await log.finish()
      }
      throw error
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
  private func takeOver(by entry: Connected) async throws {
    while true {
      let before = connected.withLock { connected -> Connected? in
        if let before = connected[entry.attempt] { return before }
        connected[entry.attempt] = entry
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

  private func leave(_ entry: Connected) {
    connected.withLock { $0[entry.attempt] = nil }
    entry.ended.withLock { $0 = true }
  }
}

extension WorkerMessage.RunnerInfo {
  /// The folder that the worker works in; `nil` where it did not say, or says more than a path.
  fileprivate var workspace: String? {
    extra[WorkerProtocol.WorkerService.workspaceKey].flatMap {
      $0.utf8.count <= RepositoryPath.maximumBytes ? $0 : nil
    }
  }
}
