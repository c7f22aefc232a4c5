import ArtifactStore
import Forge
import GRPC
import Platform
import RunModel
import WorkerProtocol

/// One connection of one worker: commands it through its job's steps, keeps its output, takes in its files.
///
/// What is to be done next is always read from the job (`Job.command`), so a worker that comes back, to this process
/// or to the next one, goes on where the job is. What happens to the job meanwhile comes by `SessionControl`.
struct WorkerSession {
  /// What the session works with.
  struct Surroundings: Sendable {
    let conductor: Conductor
    let forge: any Forge
    let artifacts: ArtifactStore
    let observer: any MatrizObserver
    let secrets: JobSecrets
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

  /// Between two tries to store that a step is silent.
  private static let stallRetrySeconds = 1

  let surroundings: Surroundings
  let stream: GRPCServerStream
  let control: SessionControl
  let token: WorkerToken
  let features: Set<String>
  let log: JobLog
  private let secrets: JobSecrets
  private let acknowledgement: LogAcknowledgement
  private var output: OutputIntake
  /// The step whose output comes now.
  private var step = 0

  /// - Parameters:
  ///   - authorization: what the worker proved itself with; its output does not show it.
  ///   - features: what both sides know.
  ///   - secrets: what this job is given of them.
  ///   - maximumLogBytes: what is kept of the output.
  init(
    surroundings: Surroundings, stream: GRPCServerStream, control: SessionControl, token: WorkerToken,
    authorization: String, features: Set<String>, secrets: JobSecrets, log: JobLog, maximumLogBytes: Int64
  ) {
    self.surroundings = surroundings
    self.stream = stream
    self.control = control
    self.token = token
    self.features = features
    self.log = log
    self.secrets = secrets
    var masking = OutputMasking(secrets.mask)
    masking.add(authorization)
    output = OutputIntake(log: log, masking: masking, maximumBytes: maximumLogBytes)
    let acknowledges = features.contains(WorkerFeature.logAck)
    acknowledgement = LogAcknowledgement(of: log) { offset in
      guard acknowledges else { return }
      try await stream.send(ServerMessage(.ack(ServerMessage.Ack(id: 0, offset: UInt64(offset)))).encode())
      FaultPoint.logAcknowledged.reach()
    } failed: { error in
      stream.cancel(GRPCStatus(.unavailable, "the log could not be written to the disk: \(error)"))
    }
  }

  /// Commands the worker until its job is over. Throws when the stream ends before.
  mutating func run() async throws {
    do {
      try await greet()
      while try await goOn() {}
      try await close()
    } catch {
      await acknowledgement.end()
      throw error
    }
  }

  private func greet() async throws {
    if !features.isEmpty {
      try await send(ServerMessage(.features(ServerMessage.Features(names: features.sorted()))))
    }
    if features.contains(WorkerFeature.resume) {
      try await send(ServerMessage(.resume(ServerMessage.Resume(id: 0, offset: UInt64(log.received)))))
    }
    if features.contains(WorkerFeature.mask), !secrets.environment.isEmpty {
      try await send(ServerMessage(.mask(ServerMessage.Mask(values: secrets.environment.values.sorted()))))
    }
    if log.size == 0 {
      for name in secrets.unmaskedNames {
        try await log.append(.unmasked(name: name), step: 0, received: log.received)
      }
    }
  }

  // MARK: Steps

  /// Does what the job needs next; `false` when it needs nothing any more.
  private mutating func goOn() async throws -> Bool {
    guard let run = try await surroundings.conductor.run(token.runID), let job = attempt(of: run) else {
      return false
    }
    let outcome: StepOutcome?
    switch job.command {
    case .step(let index):
      step = index
      outcome = try await perform(index)
    case .stop(let index, let graceSeconds):
      step = index
      outcome = try await stop(index, graceSeconds: graceSeconds, of: job, in: run)
    case .close, nil: return false
    }
    guard let outcome else { return true }
    FaultPoint.resultReceived.reach()
    // A step is not over before its output is on the disk: once the job is, its worker is not let in again.
    try await acknowledgement.finish()
    try await surroundings.conductor.handle(
      .stepFinished(job: job.id, attempt: token.attempt, step: step, outcome: outcome), run: run.id)
    FaultPoint.resultStored.reach()
    return true
  }

