import HTTP
import Platform

/// Users and organizations.
extension Service {
  func addAccountRoutes(_ routes: inout Routes) {
    routes.on("GET", "/user", getUser, page: "users/users#get-the-authenticated-user")
    routes.on("GET", "/users/{login}", getAccount, page: "users/users#get-a-user")
    routes.on("GET", "/orgs/{login}", getOrganization, page: "orgs/orgs#get-an-organization")
    routes.on(
      "GET", "/users/{login}/installation", getAccountInstallation,
      page: "apps/apps#get-a-user-installation-for-the-authenticated-app")
    routes.on(
      "GET", "/orgs/{login}/installation", getAccountInstallation,
      page: "apps/apps#get-an-organization-installation-for-the-authenticated-app")
  }

  /// `GET /user`: the one that the personal token is of.
  private func getUser(_ request: APIRequest) async throws -> HTTPServerResponse {
    try requireUser(request)
    let user = user(Self.defaultUser)
    return .json(representation.profile(user, repositories: publicRepositories(of: user), since: startedAt))
  }

  /// `GET /users/{username}`
  private func getAccount(_ request: APIRequest) async throws -> HTTPServerResponse {
    let account = try account(request, "login")
    return .json(
      representation.profile(account, repositories: publicRepositories(of: account), since: startedAt))
  }

  /// `GET /orgs/{org}`
  private func getOrganization(_ request: APIRequest) async throws -> HTTPServerResponse {
    let account = try account(request, "login")
    guard account.kind == .organization else { throw APIError.notFound }
    return .json(
      representation.organizationProfile(
        account, repositories: publicRepositories(of: account), since: startedAt))
  }

  /// `GET /users/{username}/installation`, `GET /orgs/{org}/installation`
  private func getAccountInstallation(_ request: APIRequest) async throws -> HTTPServerResponse {
    try requireApp(request)
    let login = request.parameter("login").lowercased()
    let found = model.withLock { model in
      model.installations.first { $0.account.login.lowercased() == login }
    }
    guard let found else { throw APIError.notFound }
    return .json(representation.installation(found, options: options))
  }

  /// Refuses everybody but a user.
  func requireUser(_ request: APIRequest) throws {
    switch request.principal {
    case .user: return
    case .installation: throw APIError.forbidden
    case .anonymous, .app: throw APIError.requiresAuthentication
    }
  }

  /// The account that a part of the path names.
  func account(_ request: APIRequest, _ parameter: String) throws -> Account {
    let login = request.parameter(parameter).lowercased()
    if login == bot.login.lowercased() { return bot }
    guard let account = model.withLock({ $0.accounts[login] }) else { throw APIError.notFound }
    return account
  }

  /// Whom GitHub names as the one who did what was asked for.
  func actor(of request: APIRequest) -> Account {
    if case .user = request.principal { return user(Self.defaultUser) }
    return bot
  }

  private func publicRepositories(of account: Account) -> Int {
    model.withLock { $0.repositories.values.count { $0.owner.id == account.id && !$0.isPrivate } }
  }
}

extension Representation {
  /// `GET /users/{username}`
  func profile(_ account: Account, repositories: Int, since time: Timestamp) -> JSONValue {
    self.account(account).merging([
      "name": .string(account.login), "company": nil, "blog": "", "location": nil, "email": nil,
      "hireable": nil, "bio": nil, "twitter_username": nil, "public_repos": .integer(Int64(repositories)),
      "public_gists": 0, "followers": 0, "following": 0, "created_at": self.time(time),
      "updated_at": self.time(time),
    ])
  }

  /// `GET /orgs/{org}`
  func organizationProfile(_ account: Account, repositories: Int, since time: Timestamp) -> JSONValue {
    organization(account).merging([
      "name": .string(account.login), "company": nil, "blog": nil, "location": nil, "email": nil,
      "twitter_username": nil, "is_verified": false, "has_organization_projects": true,
      "has_repository_projects": true, "public_repos": .integer(Int64(repositories)), "public_gists": 0,
      "followers": 0, "following": 0, "html_url": .string("\(origin)/\(account.login)"),
      "created_at": self.time(time), "updated_at": self.time(time), "archived_at": nil,
      "type": "Organization",
    ])
  }

  /// An organization as webhooks name it.
  func organization(_ account: Account) -> JSONValue {
    let url = "\(api)/orgs/\(account.login)"
    return [
      "login": .string(account.login), "id": .integer(account.id), "node_id": nodeID("O", account.id),
      "url": .string(url), "repos_url": .string("\(url)/repos"), "events_url": .string("\(url)/events"),
      "hooks_url": .string("\(url)/hooks"), "issues_url": .string("\(url)/issues"),
      "members_url": .string("\(url)/members{/member}"),
      "public_members_url": .string("\(url)/public_members{/member}"),
      "avatar_url": .string("\(origin)/avatars/u/\(account.id)"), "description": nil,
    ]
  }
}
