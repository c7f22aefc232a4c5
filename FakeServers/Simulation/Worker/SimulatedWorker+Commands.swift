import Worker
import WorkerProtocol

/// A command under way.
final class SimulatedCommand {
  let id: UInt64
  /// What it has still to print, by the length of its writes.
  var writes: [Int]
  var result: CommandResult
  /// Reads a file: the generation of `FileSending`, and where it is in the file.
  var reading: (generation: Int, offset: UInt64)?
  /// The length of the file.
  let fileBytes: UInt64
  var isReading = false
  /// It ends at its next sign of life.
  var isCancelled = false
  var isStubborn = false

  init(id: UInt64, writes: [Int], result: CommandResult, fileBytes: UInt64 = 0) {
    self.id = id
    self.writes = writes
    self.result = result
    self.fileBytes = fileBytes
  }
}

extension SimulatedWorker {
  private static let maximumWriteBytes = 300

  func perform(_ actions: [WorkerSession.Action]) {
    for action in actions {
      switch action {
      case .start(let id, let command): start(id, command)
      case .cancel(let id, let graceSeconds): cancel(id, graceSeconds: graceSeconds.map(Int.init) ?? 10)
      case .useToken, .mask: break
      }
    }
  }

  private func start(_ id: UInt64, _ asked: WorkerCommand) {
    note("starts command \(id)")
    if case .sendFile = asked {
      witness.served(key, by: instance)
      let isMissing = nature.random.happens(perMille: 40)
      command = SimulatedCommand(
        id: id, writes: [], result: isMissing ? .failed("no such file") : .fileSent,
        fileBytes: UInt64(nature.random.number(in: 0...6)))
      return act(after: 5...100) { [self] in isMissing ? end(id) : readFile() }
    }
    witness.executed(key, command: id, by: instance)
    let writes = (0..<nature.random.below(6)).map { _ in
      nature.random.number(in: 1...Self.maximumWriteBytes)
    }
    let chance = nature.random.below(100)
    let result: CommandResult =
      chance < 8 ? .done(exitCode: 1) : chance < 10 ? .failed("no space left") : .done(exitCode: 0)
    command = SimulatedCommand(id: id, writes: writes, result: result)
    live(id)
  }

  /// The command's next sign of life: it prints, or it ends.
  private func live(_ id: UInt64) {
    let isSlow = nature.strikes(.workerSlow)
    act(after: isSlow ? 30_000...200_000 : 20...3_000) { [self] in
      guard let command, command.id == id else { return }
      if command.isCancelled, !command.isStubborn { return end(id) }
      // What a command writes waits in its pipe until the spool has room.
      guard session.hasRoom else { return live(id) }
      guard let write = command.writes.first else { return end(id) }
      command.writes.removeFirst()
      session.produce(
        id: id, stream: nature.random.happens(perMille: 300) ? .standardError : .standardOutput,
        log.print(write))
      goOn()
      live(id)
    }
  }

  private func end(_ id: UInt64) {
    guard let command, command.id == id else { return }
    self.command = nil
    if case .done(let code) = command.result { witness.ended(key, command: id, code: code) }
    perform(session.commandEnded(id, command.result))
    goOn()
  }

  /// TERM now, and KILL after the grace period for one that does not care.
  private func cancel(_ id: UInt64, graceSeconds: Int) {
    guard let command, command.id == id, !command.isCancelled else { return }
    note("cancels command \(id)")
    command.isCancelled = true
    if command.reading != nil || command.fileBytes > 0 || isSendingFile {
      command.result = .failed("cancelled")
      return act(after: 0...50) { [self] in end(id) }
    }
    command.isStubborn = nature.random.happens(perMille: 300)
    command.result = .done(exitCode: command.isStubborn ? 137 : 143)
    let milliseconds = command.isStubborn ? graceSeconds * 1_000 : nature.random.number(in: 5...500)
    act(after: milliseconds...milliseconds) { [self] in end(id) }
  }

  // MARK: Files

  private var isSendingFile: Bool { session.file != nil }

  /// Keeps one batch of chunks ahead of the stream, as the real one does; a byte each, whose value nobody looks at.
  func readFile() {
    guard let command, let file = session.file, session.runningCommand == command.id,
      case .fileSent = command.result, !command.isReading
    else { return }
    if file.phase == .abandoned {
      command.result = .failed("cancelled")
      return end(command.id)
    }
    if file.isSent { return end(command.id) }
    guard file.wantsChunks else { return }
    command.isReading = true
    let id = command.id
    act(after: 1...200) { [self] in
      guard let command = self.command, command.id == id, let file = session.file else { return }
      command.isReading = false
      var reading = command.reading ?? (file.generation, file.start)
      if reading.generation != file.generation { reading = (file.generation, file.start) }
      var chunks: [FileSending.Chunk] = []
      let end = min(command.fileBytes, reading.offset + 2)
      repeat {
        let offset = reading.offset
        chunks.append(.init(offset: offset, parts: [], isLast: offset + 1 >= command.fileBytes))
        reading.offset += 1
      } while reading.offset < end
      command.reading = reading
      session.offer(chunks, generation: reading.generation)
      goOn()
    }
  }
}