  /// The job, while its attempt is that of this worker.
  private func attempt(of run: Run) -> Job? {
    run.job(token.jobID).flatMap { $0.attempt == token.attempt ? $0 : nil }
  }

  /// `nil` when the step is not to be carried out any more.
  private mutating func perform(_ index: Int) async throws -> StepOutcome? {
    let started = try await surroundings.conductor.handle(
      .stepStarted(job: token.jobID, attempt: token.attempt, step: index), run: token.runID)
    guard let run = started, let job = attempt(of: run), job.command == .step(index) else { return nil }
    FaultPoint.stepStarted.reach()
    let plan = job.steps[index].plan
    var credentials: CloneCredentials?
    if plan.action == .clone {
      do {
        credentials = try await cloneCredentials(for: index, of: run)
      } catch {
        return .broke(reason: "no credentials for the clone: \(error.message)")
      }
    }
    let commands = StepCommands(
      step: index, of: job, in: run, features: features, credentials: credentials,
      secrets: secrets)
    let watch = watchForSilence(of: plan, step: index, limits: run.plan.limits)
    defer { watch?.cancel() }
    for message in commands.messages {
      if control.isStopping(index) { return .broke(reason: "stopped before it was started") }
      let result = try await carryOut(message, plan, step: index)
      if let outcome = outcome(of: result, step: plan, in: run) { return outcome }
    }
    return .exited(code: 0)
  }

  private mutating func cloneCredentials(
    for index: Int, of run: Run
  ) async throws(ForgeError) -> CloneCredentials {
    let request = CloneCredentialsRequest(forge: surroundings.forge)
    let repository = run.source.repository
    let answer = await control.prepare(step: index) {
      () async -> Swift.Result<CloneCredentials, ForgeError> in
      do throws(ForgeError) {
        return .success(try await request.credentials(repository: repository))
      } catch {
        return .failure(error)
      }
    }
    let credentials = try answer.get()
    output.mask(credentials.password)
    return credentials
  }

  /// Sends a command and takes in what comes until its result is there.
  private mutating func carryOut(
    _ message: ServerMessage, _ plan: StepPlan, step index: Int
  ) async throws -> Result {
    var intake: FileIntake?
    do {
      intake = try await fileIntake(for: plan, step: index)
    } catch {
      if error.isTransient { throw error }
      return .file(.broke(reason: error.message))
    }
    let result: Swift.Result<Result, any Error>
    do {
      result = .success(try await exchange(message, step: index, &intake))
    } catch {
      result = .failure(error)
    }
    await intake?.leave()
    return try result.get()
  }

  private func fileIntake(for plan: StepPlan, step index: Int) async throws(ArtifactError) -> FileIntake? {
    guard case .collect(_, let artifact, let type) = plan.action else { return nil }
    let file = FileIntake.File(
      runID: token.runID, jobID: token.jobID, attempt: token.attempt, step: index, name: artifact, type: type)
    return try await FileIntake(
      file, store: surroundings.artifacts, observer: surroundings.observer,
      resumes: features.contains(WorkerFeature.resume))
  }

  private mutating func exchange(
    _ message: ServerMessage, step index: Int, _ intake: inout FileIntake?
  ) async throws -> Result {
    if let offset = intake?.received, offset > 0 {
      try await send(ServerMessage(.resume(ServerMessage.Resume(id: message.id, offset: UInt64(offset)))))
    }
    try await send(message)
    FaultPoint.commandSent.reach()
    if let cancellation = control.begin(step: index, command: message.id) { try await send(cancellation) }
    let result = try await receiveResult(of: message.id, into: &intake)
    control.ended(command: message.id)
    return result
  }

