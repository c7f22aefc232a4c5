import Platform

/// A pull request. `refs/pull/N/head` and, unless its branches conflict, `refs/pull/N/merge` are in the base's git.
struct PullRequest: Sendable {
  let id: Int64
  let number: Int64
  var title: String
  var body: String?
  let author: Account
  /// `owner/name` of the repository that the head branch is in: the base's own, or a fork.
  var headRepository: String
  let headBranch: String
  var headSHA: String
  let baseBranch: String
  var baseSHA: String
  /// The merge of head into base; `nil` when they conflict.
  var mergeSHA: String?
  var isOpen = true
  /// What lies between base and head.
  var size = Size()
  let createdAt: Timestamp
  var updatedAt: Timestamp

  struct Size: Sendable {
    var commits: Int64 = 0
    var files: Int64 = 0
    /// Lines.
    var additions: Int64 = 0
    var deletions: Int64 = 0
  }
}

extension FakeGitHub {
  /// A pull request as the fake's Swift interface shows it.
  public struct PullRequest: Sendable, Hashable {
    public let number: Int64
    public let headSHA: String
    public let baseSHA: String
    /// `nil` when head and base conflict: there is no `refs/pull/N/merge` then.
    public let mergeSHA: String?
    /// What the webhook's receiver answered; `nil` without a webhook.
    public let delivery: Delivery?
  }
}
