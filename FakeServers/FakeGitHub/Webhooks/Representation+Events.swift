import HTTP
import Platform

/// The payloads of webhooks.
extension Representation {
  func pushEvent(_ change: RefChange, in repository: Repository, sender: Account) -> JSONValue {
    let web = "\(origin)/\(repository.fullName)"
    return [
      "ref": .string(change.ref), "before": .string(change.old), "after": .string(change.new),
      "created": .bool(change.isCreated), "deleted": .bool(change.isDeleted),
      "forced": .bool(change.isForced), "base_ref": nil,
      "compare": .string("\(web)/compare/\(change.old.prefix(12))...\(change.new.prefix(12))"),
      "commits": .array(change.commits.map { pushedCommit($0, in: repository) }),
      "head_commit": change.head.map { pushedCommit($0, in: repository) } ?? .null,
      "repository": pushRepository(repository),
      "pusher": ["name": .string(sender.login), "email": .string("\(sender.login)@users.example")],
      "sender": account(sender),
    ]
  }

  /// `create` and `delete`.
  func refEvent(_ change: RefChange, in repository: Repository, sender: Account) -> JSONValue {
    let event: JSONValue = [
      "ref": .string(change.shortName), "ref_type": change.isTag ? "tag" : "branch",
      "pusher_type": "user", "repository": eventRepository(repository), "sender": account(sender),
    ]
    guard change.isCreated else { return event }
    return event.merging(["master_branch": .string(repository.defaultBranch), "description": nil])
  }

  func statusEvent(
    _ status: FakeGitHub.CommitStatus, commit: GitCommit, branches: [String], in repository: Repository,
    sender: Account, accounts: [String: Account]
  ) -> JSONValue {
    [
      "id": .integer(status.id), "sha": .string(status.sha), "name": .string(repository.fullName),
      "avatar_url": .string("\(origin)/avatars/u/\(sender.id)"), "target_url": JSONValue(status.targetURL),
      "context": .string(status.context), "description": JSONValue(status.description),
      "state": .string(status.state.rawValue),
      "commit": self.commit(commit, in: repository, accounts: accounts),
      "branches": .array(branches.map { branch($0, sha: commit.sha, in: repository) }),
      "created_at": .string(status.createdAt), "updated_at": .string(status.createdAt),
      "repository": eventRepository(repository), "sender": account(sender),
    ]
  }

  func releaseEvent(
    _ action: String, _ release: Release, in repository: Repository, sender: Account
  ) -> JSONValue {
    [
      "action": .string(action), "release": self.release(release, in: repository),
      "repository": eventRepository(repository), "sender": account(sender),
    ]
  }

  func pullRequestEvent(
    _ action: String, _ pull: PullRequest, base: Repository, head: Repository, before: String?
  ) -> JSONValue {
    let event: JSONValue = [
      "action": .string(action), "number": .integer(pull.number),
      "pull_request": pullRequest(pull, base: base, head: head, forEvent: true),
      "repository": eventRepository(base), "sender": account(pull.author),
    ]
    guard let before else { return event }
    return event.merging(["before": .string(before), "after": .string(pull.headSHA)])
  }

  func pingEvent(_ options: FakeGitHubOptions, url: String, createdAt: Timestamp) -> JSONValue {
    let hook = "\(api)/app/hook"
    return [
      "zen": .string(Service.zen), "hook_id": 1,
      "hook": [
        "type": "App", "id": 1, "name": "web", "active": true, "app_id": .integer(options.appID),
        "events": .array(options.webhookEvents.sorted().map { .string($0) }),
        "config": ["content_type": "json", "url": .string(url), "insecure_ssl": "0"],
        "updated_at": time(createdAt), "created_at": time(createdAt), "url": .string(hook),
        "ping_url": .string("\(hook)/pings"), "deliveries_url": .string("\(hook)/deliveries"),
      ],
    ]
  }
}