  /// Has the worker end what it does for the step: what it was told on an earlier connection, which it may not even
  /// have heard. It answers for a command that it does not know, too.
  private mutating func stop(
    _ index: Int, graceSeconds: Int, of job: Job, in run: Run
  ) async throws -> StepOutcome? {
    guard features.contains(WorkerFeature.cancel) else {
      try await surroundings.conductor.handle(
        .cannotStop(job: job.id, attempt: token.attempt), run: run.id)
      return nil
    }
    let commands = StepCommands(
      step: index, of: job, in: run, features: features, credentials: nil, secrets: secrets)
    var intake: FileIntake?
    for message in commands.messages {
      try await send(SessionControl.cancellation(of: message.id, graceSeconds: graceSeconds))
      let result = try await receiveResult(of: message.id, into: &intake)
      if let outcome = outcome(of: result, step: job.steps[index].plan, in: run) { return outcome }
    }
    return .exited(code: 0)
  }

  /// Tells when a command has written nothing for too long.
  private func watchForSilence(of plan: StepPlan, step index: Int, limits: Limits) -> Task<Void, Never>? {
    guard let seconds = limits.idleOutputSeconds, case .run = plan.action else { return nil }
    let stalled = Event.outputStalled(job: token.jobID, attempt: token.attempt, step: index, seconds: seconds)
    control.outputCame()
    return Task { [control, token, conductor = surroundings.conductor] in
      while (try? await control.waitForSilence(seconds: seconds)) != nil {
        if (try? await conductor.handle(stalled, run: token.runID)) != nil { return }
        try? await Task.sleep(for: .seconds(Self.stallRetrySeconds))
      }
    }
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
    while true {
      guard let batch = try await stream.receive() else { throw StreamEnded() }
      if let result = try await take(batch, waitingFor: id, &intake) { return result }
    }
  }

  /// Output goes to the log, chunks go to the file; gives the result when it is in the batch.
  private mutating func take(
    _ batch: MessageBatch, waitingFor id: UInt64?, _ intake: inout FileIntake?
  ) async throws -> Result? {
    for secret in control.takeSecrets() { output.mask(secret) }
    var reading = BatchReading(
      log: LogBatch(after: output.received, hasOffsets: features.contains(WorkerFeature.logAck)),
      commandID: id, step: step,
      fileOffset: features.contains(WorkerFeature.resume) ? intake?.received : nil)
    do {
      try reading.read(batch, expectsFile: intake != nil)
    } catch let error as LogBatch.ImpossibleOffset {
      throw Violation(message: "output at the impossible offset \(error.offset)")
    } catch let error as BatchReading.WrongChunk {
      throw Violation(message: "a file's bytes at \(error.offset), where \(error.expected) was to come")
    } catch let error as WorkerProtocolError {
      throw Violation(message: "a message that cannot be read: \(error)")
    }
    try await keep(&reading.log, isWhole: id == nil || reading.hasEnded)
    if let file = reading.file, intake != nil {
      if let stored = try await intake?.take(file.chunks, isLast: file.isLast) { return .file(stored) }
    }
    guard case .failed(let message)? = reading.result else { return reading.result }
    return .failed(message: output.masking.masked(message))
  }

  /// - Parameter isWhole: a command has ended, so nothing is held back.
  private mutating func keep(_ batch: inout LogBatch, isWhole: Bool) async throws {
    let before = (output.received, log.received)
    let shown = try await output.take(&batch, step: step, isWhole: isWhole)
    if output.received != before.0 { control.outputCame() }
    guard log.received != before.1 else { return }
    FaultPoint.logAppended.reach()
    acknowledgement.appended()
    if !shown.isEmpty { surroundings.observer.output(shown, run: token.runID, job: token.jobID) }
  }

  /// Tells the worker to go, takes its last output, and waits until it is gone.
  private mutating func close() async throws {
    let isFirst = control.beginClosing()
    try await acknowledgement.finish()
    // The end of the job may have been told from outside before.
    if isFirst { try await send(ServerMessage(.close)) }
    FaultPoint.closeSent.reach()
    var intake: FileIntake?
    while let batch = try await stream.receive() {
      _ = try await take(batch, waitingFor: nil, &intake)
    }
    try await acknowledgement.finish()
    try await log.finish()
  }
}
