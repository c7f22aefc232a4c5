/// One connection of a server, without socket, clock or task: what happens goes in, what is to be done comes out.
///
/// States:
/// - `idle`: between requests; holds nothing.
/// - `head`: a request's first bytes are there.
/// - `exchange`: the handler has the request; its body may still come, its answer may already go.
/// - `finished`: the answer is over; the next request waits until the output has room (`nextRequest`).
/// - `flushing`: the last answer is on its way and the output is closed behind it; input is dropped.
/// - `draining`: the last answer has gone; input is dropped so that closing does not destroy the answer (RFC 9112, section 9.6).
/// - `closed`.
///
/// A peer's violation ends in an answer and `flushing`; what a handler sends for an exchange that is over (the
/// client left, or the machine answered itself) is a legitimate race and dropped.
struct ServerConnectionStateMachine {
  enum Timer: Equatable {
    case idle, header, body, drain
  }

  enum Action {
    case begin(RequestHead)
    case deliver([UInt8])
    case endBody
    case failBody(HTTPServerError)
    case write([UInt8])
    /// Replaces the timer that runs.
    case startTimer(Timer)
    case stopTimer
    case pauseReading
    case resumeReading
    /// Call `nextRequest` when the output has room.
    case exchangeOver
    /// Sends what is pending and ends the output; call `outputDrained` when that has gone.
    case closeOutput
    case close
    case abort
    case report(RequestFailure)
  }

  struct Limits {
    var parser: RequestParser.Limits
    var bodyBytes: Int64
    /// What must come of a body in each period of the body timer.
    var bodyBytesPerPeriod: Int
    var drainBytes: Int
  }

  struct Exchange {
    enum Input {
      case receiving, complete, failed
    }

    enum Output {
      case waiting
      case streaming(AnswerFraming)
    }

    var isHead: Bool
    var minorVersion: Int
    var keepsAlive: Bool
    var owesContinue: Bool
    var input = Input.receiving
    var output = Output.waiting
    var bodyBytes: Int64 = 0
    var bytesInPeriod = 0
  }

  enum Phase {
    case idle
    case head
    case exchange(Exchange)
    case finished
    case flushing
    case draining
    case closed
  }

  private(set) var phase = Phase.idle
  private var parser: RequestParser
  private let limits: Limits
  /// The timer that was started last and neither stopped nor fired.
  private(set) var timer: Timer?
  /// Bytes behind the current request, which wait for their turn; reading is paused meanwhile.
  private var pending: ArraySlice<UInt8> = []
  private var droppedBytes = 0
  private var isInputEnded = false
  private var isShuttingDown = false

  init(limits: Limits) {
    self.limits = limits
    parser = RequestParser(limits: limits.parser)
  }

  var isClosed: Bool {
    if case .closed = phase { true } else { false }
  }
}

// MARK: - The connection

extension ServerConnectionStateMachine {
  mutating func connected() -> [Action] {
    setTimer(.idle)
  }

  /// The server takes no more connections: answers that without looking at the request.
  mutating func refuseConnection() -> [Action] {
    refuse(RequestFailure(503, "the server has too many connections"))
  }

  /// Begins no more requests; the one under way is answered.
  mutating func beginShutdown() -> [Action] {
    isShuttingDown = true
    switch phase {
    case .idle where parser.isIdle: return close()
    case .exchange(var exchange):
      exchange.keepsAlive = false
      phase = .exchange(exchange)
      return []
    default: return []
    }
  }

  mutating func inputEnded() -> [Action] {
    isInputEnded = true
    switch phase {
    case .idle, .head, .draining: return close()
    case .exchange(var exchange):
      // A client may end its side and still wait for the answer.
      if pending.isEmpty { exchange.keepsAlive = false }
      let isCutOff = exchange.input == .receiving
      if isCutOff { exchange.input = .failed }
      phase = .exchange(exchange)
      guard isCutOff else { return [] }
      return setTimer(nil) + [.failBody(HTTPServerError(.bodyCutOff, "the request's body ended too early"))]
    case .finished, .flushing, .closed: return []
    }
  }

  mutating func timerFired(_ fired: Timer) -> [Action] {
    guard fired == timer else { return [] }
    timer = nil
    switch (fired, phase) {
    case (.header, .head):
      return refuse(RequestFailure(408, "the request's head came too slowly"))
    case (.body, .exchange(var exchange)):
      guard exchange.bytesInPeriod >= limits.bodyBytesPerPeriod else {
        return refuse(RequestFailure(408, "the request's body came too slowly"))
      }
      exchange.bytesInPeriod = 0
      phase = .exchange(exchange)
      return setTimer(.body)
    case (.idle, .idle), (.drain, .draining):
      return close()
    default: return []
    }
  }

