extension FakeGitHub {
  /// How a webhook's body is written.
  public enum WebhookContentType: String, Sendable, Hashable, CaseIterable {
    case json
    /// `payload=` and the JSON, percent-encoded.
    case form

    var mediaType: String {
      switch self {
      case .json: "application/json"
      case .form: "application/x-www-form-urlencoded"
      }
    }

    func body(_ payload: [UInt8]) -> [UInt8] {
      switch self {
      case .json: payload
      case .form: Array("payload=\(QueryText.escaped(String(decoding: payload, as: UTF8.self)))".utf8)
      }
    }
  }
}
