import HTTP
import Platform
import TestSupport
import Testing

@Suite(.fewAtOnce) struct ClientFaultTests {
  @Test func `Nobody listening is a failed connection`() async throws {
    let port = try await withServer(handler: describe) { $0.port }
    try await withClient { client in
      let code = await clientErrorCode {
        _ = try await client.send(HTTPRequest("GET", "http://127.0.0.1:\(port)/"))
      }
      #expect(code == .connectFailed)
    }
  }

  @Test func `A name that nobody has is a failed resolution`() async throws {
    try await withClient { client in
      let code = await clientErrorCode {
        _ = try await client.send(HTTPRequest("GET", "http://name.invalid./"))
      }
      #expect(code == .resolveFailed)
    }
  }

  @Test func `A connection that is reset instead of an answer is cut off`() async throws {
    let handler: HTTPServer.Handler = { _ in .reset }
    try await withServerAndClient(handler: handler) { url, client in
      let code = await clientErrorCode { _ = try await client.send(HTTPRequest("GET", url)) }
      #expect(code == .cutOff)
    }
  }

  @Test(
    "A request that a kept connection lost is sent again only when its method may be",
    arguments: [
      ("POST", HTTPClientError.Code.cutOff, 1), ("PATCH", .cutOff, 1), ("GET", nil, 2), ("PUT", nil, 2),
    ])
  func lostRequest(_ method: String, _ expected: HTTPClientError.Code?, _ arrivals: Int) async throws {
    let count = Watched(0)
    let handler: HTTPServer.Handler = { request in
      guard request.rawPath == "/lost" else { return .text("kept") }
      return count.withLock { count in
        count += 1
        return count == 1 ? .reset : .text("again")
      }
    }
    try await withServerAndClient(handler: handler) { url, client in
      _ = try await client.send(HTTPRequest("GET", url + "/")).bytes()
      let code = await clientErrorCode {
        _ = try await client.send(HTTPRequest(method, url + "/lost", body: .text("x"))).bytes()
      }
      #expect(code == expected)
      #expect(count.withLock { $0 } == arrivals)
    }
  }

  @Test("An answer that is cut in its body fails behind the bytes that came", arguments: [true, false])
  func cutBody(isLengthKnown: Bool) async throws {
    let handler: HTTPServer.Handler = { _ in
      let parts = Watched([Array("hello".utf8)])
      let stream = ByteStream(length: isLengthKnown ? 10 : nil) {
        guard let part = parts.withLock({ $0.popLast() }) else { throw CancellationError() }
        return part
      }
      return HTTPServerResponse(body: .stream(stream))
    }
    try await withServerAndClient(handler: handler) { url, client in
      let code = await clientErrorCode {
        let response = try await client.send(HTTPRequest("GET", url))
        while try await response.body.next() != nil {}
      }
      #expect(code == .cutOff)
    }
  }

  @Test func `An answer that never comes is over at the request's limit`() async throws {
    let handler: HTTPServer.Handler = { _ in await never() }
    try await withServerAndClient(handler: handler) { url, client in
      let code = await clientErrorCode {
        _ = try await client.send(HTTPRequest("GET", url, timeoutSeconds: 0.05))
      }
      #expect(code == .timedOut)
    }
  }

  @Test func `A server that is silent is left at the idle limit`() async throws {
    var configuration = HTTPClientConfiguration()
    configuration.idleTimeoutSeconds = 0.05
    let handler: HTTPServer.Handler = { _ in await never() }
    try await withServerAndClient(client: configuration, handler: handler) { url, client in
      let code = await clientErrorCode { _ = try await client.send(HTTPRequest("GET", url)) }
      #expect(code == .timedOut)
    }
  }

  @Test func `A body that stops coming is left at the idle limit`() async throws {
    let handler: HTTPServer.Handler = { _ in
      let parts = Watched([Array("hello".utf8)])
      return HTTPServerResponse(
        body: .stream(
          ByteStream {
            if let part = parts.withLock({ $0.popLast() }) { return part }
            _ = await never()
            throw CancellationError()
          }))
    }
    try await withServerAndClient(handler: handler) { url, client in
      var request = HTTPRequest("GET", url)
      request.idleTimeoutSeconds = 5
      let response = try await client.send(request)
      #expect(try await response.body.next() == Array("hello".utf8))
      #expect(await clientErrorCode { _ = try await response.body.next() } == .timedOut)
    }
  }

