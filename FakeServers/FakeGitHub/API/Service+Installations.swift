import HTTP
import Platform

/// Installations that end or stop for a while.
extension Service {
  func addInstallationRoutes(_ routes: inout Routes) {
    let path = "/app/installations/{id}"
    routes.on(
      "DELETE", path, deleteInstallation, page: "apps/apps#delete-an-installation-for-the-authenticated-app")
    routes.on("PUT", "\(path)/suspended", suspendInstallation, page: "apps/apps#suspend-an-app-installation")
    routes.on(
      "DELETE", "\(path)/suspended", unsuspendInstallation, page: "apps/apps#unsuspend-an-app-installation")
  }

  /// `DELETE /app/installations/{installation_id}`
  private func deleteInstallation(_ request: APIRequest) async throws -> HTTPServerResponse {
    try requireApp(request)
    let installation = try installation(request)
    try await removeInstallation(on: installation.account.login, isAwaited: false)
    return .empty(204)
  }

  /// `PUT /app/installations/{installation_id}/suspended`
  private func suspendInstallation(_ request: APIRequest) async throws -> HTTPServerResponse {
    try requireApp(request)
    let installation = try installation(request)
    try await setSuspended(true, on: installation.account.login, isAwaited: false)
    return .empty(204)
  }

  /// `DELETE /app/installations/{installation_id}/suspended`
  private func unsuspendInstallation(_ request: APIRequest) async throws -> HTTPServerResponse {
    try requireApp(request)
    let installation = try installation(request)
    try await setSuspended(false, on: installation.account.login, isAwaited: false)
    return .empty(204)
  }

  /// Suspends the App on an account, or lets it work again; delivers `installation.suspend` or `unsuspend`.
  ///
  /// - Parameter isAwaited: whether the delivery is awaited, or done behind the request at hand.
  @discardableResult
  func setSuspended(_ isSuspended: Bool, on login: String, isAwaited: Bool) async throws -> FakeGitHub
    .Delivery?
  {
    let changed = model.withLock { model -> Installation? in
      let sender = model.account(Self.defaultUser, kind: .user)
      guard
        let index = model.installations.firstIndex(where: {
          $0.account.login.lowercased() == login.lowercased()
        })
      else { return nil }
      model.installations[index].suspendedAt = isSuspended ? .now() : nil
      model.installations[index].suspendedBy = isSuspended ? sender : nil
      return model.installations[index]
    }
    guard let changed else { throw FakeGitHubError(.notFound, "the App is not installed on '\(login)'") }
    return try await tell(isSuspended ? "suspend" : "unsuspend", changed, isAwaited: isAwaited)
  }

  /// Takes the App from an account: its tokens end, its repositories are not seen any more; delivers
  /// `installation.deleted`.
  @discardableResult
  func removeInstallation(on login: String, isAwaited: Bool) async throws -> FakeGitHub.Delivery? {
    let removed = model.withLock { model -> (Installation, [Repository])? in
      guard
        let index = model.installations.firstIndex(where: {
          $0.account.login.lowercased() == login.lowercased()
        })
      else { return nil }
      let installation = model.installations.remove(at: index)
      model.tokens = model.tokens.filter { $0.value.installation != installation.id }
      let repositories = model.installedRepositories(of: installation.account)
      for repository in repositories { _ = model.update(repository.fullName) { $0.isInstalled = false } }
      return (installation, repositories)
    }
    guard let removed else { throw FakeGitHubError(.notFound, "the App is not installed on '\(login)'") }
    return try await tell("deleted", removed.0, repositories: removed.1, isAwaited: isAwaited)
  }

  /// Installs the App on an account, for those repositories; delivers `installation.created`. The id is a new one.
  func install(on login: String, repositories names: [String]) async throws -> FakeGitHub.Delivery? {
    let made = try model.withLock { model -> (Installation, [Repository]) in
      guard !model.installations.contains(where: { $0.account.login.lowercased() == login.lowercased() })
      else {
        throw FakeGitHubError(.invalidArgument, "the App is installed on '\(login)' already")
      }
      let installation = model.installation(on: login, permissions: options.permissions)
      for name in names { _ = model.update("\(login)/\(name)") { $0.isInstalled = true } }
      return (installation, model.installedRepositories(of: installation.account))
    }
    return try await tell("created", made.0, repositories: made.1, isAwaited: true)
  }

  /// Lets the App see one more repository, or one less; delivers `installation_repositories`.
  func setInstalled(_ isInstalled: Bool, _ name: String) async throws -> FakeGitHub.Delivery? {
    let changed = model.withLock { model -> (Installation, Repository)? in
      guard
        let repository = model.update(
          name,
          { repository in
            repository.isInstalled = isInstalled
            return repository
          })
      else { return nil }
      return (model.installation(on: repository.owner.login, permissions: options.permissions), repository)
    }
    guard let changed else { throw FakeGitHubError(.notFound, "there is no repository '\(name)'") }
    let payload = representation.installationRepositoriesEvent(
      isInstalled ? "added" : "removed", changed.1, changed.0, options: options,
      sender: user(Self.defaultUser))
    return await deliverToApp("installation_repositories", payload, installation: changed.0.id)
  }

  private func tell(
    _ action: String, _ installation: Installation, repositories: [Repository] = [], isAwaited: Bool
  ) async throws -> FakeGitHub.Delivery? {
    let payload = representation.installationEvent(
      action, installation, repositories: repositories, options: options, sender: user(Self.defaultUser))
    guard isAwaited else {
      inBackground { service in
        _ = await service.deliverToApp("installation", payload, installation: installation.id)
      }
      return nil
    }
    return await deliverToApp("installation", payload, installation: installation.id)
  }
}

extension Model {
  /// Those of an account that the App may see, in the order of their making.
  func installedRepositories(of account: Account) -> [Repository] {
    repositories.values.filter { $0.owner.id == account.id && $0.isInstalled }.sorted { $0.id < $1.id }
  }
}
