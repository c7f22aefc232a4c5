import Crypto
import HTTP
import Platform

/// Posts events to a webhook's address, signed as GitHub signs them.
final class WebhookSender: Sendable {
  static let maximumResponseBytes = 1 << 20

  private let client = HTTPClient()
  private let timeoutSeconds: Double

  init(timeoutSeconds: Double) {
    self.timeoutSeconds = timeoutSeconds
  }

  /// What is to be posted.
  struct Event: Sendable {
    let guid: String
    let name: String
    let action: String?
    let payload: [UInt8]
    let installation: Int64?
    let repository: Int64?
  }

  /// Whither, and how.
  struct Target: Sendable {
    /// The delivery's number.
    let id: Int64
    let url: String
    let secret: String?
    let contentType: FakeGitHub.WebhookContentType
    let appID: Int64
  }

  /// Posts it once. A receiver that does not answer is part of the result, not an error.
  func post(_ event: Event, to target: Target, isRedelivery: Bool) async -> FakeGitHub.Delivery {
    let body = target.contentType.body(event.payload)
    let headers = Self.headers(event, target, body: body)
    let start = Timestamp.now()
    var delivery = FakeGitHub.Delivery(
      id: target.id, guid: event.guid, event: event.name, action: event.action, isRedelivery: isRedelivery,
      deliveredAt: start.rfc3339, url: target.url, requestHeaders: headers, payload: event.payload,
      installationID: event.installation, repositoryID: event.repository, status: nil,
      responseHeaders: [:], responseBody: [], failure: nil, durationSeconds: 0)
    var request = HTTPRequest(
      "POST", target.url, headers: HTTPHeaders(headers.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }),
      body: .bytes(body))
    request.timeoutSeconds = timeoutSeconds
    do {
      let response = try await client.send(request)
      delivery.responseBody = try await response.bytes(upTo: Self.maximumResponseBytes)
      delivery.responseHeaders = Dictionary(
        response.headers.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
      delivery.status = response.status
    } catch {
      delivery.failure = "\(error)"
    }
    delivery.durationSeconds = Double(Timestamp.now().milliseconds - start.milliseconds) / 1_000
    return delivery
  }

  func stop() async {
    await client.shutdown()
  }

  private static func headers(_ event: Event, _ target: Target, body: [UInt8]) -> [String: String] {
    var headers = [
      "Accept": "*/*", "Content-Type": target.contentType.mediaType, "User-Agent": "GitHub-Hookshot/fa4e000",
      "X-GitHub-Delivery": event.guid, "X-GitHub-Event": event.name, "X-GitHub-Hook-ID": "1",
      "X-GitHub-Hook-Installation-Target-ID": String(target.appID),
      "X-GitHub-Hook-Installation-Target-Type": "integration",
    ]
    if let secret = target.secret {
      let code = HMACSHA256.authenticate(key: Array(secret.utf8), message: body)
      headers["X-Hub-Signature-256"] = "sha256=\(Hexadecimal.encode(code))"
    }
    return headers
  }
}
