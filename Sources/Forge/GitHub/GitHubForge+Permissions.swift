package import Forge

extension GitHubForge {
  /// `GET /repos/{owner}/{repo}/collaborators/{username}/permission`
  package func mayWrite(to repository: String, user: String) async throws(ForgeError) -> Bool {
    let repository = try RepositoryName(repository)
    let call = APICall(
      "GET", "/repos/\(repository)/collaborators/\(URLText.encode(user))/permission",
      permission: "metadata: read")
    do throws(ForgeError) {
      let answer: PermissionAnswer = try await withCredential(for: repository) {
        credential throws(ForgeError) in try await api.call(call, as: credential)
      }
      return ["admin", "write"].contains(answer.permission)
    } catch {
      // There is no such account.
      guard error.code == .notFound else { throw error }
      return false
    }
  }

  /// Roles are told as the permission that they amount to: `maintain` as `write`, `triage` as `read`.
  private struct PermissionAnswer: Decodable, Sendable {
    var permission: String
  }
}
