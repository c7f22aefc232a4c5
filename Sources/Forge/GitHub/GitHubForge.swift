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
  package init(
    _ configuration: GitHubConfiguration, client: HTTPClient,
    now: @escaping @Sendable () -> Timestamp = Timestamp.now
  ) {
    self.configuration = configuration
    api = GitHubAPI(baseURL: configuration.apiURL, client: client, now: now)
    switch configuration.identity {
    case .app(let id, let privateKey):
      credentials = .app(InstallationTokens(appID: id, key: privateKey, api: api))
    case .token(let token):
      credentials = .token(token)
    }
  }

  /// Runs `body` with a token that may act on the repository. A token that GitHub does not accept any more is
  /// renewed, and `body` run again, once.
  func withToken<T: Sendable>(
    for repository: RepositoryName, _ body: (_ token: String) async throws(ForgeError) -> T
  ) async throws(ForgeError) -> T {
    switch credentials {
    case .token(let token): return try await body(token)
    case .app(let tokens):
      let token = try await tokens.token(for: repository)
      do throws(ForgeError) {
        return try await body(token)
      } catch {
        guard error.code == .unauthorized else { throw error }
      }
      return try await body(try await tokens.token(for: repository, refused: token))
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
    let answer: CommitAnswer = try await withToken(for: repository) { token throws(ForgeError) in
      try await api.call("GET", "/repos/\(repository)/commits/\(sha)?per_page=1", bearer: token)
    }
    return answer.commit.message
  }

  private struct CommitAnswer: Decodable {
    struct Commit: Decodable {
      var message: String
    }

    var commit: Commit
  }
}
