/// What happens to the App on accounts and repositories. GitHub tells an App of it whatever it subscribes to.
extension FakeGitHub {
  /// Suspends the App on an account: its tokens are refused until it is `resume`d. Delivers `installation.suspend`.
  @discardableResult
  public func suspendInstallation(on owner: String) async throws -> Delivery? {
    try await service.setSuspended(true, on: owner, isAwaited: true)
  }

  /// Ends a suspension. Delivers `installation.unsuspend`.
  @discardableResult
  public func resumeInstallation(on owner: String) async throws -> Delivery? {
    try await service.setSuspended(false, on: owner, isAwaited: true)
  }

  /// Takes the App from an account; its tokens end. Delivers `installation.deleted`.
  @discardableResult
  public func deleteInstallation(on owner: String) async throws -> Delivery? {
    try await service.removeInstallation(on: owner, isAwaited: true)
  }

  /// Installs the App on an account, which gives it a new installation id. Delivers `installation.created`.
  ///
  /// - Parameter repositories: names without the owner.
  @discardableResult
  public func install(on owner: String, repositories: [String]) async throws -> Delivery? {
    try await service.install(on: owner, repositories: repositories)
  }
}

extension FakeRepository {
  /// Lets the App see the repository. Delivers `installation_repositories.added`.
  @discardableResult
  public func addToInstallation() async throws -> FakeGitHub.Delivery? {
    try await service.setInstalled(true, fullName)
  }

  /// Takes the repository from the App. Delivers `installation_repositories.removed`.
  @discardableResult
  public func removeFromInstallation() async throws -> FakeGitHub.Delivery? {
    try await service.setInstalled(false, fullName)
  }

  /// Gives the repository another name; the former one leads to it. Delivers `repository.renamed`.
  ///
  /// - Returns: the repository under its new name.
  public func rename(_ name: String) async throws -> FakeRepository {
    let owner = fullName.split(separator: "/").first ?? ""
    return try await moved(to: "\(owner)/\(name)")
  }

  /// Gives the repository to another account, on which the App is then installed too; the former name leads to it.
  /// Delivers `repository.transferred`.
  public func transfer(to owner: String) async throws -> FakeRepository {
    let name = fullName.split(separator: "/").last ?? ""
    return try await moved(to: "\(owner)/\(name)")
  }

  private func moved(to newName: String) async throws -> FakeRepository {
    let before = try service.found(fullName)
    let after = try service.move(fullName, to: newName)
    _ = try await service.deliverMove(from: before, to: after, by: service.user(Service.defaultUser))
    return FakeRepository(fullName: after.fullName, service: service)
  }
}
