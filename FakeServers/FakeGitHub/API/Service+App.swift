import Crypto
import HTTP
import Platform

/// The App's own endpoints, which take its JWT, and those of an installation.
extension Service {
  func addAppRoutes(_ routes: inout Routes) {
    routes.on("GET", "/app", getApp, page: "apps/apps#get-the-authenticated-app")
    routes.on(
      "GET", "/app/installations", listInstallations,
      page: "apps/apps#list-installations-for-the-authenticated-app")
    routes.on(
      "GET", "/app/installations/{id}", getInstallation,
      page: "apps/apps#get-an-installation-for-the-authenticated-app")
    routes.on(
      "POST", "/app/installations/{id}/access_tokens", createToken,
      page: "apps/apps#create-an-installation-access-token-for-an-app")
    routes.on(
      "GET", "/repos/{owner}/{repo}/installation", getRepositoryInstallation,
      page: "apps/apps#get-a-repository-installation-for-the-authenticated-app")
    routes.on(
      "GET", "/installation/repositories", listInstallationRepositories,
      page: "apps/installations#list-repositories-accessible-to-the-app-installation")
    routes.on(
      "DELETE", "/installation/token", revokeToken,
      page: "apps/installations#revoke-an-installation-access-token")
    routes.on(
      "GET", "/rate_limit", getRateLimit,
      page: "rate-limit/rate-limit#get-rate-limit-status-for-the-authenticated-user")
  }

  /// `GET /app`
  private func getApp(_ request: APIRequest) async throws -> HTTPServerResponse {
    try requireApp(request)
    let count = model.withLock { $0.installations.count }
    return .json(representation.app(options, createdAt: startedAt, installations: count))
  }

  /// `GET /app/installations`
  private func listInstallations(_ request: APIRequest) async throws -> HTTPServerResponse {
    try requireApp(request)
    let shown = representation
    let items = model.withLock { $0.installations }.map { shown.installation($0, options: options) }
    return request.page(items, origin: shown.origin)
  }

  /// `GET /app/installations/{installation_id}`
  private func getInstallation(_ request: APIRequest) async throws -> HTTPServerResponse {
    try requireApp(request)
    return .json(representation.installation(try installation(request), options: options))
  }

  /// `GET /repos/{owner}/{repo}/installation`
  private func getRepositoryInstallation(_ request: APIRequest) async throws -> HTTPServerResponse {
    try requireApp(request)
    let name = "\(request.parameter("owner"))/\(request.parameter("repo"))"
    let found = model.withLock { model -> Installation? in
      guard let repository = model.repository(name), repository.isInstalled else { return nil }
      return model.installations.first { $0.account.id == repository.owner.id }
    }
    guard let found else { throw APIError.notFound }
    return .json(representation.installation(found, options: options))
  }

  /// `POST /app/installations/{installation_id}/access_tokens`
  private func createToken(_ request: APIRequest) async throws -> HTTPServerResponse {
    try requireApp(request)
    let installation = try installation(request)
    guard installation.suspendedAt == nil else { throw APIError.suspended }
    let body = try await request.object()
    let (granted, repositories) = try narrowed(installation, by: body)
    let token = InstallationToken(
      value: "ghs_\(RandomBytes.hexadecimal(18))", installation: installation.id,
      owner: installation.account.id, repositories: repositories.map { Set($0.map(\.id)) },
      permissions: granted,
      expiresAt: Timestamp(milliseconds: Timestamp.now().milliseconds + options.tokenSeconds * 1_000))
    model.withLock { $0.tokens[token.value] = token }
    return .json(representation.token(token, repositories: repositories), status: 201)
  }

  /// `GET /installation/repositories`
  private func listInstallationRepositories(_ request: APIRequest) async throws -> HTTPServerResponse {
    guard case .installation(let token) = request.principal else { throw APIError.badCredentials }
    let shown = representation
    let items = repositories(of: token).map {
      shown.fullRepository($0, contents: PermissionLevel(token.permissions["contents"]))
    }
    return request.page(items, origin: shown.origin) { page in
      ["total_count": .integer(Int64(items.count)), "repositories": .array(page)]
    }
  }

