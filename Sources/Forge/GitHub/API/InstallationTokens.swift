internal import Crypto
internal import Forge
internal import HTTP
internal import Platform

/// The tokens by which an app acts on repositories: one for each installation, shared by all who need it.
///
/// A token lives for an hour and is renewed before its end. However many ask at once, one request is in flight.
actor InstallationTokens {
  struct Token: Sendable {
    let text: String
    let expiresAt: Timestamp
  }

  /// A token with less life than this is renewed first.
  static let renewalMilliseconds: Int64 = 5 * 60_000
  /// Installations of more repositories are looked up anew.
  private static let maximumRepositories = 10_000
  /// The app's own token: from a minute ago, for clocks that are apart, and for no more than ten minutes in all.
  private static let backdatedSeconds: Int64 = 60
  private static let appTokenSeconds: Int64 = 540

  private let appID: String
  private let key: RSAPrivateKey
  private let api: GitHubAPI
  private var installations: [RepositoryName: Int64] = [:]
  private var tokens: [Int64: Token] = [:]
  // What is under way. Not a child of the first who asks: the others must not lose it when that one is cancelled.
  private var lookups: [RepositoryName: Task<Result<Int64, ForgeError>, Never>] = [:]
  private var renewals: [Int64: Task<Result<Token, ForgeError>, Never>] = [:]

  init(appID: String, key: RSAPrivateKey, api: GitHubAPI) {
    self.appID = appID
    self.key = key
    self.api = api
  }

  /// A token of the installation that covers the repository.
  ///
  /// - Parameter refused: the token that GitHub just did not accept; it is not given again.
  func token(for repository: RepositoryName, refused: String? = nil) async throws(ForgeError) -> String {
    try await withInstallation(of: repository) { installation throws(ForgeError) in
      try await self.sharedToken(installation, refused: refused).text
    }
  }

  /// A fresh token that can read the contents of this one repository and nothing else.
  func readToken(for repository: RepositoryName) async throws(ForgeError) -> Token {
    try await withInstallation(of: repository) { installation throws(ForgeError) in
      try await self.create(
        installation, Narrowing(repositories: [repository.name], permissions: ["contents": "read"]))
    }
  }

  /// Runs `body` with the installation's id. An app that was installed again has a new one, so an id that was
  /// remembered and is not found is looked up once more.
  private func withInstallation<T: Sendable>(
    of repository: RepositoryName, _ body: (Int64) async throws(ForgeError) -> T
  ) async throws(ForgeError) -> T {
    if let known = installations[repository] {
      do throws(ForgeError) {
        return try await body(known)
      } catch {
        guard error.code == .notFound else { throw error }
        installations[repository] = nil
        tokens[known] = nil
      }
    }
    let lookup = lookups[repository] ?? Task { await lookUp(repository) }
    lookups[repository] = lookup
    return try await body(try await lookup.value.get())
  }

  /// `GET /repos/{owner}/{repo}/installation`
  private func lookUp(_ repository: RepositoryName) async -> Result<Int64, ForgeError> {
    defer { lookups[repository] = nil }
    do throws(ForgeError) {
      let found: Identified = try await api.call(
        "GET", "/repos/\(repository)/installation", bearer: try appToken())
      if installations.count >= Self.maximumRepositories { installations.removeAll() }
      installations[repository] = found.id
      return .success(found.id)
    } catch {
      guard error.code == .notFound else { return .failure(error) }
      return .failure(ForgeError(.notFound, "the app is not installed on '\(repository)'", cause: error))
    }
  }

  private func sharedToken(_ installation: Int64, refused: String?) async throws(ForgeError) -> Token {
    if let token = tokens[installation], token.text != refused,
      token.expiresAt.milliseconds - api.now().milliseconds > Self.renewalMilliseconds
    {
      return token
    }
    let renewal = renewals[installation] ?? Task { await renew(installation) }
    renewals[installation] = renewal
    return try await renewal.value.get()
  }

  private func renew(_ installation: Int64) async -> Result<Token, ForgeError> {
    defer { renewals[installation] = nil }
    do throws(ForgeError) {
      let token = try await create(installation, nil)
      tokens[installation] = token
      return .success(token)
    } catch {
      return .failure(error)
    }
  }

  /// `POST /app/installations/{installation_id}/access_tokens`
  private func create(_ installation: Int64, _ narrowing: Narrowing?) async throws(ForgeError) -> Token {
    let created: Created = try await api.call(
      "POST", "/app/installations/\(installation)/access_tokens", bearer: try appToken(),
      body: narrowing.map { .encoding($0) } ?? .empty)
    guard let expiresAt = Timestamp(rfc3339: created.expiresAt) else {
      throw ForgeError(.unavailable, "GitHub's token ends at '\(created.expiresAt)', which is no time")
    }
    return Token(text: created.token, expiresAt: expiresAt)
  }

  /// The app's own token (a JWT), for what only the app itself may ask.
  func appToken() throws(ForgeError) -> String {
    let now = api.now().milliseconds / 1_000
    do {
      return try JWT.signRS256(
        AppClaims(iss: appID, iat: now - Self.backdatedSeconds, exp: now + Self.appTokenSeconds), key: key)
    } catch {
      throw ForgeError(.refused, "the app's private key cannot sign", cause: error)
    }
  }

  private struct AppClaims: Encodable {
    var iss: String
    var iat: Int64
    var exp: Int64
  }

  private struct Narrowing: Encodable {
    var repositories: [String]
    var permissions: [String: String]
  }

  private struct Identified: Decodable {
    var id: Int64
  }

  private struct Created: Decodable {
    var token: String
    var expiresAt: String

    enum CodingKeys: String, CodingKey {
      case token
      case expiresAt = "expires_at"
    }
  }
}
