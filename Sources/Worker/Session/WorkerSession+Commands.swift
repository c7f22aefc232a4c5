package import WorkerProtocol

extension WorkerSession {
  // MARK: What the server says

  /// Takes a message of the server; one without a payload that is known here does nothing.
  package mutating func receive(_ message: ServerMessage) -> [Action] {
    wasHeard = true
    switch message.payload {
    case .copy(let copy): return receive(WorkerCommand(copy), id: message.id)
    case .run(let run): return receive(.run(run), id: message.id)
    case .close: return close()
    case .features(let announced): hear(announced.names)
    case .ack(let ack): acknowledge(ack)
    case .resume(let resume): self.resume(resume)
    case .renew(let renew): return renew.token.isEmpty ? [] : [.useToken(renew.token)]
    case .cancel(let cancel): return self.cancel(cancel)
    case .mask(let mask): return mask.values.isEmpty ? [] : [.mask(mask.values)]
    case nil: break
    }
    return []
  }

  private mutating func hear(_ names: [String]) {
    heardFeatures = true
    features = Set(names).intersection(WorkerFeature.all)
    if !resumes { openWithoutResume() }
  }

  /// The server knows nothing of what was: it gets everything that it did not acknowledge.
  private mutating func openWithoutResume() {
    guard link == .waitingForResume else { return }
    link = .open
    spool.resume(from: spool.acknowledged)
  }

  private mutating func acknowledge(_ ack: ServerMessage.Ack) {
    // Files are read again when they have to be sent again; nothing is kept for them.
    if ack.id != 0, ack.id == running?.id, running?.file != nil { return }
    spool.acknowledge(before: ack.offset)
  }

  private mutating func resume(_ resume: ServerMessage.Resume) {
    heardFeatures = true
    let isForLog =
      resume.id == 0 || ended.contains { $0.id == resume.id }
      || running.map { $0.id == resume.id && $0.file == nil } == true
    guard !isForLog else { return resumeLog(from: resume.offset) }
    fileOffsets[resume.id] = resume.offset
    if running?.id == resume.id { running?.file?.restart(from: resume.offset) }
  }

  /// Only a stream that waits for it begins anew: what was sent on an open one arrives, whatever the server had when it
  /// spoke.
  private mutating func resumeLog(from offset: UInt64) {
    guard link == .waitingForResume || spool.end == 0 else { return spool.acknowledge(before: offset) }
    spool.resume(from: offset)
    if link == .waitingForResume { link = .open }
  }

  private mutating func receive(_ command: WorkerCommand, id: UInt64) -> [Action] {
    if link == .waitingForResume, !heardFeatures {
      features = []
      openWithoutResume()
    }
    if resumes ? receiveAgain(id) : sendRefusalAgain(id) { return [] }
    guard !isClosing else { return [] }
    guard running != nil else { return start(command, id: id) }
    // The server has gone on without the rest of the file.
    if running?.file?.phase == .suspended { running?.file?.abandon() }
    if waiting.count < Self.maximumWaitingCommands {
      waiting.append((id, command))
    } else {
      end(id, .failed("more than \(Self.maximumWaitingCommands) commands are waiting"))
    }
    return []
  }

  /// A command that came before: goes on, or has its result sent once more on this stream. `false` for a new one.
  private mutating func receiveAgain(_ id: UInt64) -> Bool {
    if let running, running.id == id {
      if running.file?.phase == .suspended { self.running?.file?.restart(from: fileOffsets[id] ?? 0) }
      return true
    }
    return waiting.contains { $0.id == id } || sendAgain(id)
  }

  /// Has the result of a command sent on this stream, once; `false` when there is none.
  private mutating func sendAgain(_ id: UInt64) -> Bool {
    guard let earlier = ended.last(where: { $0.id == id }) else { return false }
    if !resultsSent.contains(id), !resultsToSend.contains(where: { $0.id == id }) {
      resultsToSend.append(earlier)
    }
    return true
  }

  /// A server that does not resume may give an id twice, but not that of a command which it cancelled ahead.
  private mutating func sendRefusalAgain(_ id: UInt64) -> Bool {
    ended.contains { $0.id == id && $0.wasRefused } && sendAgain(id)
  }

  private mutating func start(_ command: WorkerCommand, id: UInt64) -> [Action] {
    if case .unknown(let what) = command {
      end(id, .failed("this worker does not know \(what)"))
      return startNext()
    }
    running = Running(id: id)
    if case .sendFile = command { running?.file = FileSending(start: fileOffsets[id] ?? 0) }
    return [.start(id: id, command)]
  }

  private mutating func startNext() -> [Action] {
    guard running == nil, !waiting.isEmpty else { return [] }
    let next = waiting.removeFirst()
    return start(next.command, id: next.id)
  }

  /// What runs is stopped, what has ended has its result sent again. What was not started never will be; nor will a
  /// command that this worker has not even heard of, when it comes.
  private mutating func cancel(_ cancel: ServerMessage.Cancel) -> [Action] {
    if let running, running.id == cancel.id {
      self.running?.file?.abandon()
      return [.cancel(id: cancel.id, graceSeconds: cancel.graceSeconds)]
    }
    if isClosing || filesSent.contains(cancel.id) || sendAgain(cancel.id) { return [] }
    waiting.removeAll { $0.id == cancel.id }
    end(cancel.id, .failed("cancelled before it was started"), wasRefused: true)
    return []
  }

  private mutating func close() -> [Action] {
    isClosing = true
    waiting = []
    guard let running else { return [] }
    self.running?.file?.abandon()
    return [.cancel(id: running.id, graceSeconds: nil)]
  }

  // MARK: What the worker says

  /// The running command wrote something.
  package mutating func produce(
    id: UInt64, stream: WorkerMessage.Output.Stream, _ bytes: [UInt8]
  ) {
    spool.append(id: id, stream: stream, bytes)
  }

  /// The running command ended, after all of its output was handed over; gives the next to start.
  package mutating func commandEnded(_ id: UInt64, _ result: CommandResult) -> [Action] {
    guard running?.id == id else { return [] }
    running = nil
    if result == .fileSent { filesSent.insert(id) }
    end(id, result)
    return startNext()
  }

  /// Chunks for the file on its way; those of an earlier generation are dropped.
  package mutating func offer(_ chunks: [FileSending.Chunk], generation: Int) {
    running?.file?.offer(chunks, generation: generation)
  }

  /// A file that was sent is not kept as ended: when the server asks for it again, it is read again.
  private mutating func end(_ id: UInt64, _ result: CommandResult, wasRefused: Bool = false) {
    let message: Outgoing
    switch result {
    case .done(let exitCode): message = .done(id: id, exitCode: exitCode)
    case .failed(let text): message = .failed(id: id, message: text)
    case .fileSent: return
    }
    let entry = Ended(id: id, message: message, logOffset: spool.end, wasRefused: wasRefused)
    ended.append(entry)
    if ended.count > Self.maximumKeptResults { ended.removeFirst() }
    resultsToSend.append(entry)
  }
}
