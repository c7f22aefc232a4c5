internal import Crypto
internal import Forge

/// Who sent a webhook: `X-Hub-Signature-256: sha256=` and the HMAC-SHA-256 of the body as it came, in hexadecimal.
struct WebhookSignature {
  private static let prefix = "sha256="

  let secrets: [[UInt8]]

  /// - Throws: `badSignature`.
  func verify(_ request: WebhookRequest) throws(ForgeError) {
    guard !secrets.isEmpty else {
      throw ForgeError(.badSignature, "no webhook secret is configured, so no webhook can be verified")
    }
    guard let field = request.header("X-Hub-Signature-256") else {
      throw ForgeError(.badSignature, "the webhook is not signed (X-Hub-Signature-256 is missing)")
    }
    guard field.hasPrefix(Self.prefix), let code = Hexadecimal.decode(field.dropFirst(Self.prefix.count))
    else {
      throw ForgeError(.badSignature, "the webhook's signature is not 'sha256=' and hexadecimal digits")
    }
    // Every secret is tried, so that the time does not tell which one was right.
    var isValid = false
    for secret in secrets where HMACSHA256.isValid(code, key: secret, message: request.body) {
      isValid = true
    }
    guard isValid else { throw ForgeError(.badSignature, "the webhook was signed with another secret") }
  }
}
