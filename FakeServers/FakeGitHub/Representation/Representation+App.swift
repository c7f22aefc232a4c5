import HTTP
import Platform

extension Representation {
  /// The App itself, as `GET /app` answers it.
  func app(_ options: FakeGitHubOptions, createdAt: Timestamp, installations: Int) -> JSONValue {
    integration(options, createdAt: createdAt)
      .merging(["installations_count": .integer(Int64(installations))])
  }

  /// The App as other objects name it.
  func integration(_ options: FakeGitHubOptions, createdAt: Timestamp) -> JSONValue {
    [
      "id": .integer(options.appID), "slug": .string(options.appSlug),
      "node_id": nodeID("A", options.appID),
      "owner": account(.appOwner),
      "name": .string(options.appSlug),
      "description": nil, "external_url": .string("\(origin)/"),
      "html_url": .string("\(origin)/github-apps/\(options.appSlug)"), "created_at": time(createdAt),
      "updated_at": time(createdAt), "permissions": permissions(options.permissions),
      "events": events(options),
    ]
  }

  /// `GET /repos/{owner}/{repo}/installation` and the items of `GET /app/installations`.
  func installation(_ installation: Installation, options: FakeGitHubOptions) -> JSONValue {
    let id = installation.id
    return [
      "id": .integer(id), "account": account(installation.account),
      "repository_selection": "selected",
      "access_tokens_url": .string("\(api)/app/installations/\(id)/access_tokens"),
      "repositories_url": .string("\(api)/installation/repositories"),
      "html_url": .string(
        "\(origin)/organizations/\(installation.account.login)/settings/installations/\(id)"),
      "app_id": .integer(options.appID), "app_slug": .string(options.appSlug),
      "target_id": .integer(installation.account.id),
      "target_type": .string(installation.account.kind.rawValue),
      "permissions": permissions(installation.permissions), "events": events(options),
      "created_at": time(installation.createdAt), "updated_at": time(installation.createdAt),
      "single_file_name": nil,
      "suspended_by": installation.suspendedBy.map { account($0) } ?? .null,
      "suspended_at": installation.suspendedAt.map { time($0) } ?? .null,
    ]
  }

  /// What a webhook's payload says of the installation that it is for.
  func installationReference(_ id: Int64) -> JSONValue {
    ["id": .integer(id), "node_id": nodeID("I", id)]
  }

  func token(_ token: InstallationToken, repositories: [Repository]?) -> JSONValue {
    var answer: JSONValue = [
      "token": .string(token.value), "expires_at": time(token.expiresAt),
      "permissions": permissions(token.permissions),
      "repository_selection": token.repositories == nil ? "all" : "selected",
    ]
    if let repositories {
      answer = answer.merging(["repositories": .array(repositories.map { repository($0) })])
    }
    return answer
  }

  private func events(_ options: FakeGitHubOptions) -> JSONValue {
    .array(options.webhookEvents.sorted().map { .string($0) })
  }
}
