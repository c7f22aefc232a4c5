import Matriz
import RunModel
import Worker
import WorkerProtocol

/// The matriz's end of one worker's connection: commands it through its job's steps, keeps its output, takes in its
/// files. What is to be done next is always read from the job.
final class SimulatedSession {
  /// The command whose result is waited for.
  private struct Awaited {
    let step: Int
    let id: UInt64
    var isCancelled = false
    /// Where the next chunk of a file goes.
    var fileOffset: UInt64 = 0
    var artifact: String?
  }

  let link: Link
  let key: AttemptKey
  let instance: String
  private let features: [String]
  var onEnd: () -> Void = {}
  private let matriz: SimulatedMatriz
  private let log: SimulatedLog
  private var awaited: Awaited?
  private var received: [WorkerSession.Outgoing] = []
  private var isBusy = true
  private var isClosing = false
  private var isOver = false
  private var hasEndedInput = false

  init(
    _ link: Link, _ key: AttemptKey, instance: String, features: [String], matriz: SimulatedMatriz
  ) {
    self.link = link
    self.key = key
    self.instance = instance
    self.features = features
    self.matriz = matriz
    log = matriz.witness.log(of: key)
  }

  /// The worker is the one that serves this attempt: begins to command it.
  func begin() {
    let identity = WorkerIdentity(
      instance: instance, hostname: "node", system: "linux", architecture: "amd64", version: "1")
    matriz.handle(.workerConnected(job: key.job, attempt: key.attempt, worker: identity), run: key.run) {
      [self] isStored in
      guard isStored, !isOver else { return fail() }
      send(ServerMessage(.features(ServerMessage.Features(names: features))))
      let offset = matriz.nature.mutation == .logIgnoresOffsets ? 0 : log.bytes.count
      // The worker forgets what lies before.
      log.acknowledge(before: offset)
      send(ServerMessage(.resume(ServerMessage.Resume(id: 0, offset: UInt64(offset)))))
      next()
    }
  }

  // MARK: What is to be done

  private func next() {
    guard !isOver else { return }
    guard let job = matriz.disk.committed.run(key.run)?.job(key.job), job.attempt == key.attempt else {
      return close()
    }
    switch job.command {
    case .step(let index), .stop(let index, _): perform(index, job)
    case .close, nil: close()
    }
  }

  private func perform(_ index: Int, _ job: Job) {
    isBusy = true
    matriz.handle(.stepStarted(job: key.job, attempt: key.attempt, step: index), run: key.run) {
      [self] isStored in
      guard !isOver else { return }
      guard isStored else { return fail() }
      isBusy = false
      var awaited = Awaited(step: index, id: CommandNumber.of(step: index))
      switch job.steps[index].plan.action {
      case .clone:
        var copy = ServerMessage.Copy()
        copy.source = "http://forge.test"
        self.awaited = awaited
        send(ServerMessage(id: awaited.id, .copy(copy)))
      case .run(let command, let arguments):
        self.awaited = awaited
        send(ServerMessage(id: awaited.id, .run(ServerMessage.Run(cmd: command, args: arguments))))
      case .collect(let path, let artifact, _):
        awaited.artifact = artifact
        self.awaited = awaited
        var copy = ServerMessage.Copy()
        copy.direction = .fromWorker
        copy.source = path
        send(ServerMessage(id: awaited.id, .copy(copy)))
      }
      if let run = matriz.disk.committed.run(key.run) { runChanged(run) }
      watchForOutput()
      takeIn()
    }
  }

  /// The run is another than when the worker was commanded: what it does may be pointless.
  func runChanged(_ run: Run) {
    guard !isOver, let job = run.job(key.job) else { return }
    if job.attempt != key.attempt || job.state.isFinal, awaited != nil {
      return send(ServerMessage(.close))
    }
    guard case .stop(let step, let graceSeconds)? = job.command, let awaited, awaited.step == step,
      !awaited.isCancelled
    else { return }
    self.awaited?.isCancelled = true
    guard features.contains(WorkerFeature.cancel) else {
      return matriz.handle(.cannotStop(job: key.job, attempt: key.attempt), run: key.run) { _ in }
    }
    send(
      ServerMessage(
        .cancel(ServerMessage.Cancel(id: awaited.id, graceSeconds: UInt32(clamping: graceSeconds)))))
  }

  /// A command that writes nothing for too long is to stop.
  private func watchForOutput() {
    guard let seconds = matriz.settings.limits.idleOutputSeconds, let awaited else { return }
    let size = log.bytes.count
    matriz.act(after: seconds * 1_000...seconds * 1_000) { [self] in
      guard !isOver, self.awaited?.id == awaited.id else { return }
      guard size == log.bytes.count else { return watchForOutput() }
      matriz.nature.count(.outputStalls)
      matriz.handle(
        .outputStalled(job: key.job, attempt: key.attempt, step: awaited.step, seconds: seconds),
        run: key.run
      ) { _ in }
    }
  }

