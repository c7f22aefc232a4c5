import Platform
import TestSupport
import Testing
import Worker
import WorkerProtocol

@Suite("A worker's session", .fewAtOnce)
struct WorkerSessionTests {
  static func text(_ string: String) -> [UInt8] { Array(string.utf8) }

  /// A session on its first stream, to a server with these features, that has said who it is.
  static func session(features: [String] = WorkerFeature.all) -> WorkerSession {
    var session = WorkerSession(spoolCapacityBytes: 1_000)
    session.streamOpened()
    _ = session.takeOutgoing()
    if !features.isEmpty { _ = session.receive(ServerMessage(.features(.init(names: features)))) }
    return session
  }

  /// What the session has to send, in short.
  static func sent(_ session: inout WorkerSession) -> [String] {
    var lines: [String] = []
    while session.hasOutgoing, let message = session.takeOutgoing() {
      switch message {
      case .runnerInfo: lines.append("info")
      case .output(let piece):
        lines.append("\(piece.id):\(piece.offset):\(String(decoding: piece.bytes, as: UTF8.self))")
      case .done(let id, let code): lines.append("\(id) done \(code)")
      case .failed(let id, let message): lines.append("\(id) error \(message)")
      case .fileChunk(let id, let chunk):
        lines.append("\(id) chunk \(chunk.offset)\(chunk.isLast ? " last" : "")")
      }
    }
    return lines
  }

  static func run(_ id: UInt64) -> ServerMessage { ServerMessage(id: id, .run(.init(cmd: "true"))) }

  static func fetch(_ id: UInt64) -> ServerMessage {
    var copy = ServerMessage.Copy()
    copy.direction = .fromWorker
    copy.source = "file"
    return ServerMessage(id: id, .copy(copy))
  }

  static func resume(_ offset: UInt64, id: UInt64 = 0) -> ServerMessage {
    ServerMessage(.resume(.init(id: id, offset: offset)))
  }

  static func features(_ names: [String] = WorkerFeature.all) -> ServerMessage {
    ServerMessage(.features(.init(names: names)))
  }

  @Test("Each stream begins with who the worker is")
  func runnerInfoFirst() {
    var session = WorkerSession(spoolCapacityBytes: 1_000)
    #expect(!session.hasOutgoing)
    session.streamOpened()
    #expect(Self.sent(&session) == ["info"])
    session.streamEnded()
    session.streamOpened()
    #expect(Self.sent(&session) == ["info"])
  }

  @Test("A result goes after the command's output")
  func resultAfterOutput() {
    var session = Self.session()
    #expect(session.receive(Self.run(1)) == [.start(id: 1, .run(.init(cmd: "true")))])
    session.produce(id: 1, stream: .standardOutput, Self.text("out"))
    #expect(session.commandEnded(1, .done(exitCode: 3)) == [])
    #expect(Self.sent(&session) == ["1:0:out", "1 done 3"])
  }

  @Test("Commands that come while one runs wait, in order")
  func oneAtATime() {
    var session = Self.session()
    _ = session.receive(Self.run(1))
    #expect(session.receive(Self.run(2)) == [])
    #expect(session.receive(Self.run(3)) == [])
    #expect(session.commandEnded(1, .done(exitCode: 0)) == [.start(id: 2, .run(.init(cmd: "true")))])
    session.produce(id: 2, stream: .standardOutput, Self.text("x"))
    #expect(session.commandEnded(2, .done(exitCode: 0)) == [.start(id: 3, .run(.init(cmd: "true")))])
    #expect(Self.sent(&session) == ["1 done 0", "2:0:x", "2 done 0"])
  }

  @Test("More waiting commands than the bound are refused")
  func boundedWaiting() {
    var session = Self.session()
    for id in 1...UInt64(WorkerSession.maximumWaitingCommands + 2) { _ = session.receive(Self.run(id)) }
    #expect(Self.sent(&session) == ["66 error more than 64 commands are waiting"])
  }

