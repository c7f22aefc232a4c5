package import Forge
package import HTTP
package import Platform

/// GitHub, or an Enterprise Server, as a forge.
package final class GitHubForge: Forge {
  let configuration: GitHubConfiguration
  let api: GitHubAPI
  let credentials: Credentials
  let knownChecks = KnownChecks()

  enum Credentials: Sendable {
    case app(InstallationTokens)
    case token(String)
  }

  /// - Parameters:
  ///   - client: borrowed; the caller shuts it down.
  ///   - now: the wall clock, by which tokens are renewed and limits waited for.
  ///   - pause: sleeps so many seconds before something is tried again, or less when the task is cancelled.
  package init(
    _ configuration: GitHubConfiguration, client: HTTPClient,
    now: @escaping @Sendable () -> Timestamp = Timestamp.now,
    pause: @escaping @Sendable (Double) async -> Void = { try? await Task.sleep(for: .seconds($0)) }
  ) {
    self.configuration = configuration
    api = GitHubAPI(
      baseURL: configuration.apiURL, client: client, requestSeconds: configuration.requestSeconds, now: now,
      pause: pause)
    switch configuration.identity {
    case .app(let id, let privateKey):
      credentials = .app(InstallationTokens(appID: id, key: privateKey, api: api))
    case .token(let token):
      credentials = .token(token)
    }
  }

  /// Runs `body` with what may act on the repository. A token that GitHub does not accept any more is renewed, and
  /// `body` run again, once; also when nothing is found, and another installation covers the repository by now.
  func withCredential<T: Sendable>(
    for repository: RepositoryName, _ body: (Credential) async throws(ForgeError) -> T
  ) async throws(ForgeError) -> T {
    switch credentials {
    case .token(let token): return try await body(Credential(bearer: token, account: .token))
    case .app(let tokens):
      let credential = try await tokens.credential(for: repository)
      let other: Credential?
      do throws(ForgeError) {
        return try await body(credential)
      } catch {
        switch error.code {
        case .unauthorized: other = try await tokens.credential(for: repository, refused: credential)
        case .notFound: other = try await tokens.credential(for: repository, otherThan: credential)
        default: throw error
        }
        guard other != nil else { throw error }
      }
      return try await body(other ?? credential)
    }
  }

  package func cloneCredentials(repository: String) async throws(ForgeError) -> CloneCredentials {
    let repository = try RepositoryName(repository)
    // The name that GitHub asks for when the password is a token.
    let username = "x-access-token"
    switch credentials {
    case .token(let token): return CloneCredentials(username: username, password: token, expiresAt: nil)
    case .app(let tokens):
      let token = try await tokens.readToken(for: repository)
      return CloneCredentials(username: username, password: token.text, expiresAt: token.expiresAt)
    }
  }

  /// `GET /repos/{owner}/{repo}/commits/{ref}`
  package func commitMessage(repository: String, sha: String) async throws(ForgeError) -> String {
    let repository = try RepositoryName(repository)
    try GitNames.check(sha: sha)
    // The answer lists the commit's files by pages, with their changes: one is the least.
    let call = APICall(
      "GET", "/repos/\(repository)/commits/\(sha)?per_page=1", permission: "contents: read")
    let answer: CommitAnswer = try await withCredential(for: repository) { credential throws(ForgeError) in
      try await api.call(call, as: credential)
    }
    return answer.commit.message
  }

  private struct CommitAnswer: Decodable, Sendable {
    struct Commit: Decodable, Sendable {
      var message: String
    }

    var commit: Commit
  }
}
