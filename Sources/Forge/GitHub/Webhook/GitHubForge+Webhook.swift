package import Forge

extension GitHubForge {
  /// Longer delivery ids and event names are refused; GitHub's are UUIDs and short words.
  private static var maximumNameBytes: Int { 128 }

  package func decodeWebhook(_ request: WebhookRequest) throws(ForgeError) -> WebhookDelivery {
    guard request.body.count <= GitHubConfiguration.maximumWebhookBytes else {
      throw ForgeError(
        .tooLarge, "the webhook's body is over \(GitHubConfiguration.maximumWebhookBytes) bytes")
    }
    try WebhookSignature(secrets: configuration.webhookSecrets.map { Array($0.utf8) }).verify(request)
    let id = try name(in: request, "X-GitHub-Delivery")
    let name = try name(in: request, "X-GitHub-Event")
    let json = try WebhookBody.json(of: request)
    let event = try WebhookDecoder(webURL: configuration.webURL).event(named: name, json: json)
    return WebhookDelivery(id: id, name: name, event: event)
  }

  private func name(in request: WebhookRequest, _ field: String) throws(ForgeError) -> String {
    guard let value = request.header(field) else {
      throw ForgeError(.malformed, "the webhook has no \(field)")
    }
    guard !value.isEmpty, value.utf8.count <= Self.maximumNameBytes,
      value.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
    else { throw ForgeError(.malformed, "the webhook's \(field) is not a name") }
    return value
  }
}
