import ArtifactStore
import Forge
import GRPC
import Platform
import RunModel
import WorkerProtocol

/// One connection of one worker: commands it through its job's steps, keeps its output, takes in its files.
///
/// What is to be done next is always read from the job (`Job.command`), so a worker that comes back, to this process
/// or to the next one, goes on where the job is.
struct WorkerSession {
  /// How long a worker that was told to close may take to give up its connection.
  static let maximumCloseSeconds = 30

  /// What the session works with.
  struct Surroundings: Sendable {
    let conductor: Conductor
    let forge: any Forge
    let artifacts: ArtifactStore
    let observer: any MatrizObserver
    let logger: Logger
  }

  /// How a command of the worker ended.
  enum Result {
    case done(exitCode: Int32)
    case failed(message: String)
    case file(StoredFile)
  }

  /// The worker broke the protocol; the message is for its log.
  struct Violation: Error {
    let message: String
  }

  /// The worker ended the stream before its job was over.
  struct StreamEnded: Error {}

  let surroundings: Surroundings
  let stream: GRPCServerStream
  let token: WorkerToken
  let features: Set<String>
  let log: JobLog
  /// The step whose output comes now.
  private var step = 0

  init(
    surroundings: Surroundings, stream: GRPCServerStream, token: WorkerToken, features: Set<String>,
    log: JobLog
  ) {
    self.surroundings = surroundings
    self.stream = stream
    self.token = token
    self.features = features
    self.log = log
  }

  /// Commands the worker until its job is over. Throws when the stream ends before.
  mutating func run() async throws {
    if !features.isEmpty {
      try await send(ServerMessage(.features(ServerMessage.Features(names: features.sorted()))))
    }
    if features.contains(WorkerFeature.resume) {
      try await send(ServerMessage(.resume(ServerMessage.Resume(id: 0, offset: UInt64(log.size)))))
    }
    while let run = try await surroundings.conductor.run(token.runID), let job = run.job(token.jobID) {
      guard case .step(let index) = job.command else { break }
      step = index
      let outcome = try await perform(index, of: job, in: run)
      FaultPoint.resultReceived.reach()
      try await surroundings.conductor.handle(
        .stepFinished(job: job.id, attempt: token.attempt, step: index, outcome: outcome), run: run.id)
      FaultPoint.resultStored.reach()
    }
    try await close()
  }

  // MARK: Steps

  private mutating func perform(_ index: Int, of job: Job, in run: Run) async throws -> StepOutcome {
    try await surroundings.conductor.handle(
      .stepStarted(job: job.id, attempt: token.attempt, step: index), run: run.id)
    FaultPoint.stepStarted.reach()
    let plan = job.steps[index].plan
    var credentials: CloneCredentials?
    if plan.action == .clone {
      do {
        credentials = try await CloneCredentialsRequest(forge: surroundings.forge).credentials(
          repository: run.source.repository)
      } catch {
        return .broke(reason: "no credentials for the clone: \(error.message)")
      }
    }
    let commands = StepCommands(step: index, of: job, in: run, features: features, credentials: credentials)
    for message in commands.messages {
      var intake = try await fileIntake(for: plan, of: job)
      try await send(message)
      FaultPoint.commandSent.reach()
      let result: Result
      do {
        result = try await receiveResult(of: message.id, into: &intake)
      } catch {
        intake?.abandon()
        throw error
      }
      if let outcome = outcome(of: result, step: plan, in: run) { return outcome }
    }
    return .exited(code: 0)
  }

  private func fileIntake(for plan: StepPlan, of job: Job) async throws -> FileIntake? {
    guard case .collect(_, let artifact, let type) = plan.action else { return nil }
    return FileIntake(
      store: surroundings.artifacts, observer: surroundings.observer,
      file: FileIntake.File(
        runID: token.runID, jobID: job.id, attempt: token.attempt, name: artifact, type: type))
  }

  /// What a command's result means for its step; `nil` when the next command follows.
  private func outcome(of result: Result, step plan: StepPlan, in run: Run) -> StepOutcome? {
    switch (result, plan.action) {
    case (.done, .collect): .broke(reason: "the worker answered without the file")
    case (.done(0), _), (.file(.stored), _): nil
    case (.done(let code), _): .exited(code: Int(code))
    case (.file(.refused(let reason)), _): .refused(reason: reason)
    case (.file(.broke(let reason)), _): .broke(reason: reason)
    case (.failed(let message), .collect): .refused(reason: message)
    case (.failed(let message), .clone) where run.source.event == .pullRequest:
      .broke(reason: "\(message); a pull request that conflicts with its base has no \(run.source.ref)")
    case (.failed(let message), _): .broke(reason: message)
    }
  }

  // MARK: Messages

  private func send(_ message: ServerMessage) async throws {
    try await stream.send(message.encode())
  }

  /// Takes in what the worker sends until the command's result is there.
  private mutating func receiveResult(of id: UInt64, into intake: inout FileIntake?) async throws -> Result {
    var result: Result?
    while result == nil {
      guard let batch = try await stream.receive() else { throw StreamEnded() }
      result = try await take(batch, waitingFor: id, &intake)
    }
    return result ?? .failed(message: "")
  }

  /// Output goes to the log and is acknowledged, chunks go to the file; gives the result when it is in the batch.
  private func take(
    _ batch: MessageBatch, waitingFor id: UInt64, _ intake: inout FileIntake?
  ) async throws -> Result? {
    var reading = BatchReading(
      log: LogBatch(after: log.size, hasOffsets: features.contains(WorkerFeature.logAck)), commandID: id,
      step: step)
    do {
      try reading.read(batch, expectsFile: intake != nil)
    } catch let gap as LogBatch.Gap {
      throw Violation(message: "output at offset \(gap.got), but the log ends at \(gap.expected)")
    } catch let error as WorkerProtocolError {
      throw Violation(message: "a message that cannot be read: \(error)")
    }
    try await store(&reading.log)
    if let file = reading.file, intake != nil {
      if let stored = await intake?.take(file.chunks, isLast: file.isLast) { return .file(stored) }
    }
    return reading.result
  }

  private func store(_ batch: inout LogBatch) async throws {
    guard let (bytes, pieces) = batch.take() else { return }
    try await log.append(bytes, pieces)
    FaultPoint.logAppended.reach()
    if features.contains(WorkerFeature.logAck) {
      try await send(ServerMessage(.ack(ServerMessage.Ack(id: 0, offset: UInt64(log.size)))))
    }
    FaultPoint.logAcknowledged.reach()
    surroundings.observer.output(bytes, run: token.runID, job: token.jobID)
  }

  /// Tells the worker to go, takes its last output, and waits until it is gone.
  private mutating func close() async throws {
    try await log.finish()
    try await send(ServerMessage(.close))
    FaultPoint.closeSent.reach()
    let stream = self.stream
    let deadline = Task {
      try await Task.sleep(for: .seconds(Self.maximumCloseSeconds))
      stream.cancel(GRPCStatus(.deadlineExceeded, "the worker did not go after Close"))
    }
    defer { deadline.cancel() }
    var intake: FileIntake?
    while let batch = try await stream.receive() {
      _ = try await take(batch, waitingFor: 0, &intake)
    }
    try await log.finish()
  }
}
