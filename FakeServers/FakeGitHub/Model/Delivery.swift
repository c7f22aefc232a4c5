extension FakeGitHub {
  /// One attempt to deliver a webhook event.
  public struct Delivery: Sendable, Hashable {
    /// This attempt's own number; a redelivery has another.
    public let id: Int64
    /// `X-GitHub-Delivery`: the same for every attempt.
    public let guid: String
    public let event: String
    public let action: String?
    public let isRedelivery: Bool
    /// RFC 3339.
    public let deliveredAt: String
    public let url: String
    public let requestHeaders: [String: String]
    /// The event as JSON. It is the body, byte for byte, unless the webhook sends forms.
    public let payload: [UInt8]
    public let installationID: Int64?
    public let repositoryID: Int64?
    /// The receiver's status; `nil` when there was no answer.
    public var status: Int?
    public var responseHeaders: [String: String]
    public var responseBody: [UInt8]
    /// Why there was no answer.
    public var failure: String?
    public var durationSeconds: Double

    /// The receiver's body as text.
    public var responseText: String { String(decoding: responseBody, as: UTF8.self) }
  }
}
