import HTTP

/// The payloads of `installation`, `installation_repositories` and `repository`.
extension Representation {
  func installationEvent(
    _ action: String, _ installation: Installation, repositories: [Repository], options: FakeGitHubOptions,
    sender: Account
  ) -> JSONValue {
    [
      "action": .string(action), "installation": self.installation(installation, options: options),
      "repositories": .array(repositories.map { listed($0) }), "sender": account(sender),
    ]
  }

  func installationRepositoriesEvent(
    _ action: String, _ repository: Repository, _ installation: Installation, options: FakeGitHubOptions,
    sender: Account
  ) -> JSONValue {
    [
      "action": .string(action), "installation": self.installation(installation, options: options),
      "repository_selection": "selected",
      "repositories_added": action == "added" ? [listed(repository)] : [],
      "repositories_removed": action == "removed" ? [listed(repository)] : [], "requester": nil,
      "sender": account(sender),
    ]
  }

  /// `repository` with action `renamed` or `transferred`.
  func moveEvent(from before: Repository, to after: Repository, sender: Account) -> JSONValue {
    let isRename = before.owner.id == after.owner.id
    let former =
      before.owner.kind == .organization
      ? ["organization": organization(before.owner)] : ["user": account(before.owner)]
    return [
      "action": isRename ? "renamed" : "transferred",
      "changes": isRename
        ? ["repository": ["name": ["from": .string(before.name)]]] : ["owner": ["from": .object(former)]],
      "repository": eventRepository(after), "sender": account(sender),
    ]
  }

  private func listed(_ repository: Repository) -> JSONValue {
    [
      "id": .integer(repository.id), "node_id": nodeID("R", repository.id),
      "name": .string(repository.name), "full_name": .string(repository.fullName),
      "private": .bool(repository.isPrivate),
    ]
  }
}