  /// What was written has gone.
  mutating func outputDrained() -> [Action] {
    guard case .flushing = phase else { return [] }
    if isInputEnded { return close() }
    phase = .draining
    return setTimer(.drain)
  }

  /// The connection is gone.
  mutating func closed() {
    phase = .closed
    timer = nil
    pending = []
  }

  private mutating func close() -> [Action] {
    let stop = setTimer(nil)
    phase = .closed
    return stop + [.close]
  }

  /// The last answer was written: ends the output, and reads what the client still sends without keeping it.
  private mutating func flush() -> [Action] {
    let stop = setTimer(nil)
    phase = .flushing
    pending = []
    return stop + [.closeOutput, .resumeReading]
  }

  private mutating func setTimer(_ new: Timer?) -> [Action] {
    defer { timer = new }
    guard let new else { return timer == nil ? [] : [.stopTimer] }
    return [.startTimer(new)]
  }
}

// MARK: - The request

extension ServerConnectionStateMachine {
  mutating func received(_ bytes: UnsafeRawBufferPointer) -> [Action] {
    switch phase {
    case .idle, .head:
      return parse(bytes)
    case .exchange(let exchange):
      switch exchange.input {
      case .receiving: return parse(bytes)
      case .failed: return []
      case .complete: return keep(bytes)
      }
    case .finished:
      return keep(bytes)
    case .flushing, .draining:
      droppedBytes += bytes.count
      return droppedBytes > limits.drainBytes ? close() : []
    case .closed:
      return []
    }
  }

  /// Goes on with the next request behind an answer that is over.
  mutating func nextRequest() -> [Action] {
    guard case .finished = phase else { return [] }
    if isShuttingDown || (isInputEnded && pending.isEmpty) { return flush() }
    phase = .idle
    var actions: [Action] = []
    if pending.isEmpty {
      actions += setTimer(.idle)
    } else {
      let kept = pending
      pending = []
      actions += kept.withUnsafeBytes { parse($0, copiedFrom: kept) }
    }
    // Reading was paused when more came than the last request; it stays so while some of that waits.
    if pending.isEmpty { actions.append(.resumeReading) }
    return isInputEnded ? actions + inputEnded() : actions
  }

