import HTTP
import Platform

/// What happens in a repository becomes a delivery.
extension Service {
  /// Who does things in a repository, unless somebody else is named.
  static let defaultUser = "alice"

  /// The user of that name.
  func user(_ login: String) -> Account {
    model.withLock { $0.account(login, kind: .user) }
  }

  /// Does something after the request at hand, in the order of the calls.
  func inBackground(_ work: @escaping @Sendable (Service) async throws -> Void) {
    background.submit { [self] in
      do {
        try await work(self)
      } catch {
        logger.warning("an event could not be delivered", ["error": "\(error)"])
      }
    }
  }

  /// Tells the webhook of a ref that changed: `push`, and `create` or `delete` where the ref is new or gone.
  ///
  /// - Returns: the push's delivery.
  func deliverPush(
    of ref: String, from old: String, to new: String, in name: String, by login: String
  ) async throws -> FakeGitHub.Delivery? {
    let (repository, sender) = try touched(name, by: login)
    let change = try await RefChange(ref: ref, from: old, to: new, in: repository)
    let shown = representation
    let push = try await deliver(
      "push", nil, shown.pushEvent(change, in: repository, sender: sender), of: repository)
    if change.isCreated || change.isDeleted {
      _ = try await deliver(
        change.isCreated ? "create" : "delete", nil,
        shown.refEvent(change, in: repository, sender: sender), of: repository)
    }
    try await requestChecks(of: change, in: repository, by: sender)
    try await runWorkflows(for: change, in: repository, by: sender)
    return push
  }

  /// `release`: by default what GitHub tells of a new one, `created` and, unless it is a draft, its publication.
  ///
  /// - Returns: the last delivery.
  func deliverRelease(
    _ id: Int64, of name: String, actions: [String]? = nil
  ) async throws -> FakeGitHub.Delivery? {
    let (repository, sender) = try touched(name, by: Self.defaultUser)
    guard let release = repository.release(id: id) else {
      throw FakeGitHubError(.notFound, "\(name) has no release \(id)")
    }
    let news = ["created"] + (release.isDraft ? [] : Self.publications(of: release))
    var delivery: FakeGitHub.Delivery?
    for action in actions ?? news {
      let payload = representation.releaseEvent(action, release, in: repository, sender: sender)
      delivery = try await deliver("release", action, payload, of: repository)
    }
    return delivery
  }

  /// `status`, behind the request that reported it.
  func announceStatus(_ status: FakeGitHub.CommitStatus, in repository: Repository) {
    guard options.webhookEvents.contains("status") else { return }
    inBackground { [bot] service in
      let git = repository.git
      let commit = try await git.details(of: status.sha)
      let branches = try await git.branches(at: status.sha)
      let sender = status.creator == bot.login ? bot : service.user(status.creator)
      let payload = service.representation.statusEvent(
        status, commit: commit, branches: branches, in: repository, sender: sender,
        accounts: service.model.withLock { $0.accounts })
      _ = try await service.deliver("status", nil, payload, of: repository)
    }
  }

  /// `pull_request`; for `synchronize` with the head's sha before.
  func deliverPullRequest(
    _ action: String, _ number: Int64, of name: String, before: String? = nil
  ) async throws -> FakeGitHub.Delivery? {
    let (base, _) = try touched(name, by: Self.defaultUser)
    guard let pull = base.pullRequests.first(where: { $0.number == number }),
      let head = model.withLock({ $0.repository(pull.headRepository) })
    else { throw FakeGitHubError(.notFound, "\(name) has no pull request \(number)") }
    let payload = representation.pullRequestEvent(action, pull, base: base, head: head, before: before)
    return try await deliver("pull_request", action, payload, of: base)
  }

  /// `ping`, as GitHub sends it when a webhook is set up; the App's subscriptions do not matter.
  func deliverPing() async -> FakeGitHub.Delivery? {
    guard let url = model.withLock({ $0.webhookURL }) else { return nil }
    let payload = representation.pingEvent(options, url: url, createdAt: startedAt)
    return await deliverToApp("ping", payload, installation: nil)
  }

  /// Sends an event of a repository that the App is installed on; `nil` when nobody listens for it.
  func deliver(
    _ name: String, _ action: String?, _ payload: JSONValue, of repository: Repository
  ) async throws -> FakeGitHub.Delivery? {
    guard options.webhookEvents.contains(name), repository.isInstalled else { return nil }
    let installation = model.withLock { model in
      model.installations.first { $0.account.id == repository.owner.id }
    }
    guard installation?.suspendedAt == nil else { return nil }
    var members: [String: JSONValue] = [:]
    if let installation { members["installation"] = representation.installationReference(installation.id) }
    if repository.owner.kind == .organization {
      members["organization"] = representation.organization(repository.owner)
    }
    return await post(
      WebhookSender.Event(
        guid: UUIDv7.generate(), name: name, action: action, payload: payload.merging(members).bytes(),
        installation: installation?.id, repository: repository.id))
  }

  /// Sends what concerns the App itself, whatever it subscribes to.
  func deliverToApp(
    _ name: String, _ payload: JSONValue, installation: Int64?
  ) async -> FakeGitHub.Delivery? {
    await post(
      WebhookSender.Event(
        guid: UUIDv7.generate(), name: name, action: payload["action"]?.string, payload: payload.bytes(),
        installation: installation, repository: nil))
  }

  /// `repository.renamed` or `repository.transferred`.
  func deliverMove(
    from before: Repository, to after: Repository, by sender: Account
  ) async throws -> FakeGitHub.Delivery? {
    let payload = representation.moveEvent(from: before, to: after, sender: sender)
    return try await deliver("repository", payload["action"]?.string, payload, of: after)
  }

  /// Posts the same bytes under the same `X-GitHub-Delivery` again.
  func redeliver(_ id: Int64) async throws -> FakeGitHub.Delivery {
    guard let first = model.withLock({ model in model.deliveries.first { $0.id == id } }) else {
      throw FakeGitHubError(.notFound, "there is no delivery \(id)")
    }
    let event = WebhookSender.Event(
      guid: first.guid, name: first.event, action: first.action, payload: first.payload,
      installation: first.installationID, repository: first.repositoryID)
    guard let again = await post(event, isRedelivery: true) else {
      throw FakeGitHubError(.invalidArgument, "there is no webhook address")
    }
    return again
  }

  /// Posts to the webhook's address, and records what came of it.
  private func post(
    _ event: WebhookSender.Event, isRedelivery: Bool = false
  ) async -> FakeGitHub.Delivery? {
    let target = model.withLock { model in
      model.webhookURL.map { url in
        WebhookSender.Target(
          id: model.makeID(), url: url, secret: model.webhookSecret, contentType: model.webhookContentType,
          appID: options.appID)
      }
    }
    guard let target else { return nil }
    let delivery = await sender.post(event, to: target, isRedelivery: isRedelivery)
    model.withLock { $0.record(delivery) }
    return delivery
  }

  /// The repository, its time of the last push moved on, and the user who does something in it.
  private func touched(_ name: String, by login: String) throws -> (Repository, Account) {
    let found = model.withLock { model -> (Repository, Account)? in
      let sender = model.account(login, kind: .user)
      return model.update(name) { repository in
        repository.pushedAt = .now()
        return (repository, sender)
      }
    }
    guard let found else { throw FakeGitHubError(.notFound, "there is no repository '\(name)'") }
    return found
  }
}
