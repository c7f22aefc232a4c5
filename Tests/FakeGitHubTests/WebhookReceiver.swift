import Crypto
import HTTP
import Platform

/// A server of the test's own that takes deliveries.
final class WebhookReceiver: Sendable {
  /// A delivery as it came over the wire.
  struct Received: Sendable {
    let headers: HTTPHeaders
    let body: [UInt8]

    var json: JSONValue { (try? JSONValue(parsing: body)) ?? .null }

    func isSigned(with secret: String) -> Bool {
      let code = HMACSHA256.authenticate(key: Array(secret.utf8), message: body)
      return headers["X-Hub-Signature-256"] == "sha256=\(Hexadecimal.encode(code))"
    }
  }

  let received = Watched<[Received]>([])
  private let status: Int
  private let server = Watched<HTTPServer?>(nil)

  private init(status: Int) {
    self.status = status
  }

  var url: String { "http://127.0.0.1:\(server.withLock { $0?.port ?? 0 })/webhooks" }

  static func with<T>(
    status: Int = 202, _ body: (WebhookReceiver) async throws -> T
  ) async throws -> T {
    let receiver = WebhookReceiver(status: status)
    let server = try await HTTPServer.start { request in
      guard let bytes = try? await request.bytes(upTo: 25 << 20) else { return .empty(400) }
      receiver.received.withLock { $0.append(Received(headers: request.headers, body: bytes)) }
      return .text("got it", status: receiver.status)
    }
    receiver.server.withLock { $0 = server }
    do {
      let result = try await body(receiver)
      await server.shutdown(graceSeconds: 1)
      return result
    } catch {
      await server.shutdown(graceSeconds: 0)
      throw error
    }
  }

  /// The deliveries of one event, as soon as there are so many.
  func deliveries(_ event: String, count: Int = 1) async throws -> [Received] {
    try await received.value(timeoutSeconds: 30, waitingFor: "\(count) of '\(event)'") { all in
      let those = all.filter { $0.headers["X-GitHub-Event"] == event }
      return those.count >= count ? those : nil
    }
  }
}