  @Test("After a broken stream the log waits for the server's offset")
  func resumes() {
    var session = Self.session()
    _ = session.receive(Self.run(1))
    session.produce(id: 1, stream: .standardOutput, Self.text("abcdef"))
    #expect(Self.sent(&session) == ["1:0:abcdef"])
    session.streamEnded()
    session.produce(id: 1, stream: .standardOutput, Self.text("ghi"))
    session.streamOpened()
    #expect(Self.sent(&session) == ["info"])
    _ = session.receive(Self.features())
    #expect(Self.sent(&session) == [])
    _ = session.receive(Self.resume(4))
    #expect(Self.sent(&session) == ["1:4:ef", "1:6:ghi"])
    #expect(session.receive(Self.run(1)) == [])
    #expect(session.commandEnded(1, .done(exitCode: 0)) == [])
    #expect(Self.sent(&session) == ["1 done 0"])
  }

  @Test("An offset that comes on the first stream after output was sent does not send it twice")
  func lateResume() {
    var session = Self.session()
    _ = session.receive(Self.run(1))
    session.produce(id: 1, stream: .standardOutput, Self.text("abc"))
    #expect(Self.sent(&session) == ["1:0:abc"])
    _ = session.receive(Self.resume(0))
    #expect(Self.sent(&session) == [])
    _ = session.receive(Self.resume(2))
    #expect(session.unacknowledgedBytes == 1)
  }

  @Test("The result of a finished command is sent again on a new stream, once")
  func resultAgain() {
    var session = Self.session()
    _ = session.receive(Self.run(1))
    _ = session.commandEnded(1, .done(exitCode: 5))
    #expect(Self.sent(&session) == ["1 done 5"])
    session.streamEnded()
    session.streamOpened()
    _ = session.receive(Self.features())
    _ = session.receive(Self.resume(0))
    #expect(session.receive(Self.run(1)) == [])
    #expect(Self.sent(&session) == ["info", "1 done 5"])
    #expect(session.receive(Self.run(1)) == [])
    #expect(Self.sent(&session) == [])
  }

  @Test("A command that ends while there is no stream has its result sent on the next")
  func endsWhileDown() {
    var session = Self.session()
    _ = session.receive(Self.run(1))
    session.streamEnded()
    session.produce(id: 1, stream: .standardError, Self.text("late"))
    _ = session.commandEnded(1, .failed("no"))
    session.streamOpened()
    _ = session.receive(Self.features())
    _ = session.receive(Self.resume(0))
    #expect(Self.sent(&session) == ["info", "1:0:late", "1 error no"])
  }

  @Test("A result that the server went on after is not sent again unasked")
  func olderResults() {
    var session = Self.session()
    _ = session.receive(Self.run(1))
    _ = session.commandEnded(1, .done(exitCode: 0))
    #expect(Self.sent(&session) == ["1 done 0"])
    _ = session.receive(Self.run(2))
    session.streamEnded()
    session.streamOpened()
    _ = session.receive(Self.resume(0))
    #expect(Self.sent(&session) == ["info"])
    _ = session.receive(Self.run(1))
    #expect(Self.sent(&session) == ["1 done 0"])
  }

  @Test("With a plain server output is forgotten as it is sent, and an id may come twice")
  func plain() {
    var session = Self.session(features: [])
    _ = session.receive(Self.run(1))
    session.produce(id: 1, stream: .standardOutput, Self.text("abc"))
    _ = session.commandEnded(1, .done(exitCode: 0))
    #expect(session.unacknowledgedBytes == 3)
    #expect(Self.sent(&session) == ["1:0:abc", "1 done 0"])
    #expect(session.unacknowledgedBytes == 0)
    #expect(session.receive(Self.run(1)) == [.start(id: 1, .run(.init(cmd: "true")))])
    #expect(!session.resumes)
  }

  @Test("Unknown features are ignored")
  func unknownFeatures() {
    let session = Self.session(features: ["teleport", WorkerFeature.resume])
    #expect(session.features == [WorkerFeature.resume])
  }

  @Test("A server that came back without the features is served as a plain one")
  func becamePlain() {
    var session = Self.session()
    _ = session.receive(Self.run(1))
    session.produce(id: 1, stream: .standardOutput, Self.text("abc"))
    #expect(Self.sent(&session) == ["1:0:abc"])
    session.streamEnded()
    session.streamOpened()
    #expect(session.receive(Self.run(7)) == [])
    #expect(Self.sent(&session) == ["info", "1:0:abc"])
    #expect(session.unacknowledgedBytes == 0)
  }

