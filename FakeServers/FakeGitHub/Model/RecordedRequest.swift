extension FakeGitHub {
  /// A request that came, and how it was answered.
  public struct RecordedRequest: Sendable, Hashable {
    public let id: String
    public let method: String
    /// The path as it came, without the query.
    public let path: String
    public let query: String?
    public let headers: [String: String]
    /// The status that was answered; `nil` when a planned fault cut the connection.
    public let status: Int?
    /// The fault that was planned for it.
    public let fault: String?
  }
}