  @Test func `Cancelling the task ends the transfer`() async throws {
    let isBegun = Watched(false)
    let handler: HTTPServer.Handler = { _ in
      isBegun.withLock { $0 = true }
      return await never()
    }
    try await withServerAndClient(handler: handler) { url, client in
      let task = Task { _ = try await client.send(HTTPRequest("GET", url)) }
      _ = try await isBegun.value { $0 ? true : nil }
      task.cancel()
      #expect(await clientErrorCode { try await task.value } == .cancelled)
    }
  }

  @Test func `A task that is cancelled before it asks gets no answer`() async throws {
    try await withServerAndClient(handler: describe) { url, client in
      let task = Task {
        await untilCancelled()
        _ = try await client.send(HTTPRequest("GET", url))
      }
      task.cancel()
      #expect(await clientErrorCode { try await task.value } == .cancelled)
    }
  }

  @Test func `Dropping an answer before its end ends the transfer`() async throws {
    let isLeft = Watched(false)
    let handler: HTTPServer.Handler = { _ in
      let held = Held { isLeft.withLock { $0 = true } }
      let stream = ByteStream {
        try withExtendedLifetime(held) { try Task.checkCancellation() }
        return [UInt8](repeating: 1, count: 1 << 16)
      }
      return HTTPServerResponse(body: .stream(stream))
    }
    try await withServerAndClient(handler: handler) { url, client in
      _ = try await client.send(HTTPRequest("GET", url)).body.next()
      // The server lets go of its endless stream, and of what that holds, once the connection is gone.
      _ = try await isLeft.value { $0 ? true : nil }
    }
  }

  @Test func `A request's body that fails cuts the request and is the cause`() async throws {
    struct Broken: Error {}
    try await withServerAndClient(handler: describe) { url, client in
      let stream = ByteStream(length: 10) { throw Broken() }
      do {
        _ = try await client.send(HTTPRequest("PUT", url, body: .stream(stream)))
        Issue.record("was sent")
      } catch let error as HTTPClientError {
        #expect(error.code == .bodyFailed)
        #expect(error.cause is Broken)
      }
    }
  }

  @Test(
    "A request's body of another length than it announced is not sent as if it were whole", arguments: [3, 7])
  func wrongLength(count: Int) async throws {
    try await withServerAndClient(handler: describe) { url, client in
      let parts = Watched([[UInt8](repeating: 1, count: count)])
      let stream = ByteStream(length: 5) { parts.withLock { $0.popLast() } }
      let code = await clientErrorCode {
        _ = try await client.send(HTTPRequest("PUT", url, body: .stream(stream)))
      }
      #expect(code == .bodyFailed)
    }
  }

  @Test func `A head over the limit is refused`() async throws {
    var configuration = HTTPClientConfiguration()
    configuration.maximumHeaderBytes = 1_000
    let handler: HTTPServer.Handler = { _ in
      HTTPServerResponse(headers: ["X-Long": String(repeating: "x", count: 1_000)])
    }
    try await withServerAndClient(client: configuration, handler: handler) { url, client in
      #expect(await clientErrorCode { _ = try await client.send(HTTPRequest("GET", url)) } == .tooLarge)
    }
  }

  @Test func `A body over the caller's limit is refused`() async throws {
    let handler: HTTPServer.Handler = { _ in HTTPServerResponse(body: .stream(chunks(["hello", "world"]))) }
    try await withServerAndClient(handler: handler) { url, client in
      let response = try await client.send(HTTPRequest("GET", url))
      #expect(await clientErrorCode { _ = try await response.bytes(upTo: 9) } == .tooLarge)
    }
  }

  @Test func `A client that was shut down sends nothing`() async throws {
    let client = HTTPClient()
    await client.shutdown()
    #expect(
      await clientErrorCode { _ = try await client.send(HTTPRequest("GET", "http://127.0.0.1:1/")) }
        == .shutDown)
  }

  @Test func `Shutting down ends what is under way`() async throws {
    let isBegun = Watched(false)
    let handler: HTTPServer.Handler = { _ in
      isBegun.withLock { $0 = true }
      return await never()
    }
    try await withServerAndClient(handler: handler) { url, client in
      let task = Task { _ = try await client.send(HTTPRequest("GET", url)) }
      _ = try await isBegun.value { $0 ? true : nil }
      await client.shutdown()
      #expect(await clientErrorCode { try await task.value } == .shutDown)
    }
  }
}

/// Waits until the task is cancelled, and then answers.
func never() async -> HTTPServerResponse {
  await untilCancelled()
  return .empty(500)
}

func untilCancelled() async {
  _ = try? await Watched(0).value { _ -> Bool? in nil }
}

/// Tells when nobody holds it any more.
private final class Held: Sendable {
  private let release: @Sendable () -> Void

  init(onRelease release: @escaping @Sendable () -> Void) {
    self.release = release
  }

  deinit {
    release()
  }
}