  @Test("After Close the session ends when the last byte is acknowledged")
  func closing() {
    var session = Self.session()
    _ = session.receive(Self.run(1))
    session.produce(id: 1, stream: .standardOutput, Self.text("abc"))
    _ = session.commandEnded(1, .done(exitCode: 0))
    #expect(session.receive(ServerMessage(.close)) == [])
    #expect(!session.isFinished)
    _ = Self.sent(&session)
    #expect(!session.isFinished)
    _ = session.receive(ServerMessage(.ack(.init(offset: 2))))
    #expect(!session.isFinished)
    _ = session.receive(ServerMessage(.ack(.init(offset: 3))))
    #expect(session.isFinished)
  }

  @Test("Close ends what runs and drops what waits")
  func closeWhileRunning() {
    var session = Self.session(features: [])
    _ = session.receive(Self.run(1))
    _ = session.receive(Self.run(2))
    #expect(session.receive(ServerMessage(.close)) == [.cancel(id: 1, graceSeconds: nil)])
    #expect(!session.isFinished)
    #expect(session.commandEnded(1, .done(exitCode: 143)) == [])
    #expect(session.isFinished)
    #expect(session.receive(Self.run(3)) == [])
  }

  @Test("Cancel stops the running command, or takes out the waiting one")
  func cancel() {
    var session = Self.session()
    _ = session.receive(Self.run(1))
    _ = session.receive(Self.run(2))
    #expect(session.receive(ServerMessage(.cancel(.init(id: 2, graceSeconds: 1)))) == [])
    #expect(Self.sent(&session) == ["2 error cancelled before it was started"])
    #expect(
      session.receive(ServerMessage(.cancel(.init(id: 1, graceSeconds: 4)))) == [
        .cancel(id: 1, graceSeconds: 4)
      ])
    #expect(session.commandEnded(1, .done(exitCode: 143)) == [])
  }

  static func cancel(_ id: UInt64) -> ServerMessage {
    ServerMessage(.cancel(.init(id: id, graceSeconds: 4)))
  }

  @Test(
    "A command that is cancelled before it comes is refused at once and never started",
    arguments: [WorkerFeature.all, [WorkerFeature.cancel, WorkerFeature.logAck]])
  func cancelAhead(features: [String]) {
    var session = Self.session(features: features)
    #expect(session.receive(Self.cancel(9)) == [])
    #expect(Self.sent(&session) == ["9 error cancelled before it was started"])
    #expect(session.receive(Self.cancel(9)) == [])
    #expect(session.receive(Self.run(9)) == [])
    #expect(Self.sent(&session) == [])
    #expect(session.receive(Self.run(10)) == [.start(id: 10, .run(.init(cmd: "true")))])
  }

  @Test("On a new stream the cancel comes first, then the command again: it runs on until it is stopped")
  func cancelAfterBreak() {
    var session = Self.session()
    _ = session.receive(Self.run(1))
    session.streamEnded()
    session.streamOpened()
    _ = session.receive(Self.features())
    _ = session.receive(Self.resume(0))
    #expect(session.receive(Self.cancel(1)) == [.cancel(id: 1, graceSeconds: 4)])
    #expect(session.receive(Self.run(1)) == [])
    #expect(session.commandEnded(1, .done(exitCode: 143)) == [])
    #expect(Self.sent(&session) == ["info", "1 done 143"])
  }

  @Test("Cancelling what has ended has its result sent again on a new stream, once")
  func cancelEnded() {
    var session = Self.session()
    _ = session.receive(Self.run(1))
    _ = session.commandEnded(1, .done(exitCode: 5))
    _ = session.receive(Self.run(2))
    #expect(Self.sent(&session) == ["1 done 5"])
    #expect(session.receive(Self.cancel(1)) == [])
    #expect(Self.sent(&session) == [])
    session.streamEnded()
    session.streamOpened()
    _ = session.receive(Self.features())
    _ = session.receive(Self.resume(0))
    #expect(session.receive(Self.cancel(1)) == [])
    #expect(session.receive(Self.run(1)) == [])
    #expect(Self.sent(&session) == ["info", "1 done 5"])
  }

  @Test("Cancelling a file that is on its way out answers nothing; on a new stream it is refused")
  func cancelSentFile() throws {
    var session = Self.session()
    _ = session.receive(Self.fetch(4))
    session.offer([Self.chunk(0, last: true)], generation: try #require(session.file).generation)
    #expect(Self.sent(&session) == ["4 chunk 0 last"])
    _ = session.commandEnded(4, .fileSent)
    #expect(session.receive(Self.cancel(4)) == [])
    #expect(Self.sent(&session) == [])
    session.streamEnded()
    session.streamOpened()
    _ = session.receive(Self.resume(0))
    #expect(session.receive(Self.cancel(4)) == [])
    #expect(session.receive(Self.fetch(4)) == [])
    #expect(Self.sent(&session) == ["info", "4 error cancelled before it was started"])
  }

  @Test("A new token is used, an empty one is not")
  func renew() {
    var session = Self.session()
    #expect(session.receive(ServerMessage(.renew(.init(token: "new")))) == [.useToken("new")])
    #expect(session.receive(ServerMessage(.renew(.init()))) == [])
  }

  @Test("A message without a payload does nothing")
  func empty() {
    var session = Self.session()
    #expect(session.receive(ServerMessage()) == [])
    #expect(Self.sent(&session) == [])
  }

  static func chunk(_ offset: UInt64, last: Bool = false) -> FileSending.Chunk {
    FileSending.Chunk(
      offset: offset,
      parts: [
        ReceivedBytes.filled {
          $0[0] = 1
          return 1
        }
      ], isLast: last)
  }

  @Test("A file goes on where the server says, and chunks read for before are dropped")
  func fileResumes() throws {
    var session = Self.session()
    _ = session.receive(Self.fetch(4))
    let first = try #require(session.file).generation
    session.offer([Self.chunk(0), Self.chunk(1)], generation: first)
    #expect(session.file?.wantsChunks == false)
    #expect(Self.sent(&session) == ["4 chunk 0", "4 chunk 1"])
    #expect(session.file?.wantsChunks == true)
    session.streamEnded()
    #expect(session.file?.wantsChunks == false)
    session.streamOpened()
    _ = session.receive(Self.features())
    _ = session.receive(Self.resume(0))
    _ = session.receive(Self.resume(1, id: 4))
    #expect(session.receive(Self.fetch(4)) == [])
    let second = try #require(session.file)
    #expect(second.start == 1)
    session.offer([Self.chunk(2)], generation: first)
    session.offer([Self.chunk(1, last: true)], generation: second.generation)
    #expect(Self.sent(&session) == ["info", "4 chunk 1 last"])
    #expect(session.file?.isSent == true)
    _ = session.commandEnded(4, .fileSent)
    #expect(Self.sent(&session) == [])
  }

  @Test("A file that is asked for again without an offset begins again, even after its end")
  func fileAgain() throws {
    var session = Self.session()
    _ = session.receive(Self.fetch(4))
    session.streamEnded()
    session.streamOpened()
    _ = session.receive(Self.resume(0))
    #expect(session.receive(Self.fetch(4)) == [])
    #expect(session.file?.phase == .active)
    #expect(session.file?.start == 0)
    _ = session.commandEnded(4, .fileSent)
    #expect(session.receive(Self.fetch(4)) == [.start(id: 4, .sendFile(source: "file"))])
  }

  @Test("A server that goes on without the rest of a file gets the next command carried out")
  func fileAbandoned() {
    var session = Self.session()
    _ = session.receive(Self.fetch(4))
    session.streamEnded()
    session.streamOpened()
    _ = session.receive(Self.resume(0))
    #expect(session.receive(Self.run(5)) == [])
    #expect(session.file?.phase == .abandoned)
    #expect(session.commandEnded(4, .failed("cancelled")) == [.start(id: 5, .run(.init(cmd: "true")))])
  }

  @Test(
    "Copies are told apart by direction, source and data",
    arguments: [
      (Int32(0), "https://x/y", [], "clone"), (0, "", [1], "write"), (0, "", [], "write"),
      (0, "https://x/y", [1], "write"),
      (1, "file", [], "send"), (2, "file", [], "unknown"),
    ] as [(Int32, String, [UInt8], String)])
  func copies(direction: Int32, source: String, data: [UInt8], expected: String) {
    var copy = ServerMessage.Copy()
    (copy.direction, copy.source, copy.data) = (.init(rawValue: direction), source, data)
    let kind =
      switch WorkerCommand(copy) {
      case .clone: "clone"
      case .writeFile: "write"
      case .sendFile: "send"
      case .run: "run"
      case .unknown: "unknown"
      }
    #expect(kind == expected)
  }
}