  /// The handler waits for bytes of the body: a client that asked first may send it, and reading goes on.
  mutating func bodyDemanded() -> [Action] {
    guard case .exchange(var exchange) = phase, exchange.input == .receiving else { return [] }
    var actions: [Action] = [.resumeReading]
    if exchange.owesContinue {
      exchange.owesContinue = false
      // Behind the beginning of an answer there is no place for it (RFC 9110, section 10.1.1).
      if case .waiting = exchange.output {
        actions.append(.write(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)))
      }
    }
    exchange.bytesInPeriod = 0
    phase = .exchange(exchange)
    return actions + setTimer(.body)
  }

  /// The handler does not read as fast as the client sends. That is not the client's fault: no timer runs.
  mutating func bodyBufferFull() -> [Action] {
    guard case .exchange(let exchange) = phase, exchange.input == .receiving else { return [] }
    return setTimer(nil) + [.pauseReading]
  }

  private mutating func keep(_ bytes: UnsafeRawBufferPointer) -> [Action] {
    pending.append(contentsOf: bytes)
    return [.pauseReading]
  }

  private mutating func parse(
    _ bytes: UnsafeRawBufferPointer, copiedFrom kept: ArraySlice<UInt8>? = nil
  ) -> [Action] {
    var events: [RequestParser.Event] = []
    var failure: RequestFailure?
    var used = bytes.count
    do throws(RequestFailure) {
      used = try parser.parse(bytes, into: &events)
    } catch {
      failure = error
    }
    var actions: [Action] = []
    for event in events { actions += handle(event, bytes) }
    if let failure { return actions + refuse(failure) }
    if case .idle = phase, !parser.isIdle { phase = .head }
    if case .head = phase, timer != .header { actions += setTimer(.header) }
    if used < bytes.count, isAnsweringInOrder {
      if let kept {
        pending = kept.dropFirst(used)
      } else {
        actions += keep(UnsafeRawBufferPointer(rebasing: bytes[used...]))
      }
    }
    return actions
  }

  /// Whether what comes behind the current request will be looked at.
  private var isAnsweringInOrder: Bool {
    switch phase {
    case .exchange, .finished: true
    default: false
    }
  }

  private mutating func handle(_ event: RequestParser.Event, _ bytes: UnsafeRawBufferPointer) -> [Action] {
    switch event {
    case .head(let head):
      return begin(head)
    case .body(let range):
      guard case .exchange(let exchange) = phase, exchange.input == .receiving else { return [] }
      return deliver(UnsafeRawBufferPointer(rebasing: bytes[range]), exchange)
    case .end:
      guard case .exchange(var exchange) = phase, exchange.input == .receiving else { return [] }
      exchange.input = .complete
      exchange.owesContinue = false
      phase = .exchange(exchange)
      return setTimer(nil) + [.endBody]
    }
  }

  private mutating func begin(_ head: RequestHead) -> [Action] {
    if case .counted(let length) = head.bodyLength, length > limits.bodyBytes {
      return refuse(bodyTooLarge)
    }
    if head.expectation == .unknown {
      return refuse(RequestFailure(417, "no expectation but '100-continue' is understood"))
    }
    let expectsBody = head.bodyLength != .counted(0)
    let exchange = Exchange(
      isHead: head.method == "HEAD", minorVersion: head.minorVersion,
      keepsAlive: head.keepsAlive && !isShuttingDown,
      owesContinue: expectsBody && head.expectation == .continuation)
    phase = .exchange(exchange)
    // A client that waits to be asked is not slow.
    return setTimer(expectsBody && !exchange.owesContinue ? .body : nil) + [.begin(head)]
  }

  private mutating func deliver(_ bytes: UnsafeRawBufferPointer, _ exchange: Exchange) -> [Action] {
    var exchange = exchange
    exchange.owesContinue = false
    exchange.bodyBytes += Int64(bytes.count)
    exchange.bytesInPeriod += bytes.count
    phase = .exchange(exchange)
    guard exchange.bodyBytes <= limits.bodyBytes else { return refuse(bodyTooLarge) }
    return [.deliver(Array(bytes))]
  }

  private var bodyTooLarge: RequestFailure {
    RequestFailure(413, "the request's body is over \(limits.bodyBytes) bytes")
  }

  /// Answers a request that cannot go on, unless its handler's answer is on its way already.
  private mutating func refuse(_ failure: RequestFailure) -> [Action] {
    var actions: [Action] = [.report(failure)] + setTimer(nil)
    if case .exchange(var exchange) = phase {
      actions.append(.failBody(failure.bodyError))
      if case .streaming = exchange.output {
        exchange.input = .failed
        exchange.keepsAlive = false
        phase = .exchange(exchange)
        return actions + [.pauseReading]
      }
    }
    let answer = HTTPServerResponse.problem(status: failure.status, detail: failure.detail)
    actions.append(.write(AnswerHead.complete(answer)))
    return actions + flush()
  }
}

// MARK: - The answer

extension ServerConnectionStateMachine {
  /// The handler's answer begins. Says as well whether its body is to be sent.
  mutating func answer(_ response: HTTPServerResponse) -> (actions: [Action], takesBody: Bool) {
    guard case .exchange(var exchange) = phase, case .waiting = exchange.output else { return ([], false) }
    // Behind a body that was not read there is no telling where the next request begins.
    if exchange.input != .complete || isShuttingDown || response.headers.listContains("Connection", "close") {
      exchange.keepsAlive = false
    }
    let head = AnswerHead(
      response, isHead: exchange.isHead, minorVersion: exchange.minorVersion, keepsAlive: exchange.keepsAlive)
    exchange.keepsAlive = head.keepsAlive
    exchange.output = .streaming(head.framing)
    phase = .exchange(exchange)
    return ([.write(head.bytes)], head.framing != .none)
  }

  /// A part of the answer's body.
  mutating func send(_ bytes: [UInt8]) -> [Action] {
    guard case .exchange(var exchange) = phase, case .streaming(var framing) = exchange.output else {
      return []
    }
    guard let parts = framing.encode(bytes) else { return failAnswer() }
    exchange.output = .streaming(framing)
    phase = .exchange(exchange)
    return parts.map { .write($0) }
  }

  /// The answer's body is over.
  mutating func finishAnswer() -> [Action] {
    guard case .exchange(let exchange) = phase, case .streaming(let framing) = exchange.output else {
      return []
    }
    guard let end = framing.end else { return failAnswer() }
    let actions: [Action] = end.isEmpty ? [] : [.write(end)]
    guard exchange.keepsAlive, exchange.input == .complete else { return actions + flush() }
    phase = .finished
    return actions + [.exchangeOver]
  }

  /// The answer's body failed, or is not as long as announced: only cutting the connection tells the client.
  mutating func failAnswer() -> [Action] {
    guard case .exchange = phase else { return [] }
    closed()
    return [.stopTimer, .abort]
  }
}