  /// `DELETE /installation/token`
  private func revokeToken(_ request: APIRequest) async throws -> HTTPServerResponse {
    guard case .installation(let token) = request.principal else { throw APIError.badCredentials }
    model.withLock { $0.tokens[token.value] = nil }
    return .empty(204)
  }

  /// `GET /rate_limit`; asking does not count.
  private func getRateLimit(_ request: APIRequest) async throws -> HTTPServerResponse {
    let window = rateWindow(of: request.principal)
    let rate: JSONValue = [
      "limit": .integer(Int64(window.limit)), "used": .integer(Int64(window.used)),
      "remaining": .integer(Int64(window.remaining)), "reset": .integer(window.resetsAt),
      "resource": "core",
    ]
    var resources: [String: JSONValue] = ["core": rate]
    for (name, limit) in Self.otherRateLimits {
      resources[name] = rate.merging([
        "limit": .integer(limit), "remaining": .integer(limit), "used": 0, "resource": .string(name),
      ])
    }
    return .json(.object(["resources": .object(resources), "rate": rate]))
  }

  /// The limits of what this fake has no operations of.
  private static let otherRateLimits: KeyValuePairs<String, Int64> = [
    "actions_runner_registration": 10_000, "code_search": 10, "dependency_snapshots": 100, "graphql": 5_000,
    "integration_manifest": 5_000, "search": 30,
  ]

  /// Refuses everybody but the App itself.
  func requireApp(_ request: APIRequest) throws {
    switch request.principal {
    case .app: return
    case .anonymous, .installation, .user: throw APIError.undecodableToken
    }
  }

  /// The installation in the path.
  func installation(_ request: APIRequest) throws -> Installation {
    let id = try request.number("id")
    guard let found = model.withLock({ $0.installations.first { $0.id == id } }) else {
      throw APIError.notFound
    }
    return found
  }

  private func repositories(of token: InstallationToken) -> [Repository] {
    model.withLock { $0.repositories.values }
      .filter { Principal.installation(token).level(of: "metadata", for: $0) >= .read && $0.isInstalled }
      .filter { $0.owner.id == token.owner }.sorted { $0.id < $1.id }
  }

  /// The permissions and repositories that a token's request asks for; 422 for what the installation has not.
  private func narrowed(
    _ installation: Installation, by body: [String: JSONValue]
  ) throws -> (permissions: [String: String], repositories: [Repository]?) {
    var granted = installation.permissions
    if let wanted = body["permissions"]?.object, !wanted.isEmpty {
      for (name, level) in wanted {
        let level = PermissionLevel(level.string)
        guard level != .none, level <= PermissionLevel(installation.permissions[name]) else {
          throw APIError.unprocessable("The permissions requested are not granted to this installation.")
        }
      }
      granted = wanted.compactMapValues(\.string)
      // GitHub adds it by itself: without it a token could not name a repository.
      granted["metadata"] = "read"
    }
    let names = body["repositories"]?.array?.map { $0.string?.lowercased() }
    let ids = body["repository_ids"]?.array?.map(\.integer)
    guard names != nil || ids != nil else { return (granted, nil) }
    let all = model.withLock { $0.repositories.values }
      .filter { $0.owner.id == installation.account.id && $0.isInstalled }
    let byName = (names ?? []).map { name in all.first { $0.name.lowercased() == name } }
    let byID = (ids ?? []).map { id in all.first { $0.id == id } }
    let chosen = (byName + byID).compactMap { $0 }
    guard chosen.count == byName.count + byID.count, !chosen.isEmpty else {
      throw APIError.unprocessable(
        "There is at least one repository that does not exist or is not accessible to the parent installation."
      )
    }
    return (granted, chosen)
  }
}
