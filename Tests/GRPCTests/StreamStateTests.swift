import Platform
import TestSupport
import Testing

@testable import GRPC

@Suite(.fewAtOnce) struct RequestHeadTests {
  static let good: [(name: String, value: String)] = [
    (":method", "POST"), (":path", "/a.B/C"), ("content-type", "application/grpc"), ("te", "trailers"),
  ]

  @Test(arguments: ["application/grpc", "application/grpc+proto", "application/grpc;charset=x"])
  func `A call is taken`(contentType: String) throws {
    let fields =
      Self.good.filter { $0.name != "content-type" }
      + [("content-type", contentType), ("x-a", "1"), ("grpc-timeout", "5S"), ("grpc-encoding", "identity")]
    let head = try RequestHead(HeaderBlock(fields))
    #expect(head.path == "/a.B/C")
    #expect(head.timeoutSeconds == 5)
    #expect(head.metadata == ["x-a": "1"])
  }

  @Test(arguments: [
    (":method", "GET", 405, GRPCStatus.Code.internalError),
    ("content-type", "application/json", 415, .unknown),
    ("content-type", "application/grpcx", 415, .unknown),
    ("te", "gzip", 200, .internalError),
    (":path", "a.B/C", 200, .unimplemented),
    ("grpc-encoding", "gzip", 200, .unimplemented),
    ("grpc-timeout", "soon", 200, .internalError),
  ])
  func `What is no call is refused`(name: String, value: String, httpStatus: Int, code: GRPCStatus.Code) {
    let fields = Self.good.filter { $0.name != name } + [(name, value)]
    let refusal = #expect(throws: RequestHead.Refusal.self) { try RequestHead(HeaderBlock(fields)) }
    #expect(refusal?.httpStatus == httpStatus)
    #expect(refusal?.status.code == code)
  }

  @Test func `Headers above the maximum are refused`() {
    var block = HeaderBlock()
    for _ in 0..<10 {
      pattern(10).withUnsafeBytes { block.append(name: $0, value: $0, maximumBytes: 500) }
    }
    #expect(block.isTooLarge)
    let refusal = #expect(throws: RequestHead.Refusal.self) { try RequestHead(block) }
    #expect(refusal?.httpStatus == 431)
  }
}

@Suite(.fewAtOnce) struct ResponseStateTests {
  typealias Fields = [(name: String, value: String)]
  static let headers: Fields = [(":status", "200"), ("content-type", "application/grpc")]

  /// What a state says to a list of header blocks, of which the last one ends the stream if `ends`.
  func outcome(_ blocks: [Fields], ends: Bool = true) -> (code: GRPCStatus.Code?, mustReset: Bool) {
    var state = ResponseState()
    for (index, fields) in blocks.enumerated() {
      let endsStream = ends && index == blocks.count - 1
      if case .end(let status, let mustReset) = state.receive(HeaderBlock(fields), endsStream: endsStream) {
        return (status.code, mustReset)
      }
    }
    return (nil, false)
  }

  @Test func `Headers and trailers make a status`() {
    #expect(outcome([Self.headers, [("grpc-status", "0")]]) == (.ok, false))
    #expect(outcome([Self.headers, [("grpc-status", "5")]]) == (.notFound, false))
    #expect(outcome([[(":status", "100")], Self.headers, [("grpc-status", "0")]]) == (.ok, false))
    #expect(outcome([Self.headers + [("grpc-status", "16")]]) == (.unauthenticated, false))
    #expect(outcome([[(":status", "404"), ("grpc-status", "12")]]) == (.unimplemented, false))
  }

  @Test func `A broken answer makes an error`() {
    #expect(outcome([Self.headers, [("x", "y")]]) == (.internalError, false))
    #expect(outcome([Self.headers, [("grpc-status", "x")]]) == (.internalError, false))
    #expect(outcome([Self.headers, [("grpc-status", "99")]]) == (.unknown, false))
    #expect(outcome([Self.headers, [("grpc-status", "0")]], ends: false) == (.internalError, true))
    #expect(outcome([Self.headers]) == (.internalError, false))
    #expect(outcome([[(":status", "503")]], ends: false) == (.unavailable, true))
    #expect(outcome([[(":status", "503")]]) == (.unavailable, false))
    #expect(outcome([[(":status", "200"), ("content-type", "text/html")]], ends: false) == (.unknown, true))
    #expect(outcome([Self.headers + [("grpc-encoding", "gzip")]], ends: false) == (.internalError, true))
  }

  @Test func `Nothing counts after the end`() {
    var state = ResponseState()
    _ = state.fail(GRPCStatus(.cancelled), mustReset: true)
    #expect(state.isEnded)
    if case .none = state.receive(HeaderBlock(Self.headers), endsStream: true) {
    } else {
      Issue.record("not dropped")
    }
    if case .none = state.receiveEnd() {} else { Issue.record("not dropped") }
  }
}

@Suite(.fewAtOnce) struct QueueTests {
  func batch(_ count: Int) throws -> MessageBatch {
    var batch = MessageBatch()
    let bytes = (0..<count).flatMap { framed([UInt8($0)]) }
    batch.append(packed: try #require(ReceivedBytes.received(bytes)), count: count)
    return batch
  }

  @Test func `Messages hold the window until they are taken`() throws {
    var queue = InboundQueue()
    #expect(queue.append(try batch(2), wireBytes: 12) == 0)
    #expect(queue.append(try batch(1), wireBytes: 9) == 0)
    guard case .batch(let taken, let credit) = queue.take() else {
      Issue.record("no batch")
      return
    }
    #expect(taken.count == 3)
    #expect(credit == 21)
    if case .wait = queue.take() {} else { Issue.record("not empty") }
  }

  @Test func `The part of a message is credited only while nothing waits`() throws {
    var queue = InboundQueue()
    #expect(queue.append(MessageBatch(), wireBytes: 1_000) == 1_000)
    #expect(queue.append(try batch(1), wireBytes: 6) == 0)
    #expect(queue.append(MessageBatch(), wireBytes: 500) == 0)
    guard case .batch(_, let credit) = queue.take() else {
      Issue.record("no batch")
      return
    }
    #expect(credit == 506)
  }

  @Test func `What came before the end is taken before it`() throws {
    var queue = InboundQueue()
    _ = queue.append(try batch(1), wireBytes: 6)
    queue.end(GRPCStatus(.unavailable))
    queue.end(.ok)
    if case .batch = queue.take() {} else { Issue.record("lost") }
    if case .failure(let status) = queue.take() {
      #expect(status.code == .unavailable)
    } else {
      Issue.record("no failure")
    }
    #expect(queue.append(try batch(1), wireBytes: 6) == 6)
  }

  @Test func `Small messages share a piece, large payloads keep theirs`() {
    var queue = OutboundQueue()
    for _ in 0..<10 {
      var messages = OutgoingMessages()
      messages.append([1, 2, 3])
      queue.append(messages)
    }
    let large = pattern(10_000)
    var messages = OutgoingMessages()
    messages.append(head: [9], payload: large[...])
    queue.append(messages)
    #expect(queue.byteCount == 10 * 8 + 6 + 10_000)
    #expect(queue.take(upTo: 1_000_000)?.count == 86)
    #expect(queue.take(upTo: 4_000)?.withUnsafeBytes(Array.init) == Array(large[..<4_000]))
    #expect(queue.take(upTo: 1_000_000)?.withUnsafeBytes(Array.init) == Array(large[4_000...]))
    #expect(queue.take(upTo: 1)?.count == nil)
    #expect(queue.isEmpty && !queue.isDrained)
    queue.finish()
    #expect(queue.isDrained)
  }
}