  private func close() {
    guard !isClosing else { return }
    isClosing = true
    isBusy = false
    awaited = nil
    send(ServerMessage(.close))
    matriz.act(after: 30_000...30_000) { [self] in
      if !isOver { fail() }
    }
    takeIn()
  }

  private func send(_ message: ServerMessage) {
    link.sendToWorker(.message(message))
  }

  // MARK: What comes

  func receive(_ message: Link.ToServer) {
    guard !isOver else { return }
    switch message {
    case .message(let message): received.append(message)
    case .end: hasEndedInput = true
    case .broken: return fail()
    }
    takeIn()
  }

  /// Takes what has come, as one batch: output is on the disk before it is acknowledged, and before its command's
  /// result counts.
  private func takeIn() {
    guard !isBusy, !isOver else { return }
    guard !received.isEmpty else {
      if hasEndedInput { isClosing ? end() : fail() }
      return
    }
    let batch = received
    received = []
    let size = log.bytes.count
    let offsets = matriz.nature.mutation != .logIgnoresOffsets
    var gathered = LogBatch(after: Int64(size), hasOffsets: offsets)
    var result: StepOutcome?
    for message in batch {
      switch message {
      case .output(let piece):
        do {
          try piece.bytes.withUnsafeBytes { bytes in
            try gathered.append(
              bytes, at: piece.offset, stream: UInt8(truncatingIfNeeded: piece.stream.rawValue),
              step: awaited?.step ?? 0)
          }
        } catch {
          return fail()
        }
      case .done(let id, let code) where id == awaited?.id: result = .exited(code: Int(code))
      case .failed(let id, let text) where id == awaited?.id:
        result = awaited?.artifact == nil ? .broke(reason: text) : .refused(reason: text)
      case .fileChunk(let id, let chunk) where id == awaited?.id:
        guard chunk.offset == awaited?.fileOffset else { return fail() }
        awaited?.fileOffset += 1
        if chunk.isLast { result = .exited(code: 0) }
      default: break
      }
    }
    append(gathered, then: result)
  }

  private func append(_ batch: LogBatch, then result: StepOutcome?) {
    var batch = batch
    var bytes: [UInt8] = []
    for part in batch.take() {
      // A worker that has lost nothing leaves nothing out.
      guard case .output(let output, _) = part else { return fail() }
      bytes += output
    }
    if bytes.isEmpty { return conclude(result) }
    isBusy = true
    if matriz.nature.mutation == .acknowledgesBeforeItIsDurable { acknowledge(log.bytes.count + bytes.count) }
    matriz.act(after: 0...10) { [self] in
      guard !isOver else { return }
      if matriz.disk.isFull || matriz.nature.strikes(.logWriteFails) { return fail() }
      log.append(bytes)
      matriz.act(after: matriz.nature.strikes(.diskSlow) ? 200...5_000 : 0...30) { [self] in
        guard !isOver else { return }
        acknowledge(log.bytes.count)
        isBusy = false
        conclude(result)
      }
    }
  }

  private func acknowledge(_ offset: Int) {
    log.acknowledge(before: offset)
    send(ServerMessage(.ack(ServerMessage.Ack(id: 0, offset: UInt64(offset)))))
  }

  private func conclude(_ result: StepOutcome?) {
    guard let result, let awaited else { return takeIn() }
    isBusy = true
    self.awaited = nil
    let store = { [self] in
      matriz.handle(
        .stepFinished(job: key.job, attempt: key.attempt, step: awaited.step, outcome: result), run: key.run
      ) { [self] isStored in
        guard !isOver else { return }
        guard isStored else { return fail() }
        isBusy = false
        next()
      }
    }
    guard result == .exited(code: 0), let artifact = awaited.artifact else { return store() }
    matriz.transact { [key] tables in
      tables.contents.artifacts.insert("\(key.run) \(artifact)")
      return []
    } then: { [self] changes in
      guard !isOver else { return }
      if changes == nil { fail() } else { store() }
    }
  }

  // MARK: The end

  /// Gives way to the same worker's next connection.
  func giveWay() {
    fail()
  }

  private func fail() {
    guard !isOver else { return }
    isOver = true
    link.endFromServer(isFinal: false)
    matriz.handle(.workerAway(job: key.job, attempt: key.attempt), run: key.run) { [self] isStored in
      onEnd()
      if !isStored { matriz.tellLater(away: key) }
    }
  }

  private func end() {
    isOver = true
    link.endFromServer(isFinal: false)
    onEnd()
  }
}
