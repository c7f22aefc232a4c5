import HTTP
import Platform

/// Who may do what with a repository.
extension Service {
  func addCollaboratorRoutes(_ routes: inout Routes) {
    routes.on(
      "GET", "/repos/{owner}/{repo}/collaborators/{login}/permission", getPermission,
      page: "collaborators/collaborators#get-repository-permissions-for-a-user")
  }

  /// `GET /repos/{owner}/{repo}/collaborators/{username}/permission`
  private func getPermission(_ request: APIRequest) async throws -> HTTPServerResponse {
    let repository = try repository(request, "metadata", .read)
    let account = try account(request, "login")
    let permission = repository.permission(of: account)
    return .json(
      [
        "permission": .string(permission), "role_name": .string(permission),
        "user": representation.account(account),
      ] as JSONValue)
  }

  /// Lets somebody do so much with a repository; the account is made when it is new.
  func addCollaborator(_ login: String, _ permission: String, to fullName: String) throws {
    _ = user(login)
    let found: Void? = model.withLock { model in
      model.update(fullName) { $0.collaborators[login.lowercased()] = permission }
    }
    guard found != nil else { throw FakeGitHubError(.notFound, "there is no repository \(fullName)") }
  }
}
