package import Forge

extension GitHubForge {
  private static let deliveryHeader = "X-GitHub-Delivery"
  private static let eventHeader = "X-GitHub-Event"
  /// What is needed to read a delivery again; the signature is not: it proves nothing once the secret was replaced.
  private static let keptHeaders = [deliveryHeader, eventHeader, WebhookBody.contentTypeHeader]
  /// Longer delivery ids and event names are refused; GitHub's are UUIDs and short words.
  private static let maximumNameBytes = 128

  package func authenticate(_ request: WebhookRequest) throws(ForgeError) -> AuthenticWebhook {
    guard request.body.count <= GitHubConfiguration.maximumWebhookBytes else {
      throw ForgeError(
        .tooLarge, "the webhook's body is over \(GitHubConfiguration.maximumWebhookBytes) bytes")
    }
    try WebhookSignature(secrets: configuration.webhookSecrets.map { Array($0.utf8) }).verify(request)
    let kept = Self.keptHeaders.compactMap { name in request.header(name).map { (name.lowercased(), $0) } }
    return AuthenticWebhook(
      headers: Dictionary(kept, uniquingKeysWith: { first, _ in first }), body: request.body,
      deliveryID: request.header(Self.deliveryHeader).flatMap(Self.name),
      eventName: request.header(Self.eventHeader).flatMap(Self.name))
  }

  package func decode(_ webhook: AuthenticWebhook) throws(ForgeError) -> WebhookDelivery {
    guard let id = webhook.deliveryID else { throw Self.missing(Self.deliveryHeader) }
    guard let name = webhook.eventName else { throw Self.missing(Self.eventHeader) }
    let event = try WebhookDecoder(webURL: configuration.webURL, appID: appID).event(
      named: name, json: payload(of: webhook))
    return WebhookDelivery(id: id, name: name, event: event)
  }

  private var appID: String? {
    guard case .app(let id, _) = configuration.identity else { return nil }
    return id
  }

  package func payload(of webhook: AuthenticWebhook) throws(ForgeError) -> [UInt8] {
    try WebhookBody.json(of: webhook)
  }

  /// The text if it can be the name of something: visible ASCII, not too long.
  private static func name(_ text: String) -> String? {
    guard !text.isEmpty, text.utf8.count <= maximumNameBytes, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
    else { return nil }
    return text
  }

  private static func missing(_ field: String) -> ForgeError {
    ForgeError(.malformed, "the webhook has no \(field), or one that is not a name")
  }
}
