/// What a forge posted to us: the head's fields and the body, byte for byte.
package struct WebhookRequest: Sendable {
  package let body: [UInt8]
  private let headers: [String: String]

  /// Of fields with one name the first counts; names compare without regard to case.
  package init(headers: some Sequence<(name: String, value: String)>, body: [UInt8]) {
    self.headers = Dictionary(
      headers.map { ($0.name.lowercased(), $0.value) }, uniquingKeysWith: { first, _ in first })
    self.body = body
  }

  package func header(_ name: String) -> String? {
    headers[name.lowercased()]
  }
}
