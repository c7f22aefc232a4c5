import Platform
import Synchronization

/// Drives one connection: carries out what its state machine says, and runs the handler in a task of its own.
///
/// Everything but the task happens on the connection's loop, to which this object is confined.
final class ServerConnection: ConnectionHandler, @unchecked Sendable {
  /// An answer's stream is not pulled while more than this waits to be sent.
  private static let maximumPendingOutputBytes = 256 << 10

  private let connection: Connection
  private let configuration: HTTPServerConfiguration
  private let handler: HTTPServer.Handler
  private let onClosed: @Sendable (ServerConnection) -> Void
  private let isRefused: Bool

  private var machine: ServerConnectionStateMachine
  private var timer: ScheduledTask?
  private var exchange: RunningExchange?
  /// Where the answer's task waits for the loop.
  private let gate = AnswerGate()
  private var isNextRequestDue = false
  private var stall: ScheduledTask?
  private var writtenBytes = 0
  private var bytesTakenAtStallStart = 0

  /// What the connection holds for the request under way; its identity tells late answers from current ones.
  private final class RunningExchange: @unchecked Sendable {
    let body: ByteChannel
    var task: Task<Void, Never>?

    init(body: ByteChannel) {
      self.body = body
    }
  }

  init(
    _ connection: Connection, configuration: HTTPServerConfiguration, isRefused: Bool,
    handler: @escaping HTTPServer.Handler, onClosed: @escaping @Sendable (ServerConnection) -> Void
  ) {
    self.connection = connection
    self.configuration = configuration
    self.isRefused = isRefused
    self.handler = handler
    self.onClosed = onClosed
    machine = ServerConnectionStateMachine(limits: configuration.machineLimits)
  }

  // MARK: What the connection tells

  func connected(_ connection: Connection) {
    perform(isRefused ? machine.refuseConnection() : machine.connected())
  }

  func received(_ bytes: ReceivedBytes) {
    perform(bytes.withUnsafeBytes { machine.received($0) })
  }

  func inputEnded() {
    perform(machine.inputEnded())
  }

  func outputDrained() {
    FaultPoint.answerWritten.reach()
    gate.open(true)
    if isNextRequestDue {
      isNextRequestDue = false
      perform(machine.nextRequest())
    }
    perform(machine.outputDrained())
  }

  func closed(_ error: (any Error)?) {
    machine.closed()
    timer?.cancel()
    stall?.cancel()
    gate.close()
    endExchange(HTTPServerError(.bodyCutOff, "the client is gone"))
    onClosed(self)
  }

  // MARK: What the server tells, from any thread

  func beginShutdown() {
    connection.loop.executeSoon { [self] in perform(machine.beginShutdown()) }
  }

  func abort() {
    connection.loop.executeSoon { [self] in connection.abort() }
  }

  // MARK: Actions

  private func perform(_ actions: [ServerConnectionStateMachine.Action]) {
    for action in actions { perform(action) }
  }

  private func perform(_ action: ServerConnectionStateMachine.Action) {
    switch action {
    case .begin(let head): begin(head)
    case .deliver(let bytes):
      if let exchange, !exchange.body.offer(bytes) { perform(machine.bodyBufferFull()) }
    case .endBody: exchange?.body.finish()
    case .failBody(let error): exchange?.body.fail(error)
    case .write(let bytes): write(bytes)
    case .startTimer(let kind): startTimer(kind)
    case .stopTimer:
      timer?.cancel()
      timer = nil
    case .pauseReading: connection.pauseReading()
    case .resumeReading: connection.resumeReading()
    case .exchangeOver: endAnswer()
    case .closeOutput: connection.closeOutput()
    case .close: connection.close()
    case .abort: connection.abort()
    case .report(let failure):
      configuration.logger.debug(
        "request refused",
        ["peer": "\(connection.peer)", "status": "\(failure.status)", "reason": failure.detail])
    }
  }

  private func write(_ bytes: [UInt8]) {
    writtenBytes &+= bytes.count
    connection.write(bytes)
    if stall == nil, configuration.outputTimeoutSeconds > 0 { watchOutput() }
  }

  private func startTimer(_ kind: ServerConnectionStateMachine.Timer) {
    timer?.cancel()
    let seconds =
      switch kind {
      case .idle: configuration.idleTimeoutSeconds
      case .header: configuration.headerTimeoutSeconds
      case .body: configuration.bodyTimeoutSeconds
      case .drain: configuration.drainTimeoutSeconds
      }
    timer = connection.loop.schedule(after: .seconds(seconds)) { [weak self] in
      guard let self else { return }
      self.timer = nil
      perform(machine.timerFired(kind))
    }
  }

