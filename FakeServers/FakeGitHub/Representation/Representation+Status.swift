import HTTP

extension Representation {
  /// A status as it is answered where it was made and in lists.
  func status(_ status: FakeGitHub.CommitStatus, in repository: Repository, creator: Account) -> JSONValue {
    simpleStatus(status, in: repository).merging(["creator": account(creator)])
  }

  /// `GET /repos/{owner}/{repo}/commits/{ref}/status`: the newest of each context, and what they come to.
  func combinedStatus(
    _ statuses: [FakeGitHub.CommitStatus], sha: String, in repository: Repository
  ) -> JSONValue {
    [
      "state": .string(Self.combinedState(statuses.map(\.state))), "sha": .string(sha),
      "statuses": .array(statuses.map { simpleStatus($0, in: repository) }),
      "total_count": .integer(Int64(statuses.count)), "repository": repositoryReference(repository),
      "commit_url": .string("\(url(repository))/commits/\(sha)"),
      "url": .string("\(url(repository))/commits/\(sha)/status"),
    ]
  }

  /// `failure` if any is an error or a failure, `pending` if any is pending or there is none, else `success`.
  static func combinedState(_ states: [FakeGitHub.CommitStatus.State]) -> String {
    if states.contains(where: { $0 == .failure || $0 == .error }) { return "failure" }
    return states.isEmpty || states.contains(.pending) ? "pending" : "success"
  }

  private func simpleStatus(_ status: FakeGitHub.CommitStatus, in repository: Repository) -> JSONValue {
    [
      "url": .string("\(url(repository))/statuses/\(status.sha)"),
      "avatar_url": .string("\(origin)/avatars/in/0"), "id": .integer(status.id),
      "node_id": nodeID("SC", status.id), "state": .string(status.state.rawValue),
      "description": JSONValue(status.description), "target_url": JSONValue(status.targetURL),
      "context": .string(status.context), "created_at": .string(status.createdAt),
      "updated_at": .string(status.createdAt),
    ]
  }
}
