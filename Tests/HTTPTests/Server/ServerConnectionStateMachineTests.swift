import Platform
import TestSupport
import Testing

@testable import HTTP

/// The machine alone: no socket, no task, no clock.
@Suite(.fewAtOnce) struct ServerConnectionStateMachineTests {
  private static let limits = ServerConnectionStateMachine.Limits(
    parser: RequestParser.Limits(targetBytes: 100, headerBytes: 1_000, headerCount: 10),
    bodyBytes: 1_000, bodyBytesPerPeriod: 10, drainBytes: 100)

  private var machine = ServerConnectionStateMachine(limits: limits)

  private mutating func receive(_ text: String) -> [String] {
    Self.names(Array(text.utf8).withUnsafeBytes { machine.received($0) })
  }

  private mutating func answer(_ response: HTTPServerResponse = .empty(200)) -> [String] {
    Self.names(machine.answer(response).actions) + Self.names(machine.finishAnswer())
  }

  /// Actions in short: `begin`, `write 200`, `timer body`.
  private static func names(_ actions: [ServerConnectionStateMachine.Action]) -> [String] {
    actions.map { action in
      switch action {
      case .begin(let head): "begin \(head.target)"
      case .deliver(let bytes): "deliver \(bytes.count)"
      case .write(let bytes):
        "write \(String(decoding: bytes.dropFirst(9).prefix(3), as: UTF8.self))"
      case .failBody(let error): "fail \(error.status)"
      case .startTimer(let timer): "timer \(timer)"
      case .report(let failure): "report \(failure.status)"
      default: "\(action)"
      }
    }
  }

  private static let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

  @Test mutating func `A request without body is begun, ended, answered and followed by the next`() {
    #expect(Self.names(machine.connected()) == ["timer idle"])
    #expect(receive(Self.get) == ["stopTimer", "begin /", "endBody"])
    #expect(answer() == ["write 200", "exchangeOver"])
    #expect(Self.names(machine.nextRequest()) == ["timer idle", "resumeReading"])
    #expect(receive(Self.get) == ["stopTimer", "begin /", "endBody"])
  }

  @Test mutating func `The first byte starts the header's time, and only one`() {
    #expect(receive("G") == ["timer header"])
    #expect(receive("ET / HTTP/1.1\r\n") == [])
    #expect(
      Self.names(machine.timerFired(.header)) == ["report 408", "write 408", "closeOutput", "resumeReading"])
    #expect(Self.names(machine.outputDrained()) == ["timer drain"])
    #expect(Self.names(machine.timerFired(.drain)) == ["close"])
  }

  @Test mutating func `What comes behind a request waits, and the client with it`() {
    _ = receive(Self.get)
    #expect(receive("GET /2 HTTP/1.1\r\nHost: a\r\n\r\nGET /3") == ["pauseReading"])
    _ = answer()
    #expect(Self.names(machine.nextRequest()) == ["begin /2", "endBody"])
    _ = answer()
    #expect(Self.names(machine.nextRequest()) == ["timer header", "resumeReading"])
  }

  @Test mutating func `A body must come at a rate, but not while the handler does not read`() {
    _ = receive("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n")
    #expect(machine.timer == .body)
    #expect(receive("0123456789") == ["deliver 10"])
    #expect(Self.names(machine.timerFired(.body)) == ["timer body"])
    #expect(Self.names(machine.bodyBufferFull()) == ["stopTimer", "pauseReading"])
    #expect(Self.names(machine.timerFired(.body)) == [])
    #expect(Self.names(machine.bodyDemanded()) == ["resumeReading", "timer body"])
    #expect(receive("012345678") == ["deliver 9"])
    #expect(
      Self.names(machine.timerFired(.body)) == [
        "report 408", "fail 408", "write 408", "closeOutput", "resumeReading",
      ])
  }

  @Test mutating func `A client that waits to be asked has no time to keep`() {
    let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n"
    #expect(receive(head) == ["begin /"])
    #expect(Self.names(machine.bodyDemanded()) == ["resumeReading", "write 100", "timer body"])
    #expect(Self.names(machine.bodyDemanded()) == ["resumeReading", "timer body"])
    #expect(receive("x") == ["deliver 1", "stopTimer", "endBody"])
  }

  @Test mutating func `An answer for a request that is over is dropped`() {
    _ = receive("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
    #expect(
      receive("x") == ["report 400", "stopTimer", "fail 400", "write 400", "closeOutput", "resumeReading"])
    #expect(answer() == [])
    #expect(Self.names(machine.send([1])) == [])
  }

  @Test mutating func `An answer longer or shorter than announced is cut`() {
    for parts in [[6], [2, 2]] {
      machine = ServerConnectionStateMachine(limits: Self.limits)
      _ = receive(Self.get)
      let stream = ByteStream(length: 5) { nil }
      _ = machine.answer(HTTPServerResponse(body: .stream(stream)))
      let actions = parts.flatMap { machine.send([UInt8](repeating: 0, count: $0)) } + machine.finishAnswer()
      #expect(Self.names(actions).last == "abort")
    }
  }

  @Test mutating func `What is dropped behind the last answer has a bound`() {
    _ = receive("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\n")
    #expect(answer(.empty(403)) == ["write 403", "stopTimer", "closeOutput", "resumeReading"])
    #expect(receive(String(repeating: "x", count: 100)) == [])
    #expect(receive("x") == ["close"])
    #expect(machine.isClosed)
  }

  @Test mutating func `Shutting down closes what is idle and answers what is not`() {
    #expect(Self.names(machine.beginShutdown()) == ["close"])
    machine = ServerConnectionStateMachine(limits: Self.limits)
    _ = receive(Self.get)
    #expect(Self.names(machine.beginShutdown()) == [])
    #expect(answer() == ["write 200", "closeOutput", "resumeReading"])
    #expect(Self.names(machine.inputEnded()) == [])
    #expect(Self.names(machine.outputDrained()) == ["close"])
  }
}