  /// Cuts a client that takes nothing of its answer for a whole period; ends by itself once all has gone.
  private func watchOutput() {
    bytesTakenAtStallStart = writtenBytes &- connection.pendingOutputBytes
    stall = connection.loop.schedule(after: .seconds(configuration.outputTimeoutSeconds)) { [weak self] in
      guard let self else { return }
      stall = nil
      guard connection.pendingOutputBytes > 0 else { return }
      guard writtenBytes &- connection.pendingOutputBytes != bytesTakenAtStallStart else {
        configuration.logger.debug("client takes no output", ["peer": "\(connection.peer)"])
        return connection.abort()
      }
      watchOutput()
    }
  }

  // MARK: The exchange

  private func begin(_ head: RequestHead) {
    let channel = ByteChannel(maximumBytes: configuration.maximumBufferedBytes) { [weak self] in
      guard let self else { return }
      connection.loop.executeSoon { [self] in perform(machine.bodyDemanded()) }
    }
    let exchange = RunningExchange(body: channel)
    self.exchange = exchange
    let length: Int64? = if case .counted(let length) = head.bodyLength { length } else { nil }
    let request: HTTPServerRequest
    do {
      request = try HTTPServerRequest(
        method: head.method, target: head.target, headers: head.headers, peer: connection.peer,
        body: channel.stream(length: length))
    } catch {
      // On the next turn: the machine may still be handing out what came with the head.
      let response = HTTPServerResponse.problem(status: error.status, detail: error.message)
      return connection.loop.execute { [self] in answer(response, of: exchange) }
    }
    exchange.task = Task { [handler, self] in
      await send(await handler(request), of: exchange)
    }
  }

  /// The answer is over; the next request has its turn when the client has taken most of this one's answer.
  private func endAnswer() {
    endExchange(HTTPServerError(.bodyCutOff, "the request was answered"))
    if connection.pendingOutputBytes > Self.maximumPendingOutputBytes {
      isNextRequestDue = true
    } else {
      perform(machine.nextRequest())
    }
  }

  private func endExchange(_ error: HTTPServerError) {
    guard let exchange else { return }
    self.exchange = nil
    exchange.body.fail(error)
    exchange.task?.cancel()
  }
}

// MARK: - The answer, from the handler's task

extension ServerConnection {
  private func send(_ response: HTTPServerResponse, of exchange: RunningExchange) async {
    guard case .stream(let stream) = response.body, !response.isReset else {
      return connection.loop.execute { [self] in answer(response, of: exchange) }
    }
    do {
      let takesBody = await gate.pass { [self] in
        connection.loop.execute { [self] in gate.open(answer(response, of: exchange)) }
      }
      while takesBody, let chunk = try await stream.next() {
        let goesOn = await gate.pass { [self] in
          connection.loop.execute { [self] in sendPart(chunk, of: exchange) }
        }
        if !goesOn { return }
      }
      connection.loop.execute { [self] in
        if self.exchange === exchange { perform(machine.finishAnswer()) }
      }
    } catch {
      configuration.logger.warning(
        "an answer's body failed", ["peer": "\(connection.peer)", "error": "\(error)"])
      connection.loop.execute { [self] in
        if self.exchange === exchange { perform(machine.failAnswer()) }
      }
    }
  }

  /// Begins the answer, and ends it as well unless its body is a stream; says whether that is to be pulled.
  @discardableResult
  private func answer(_ response: HTTPServerResponse, of exchange: RunningExchange) -> Bool {
    guard self.exchange === exchange else { return false }
    if response.isReset {
      connection.abort()
      return false
    }
    guard AnswerHead.isValid(response) else {
      configuration.logger.error(
        "a handler's answer cannot be sent",
        ["status": "\(response.status)", "headers": "\(response.headers)"])
      return answer(.problem(status: 500), of: exchange)
    }
    let (actions, takesBody) = machine.answer(response)
    perform(actions)
    switch response.body {
    case .stream: return takesBody
    case .bytes(let bytes): if takesBody { perform(machine.send(bytes)) }
    case .empty: break
    }
    perform(machine.finishAnswer())
    return false
  }

  private func sendPart(_ bytes: [UInt8], of exchange: RunningExchange) {
    guard self.exchange === exchange else { return gate.open(false) }
    perform(machine.send(bytes))
    // `outputDrained` opens the gate, or the end of the connection closes it.
    if connection.pendingOutputBytes <= Self.maximumPendingOutputBytes { gate.open(true) }
  }
}
