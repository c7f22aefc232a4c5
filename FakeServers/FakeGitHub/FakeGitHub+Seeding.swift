import Crypto
import Platform

extension FakeGitHub {
  /// Adds a repository named `owner/name`, and installs the App on its owner.
  ///
  /// - Parameters:
  ///   - path: a git repository, bare or with a work tree, that is served as it lies there; a new bare one by default.
  ///   - isInstalled: whether the App may see it.
  @discardableResult
  public func addRepository(
    _ fullName: String, path: String? = nil, isPrivate: Bool = true, isInstalled: Bool = true,
    defaultBranch: String = "main"
  ) async throws -> FakeRepository {
    let repository = try await service.createRepository(
      fullName, path: path, isPrivate: isPrivate, isInstalled: isInstalled, defaultBranch: defaultBranch)
    return FakeRepository(fullName: repository.fullName, service: service)
  }

  /// Adds `owner`'s fork of a repository. The App is not installed there.
  public func addFork(of repository: FakeRepository, owner: String) async throws -> FakeRepository {
    let fork = try await service.fork(repository.fullName, owner: owner)
    return FakeRepository(fullName: fork.fullName, service: service)
  }

  /// The repository of that name.
  public func repository(_ fullName: String) throws -> FakeRepository {
    FakeRepository(fullName: try service.found(fullName).fullName, service: service)
  }

  /// Makes an installation token without the way over the API.
  ///
  /// - Parameters:
  ///   - permissions: all of the App's by default.
  ///   - lifetimeSeconds: may be negative, for a token that has ended.
  public func makeToken(
    for repository: FakeRepository, permissions: [String: String]? = nil, lifetimeSeconds: Int64 = 3_600
  ) throws -> String {
    let record = try service.found(repository.fullName)
    let token = service.model.withLock { model -> InstallationToken in
      let installation = model.installation(
        on: record.owner.login, permissions: service.options.permissions)
      let token = InstallationToken(
        value: "ghs_\(RandomBytes.hexadecimal(18))", installation: installation.id,
        owner: record.owner.id, repositories: [record.id],
        permissions: permissions ?? installation.permissions,
        expiresAt: Timestamp(milliseconds: Timestamp.now().milliseconds + lifetimeSeconds * 1_000))
      model.tokens[token.value] = token
      return token
    }
    return token.value
  }

  /// Ends every token, as if their hour had passed.
  public func expireTokens() {
    service.model.withLock { $0.tokens = [:] }
  }

  /// Where deliveries go from now on, how, and what they are signed with; `nil` sends none.
  public func setWebhook(url: String?, secret: String?, contentType: WebhookContentType = .json) {
    service.model.withLock { model in
      model.webhookURL = url
      model.webhookSecret = secret
      model.webhookContentType = contentType
    }
  }

  /// Delivers a `ping`.
  @discardableResult
  public func ping() async -> Delivery? {
    await service.deliverPing()
  }

  /// Delivers the same bytes under the same `X-GitHub-Delivery` again.
  @discardableResult
  public func redeliver(_ id: Int64) async throws -> Delivery {
    try await service.redeliver(id)
  }
}
