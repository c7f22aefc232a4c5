extension FakeGitHub {
  /// A commit status as it was reported; a sha's newest one per context is the one that counts.
  public struct CommitStatus: Sendable, Hashable {
    public enum State: String, Sendable, Hashable, CaseIterable {
      case error, failure, pending, success
    }

    public let id: Int64
    public let sha: String
    public let state: State
    public let context: String
    public let description: String?
    public let targetURL: String?
    /// The login of who reported it.
    public let creator: String
    /// RFC 3339, in seconds.
    public let createdAt: String
  }
}
