import HTTP
import Platform

/// What there is to know of the service itself, and the lists that stay empty in this model: their addresses are in
/// every repository and account, so they lead somewhere.
extension Service {
  func addMetaRoutes(_ routes: inout Routes) {
    routes.on("GET", "/meta", getMeta, page: "meta/meta#get-github-meta-information")
    routes.on("GET", "/versions", getVersions, page: "meta/meta#get-all-api-versions")
    routes.on("GET", "/zen", getZen, page: "meta/meta#get-the-zen-of-github")
    routes.on("GET", "/apps/{slug}", getPublicApp, page: "apps/apps#get-an-app")
    for list in [
      "assignees", "collaborators", "comments", "contributors", "deployments", "events", "hooks",
      "issues/comments", "issues/events", "issues/{number}/comments", "issues/{number}/events", "keys",
      "labels",
      "milestones", "pulls/{number}/comments", "pulls/{number}/reviews", "pulls/comments", "stargazers",
      "subscribers",
      "teams",
    ] {
      routes.on("GET", "/repos/{owner}/{repo}/\(list)", getEmptyList)
    }
    routes.on(
      "GET", "/repos/{owner}/{repo}/languages", getLanguages, page: "repos/repos#list-repository-languages")
    for list in [
      "followers", "gists", "starred", "subscriptions", "orgs", "events", "received_events", "following",
    ] {
      routes.on("GET", "/users/{login}/\(list)", getEmptyListOfAccount)
    }
    for list in ["events", "hooks", "issues", "members", "public_members"] {
      routes.on("GET", "/orgs/{login}/\(list)", getEmptyListOfAccount)
    }
  }

  /// `GET /meta`
  private func getMeta(_ request: APIRequest) async throws -> HTTPServerResponse {
    .json(["verifiable_password_authentication": true, "hooks": ["127.0.0.0/8"]] as JSONValue)
  }

  /// `GET /versions`
  private func getVersions(_ request: APIRequest) async throws -> HTTPServerResponse {
    .json(.array(Self.apiVersions.map { .string($0) }))
  }

  /// `GET /zen`
  private func getZen(_ request: APIRequest) async throws -> HTTPServerResponse {
    .text(Self.zen)
  }

  /// `GET /apps/{app_slug}`
  private func getPublicApp(_ request: APIRequest) async throws -> HTTPServerResponse {
    guard request.parameter("slug") == options.appSlug else { throw APIError.notFound }
    return .json(integration)
  }

  private func getEmptyList(_ request: APIRequest) async throws -> HTTPServerResponse {
    _ = try repository(request, "metadata", .read)
    return .json([] as JSONValue)
  }

  /// `GET /repos/{owner}/{repo}/languages`
  private func getLanguages(_ request: APIRequest) async throws -> HTTPServerResponse {
    _ = try repository(request, "metadata", .read)
    return .json([:] as JSONValue)
  }

  private func getEmptyListOfAccount(_ request: APIRequest) async throws -> HTTPServerResponse {
    _ = try account(request, "login")
    return .json([] as JSONValue)
  }

  static let zen = "Small steps, each of them whole."
}
