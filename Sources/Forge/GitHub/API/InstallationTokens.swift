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
  func credential(
    for repository: RepositoryName, refused: Credential? = nil
  ) async throws(ForgeError) -> Credential {
    try await withInstallation(of: repository) { installation throws(ForgeError) in
      let token = try await self.sharedToken(installation, refused: refused?.bearer)
      return Credential(bearer: token.text, account: .installation(installation))
    }
  }

  /// What may act on the repository, where its installation is another one than was thought: the app was installed anew,
  /// or the repository was given to somebody else. `nil` when it is still the same.
  func credential(
    for repository: RepositoryName, otherThan used: Credential
  ) async throws(ForgeError) -> Credential? {
    let installation = try await installation(of: repository)
    guard used.account != .installation(installation) else { return nil }
    return try await credential(for: repository)
  }

  /// A fresh token that can read the contents of this one repository and nothing else. It is not kept for others: it goes
  /// to a machine that runs the repository's own code, and ends an hour after it was made.
  func readToken(for repository: RepositoryName) async throws(ForgeError) -> Token {
    try await withInstallation(of: repository) { installation throws(ForgeError) in
      do throws(ForgeError) {
        return try await self.createReadToken(for: repository, installation)
      } catch {
        guard error.code == .refused else { throw error }
        let current = try await self.installation(of: repository)
        guard current != installation else { throw error }
        return try await self.createReadToken(for: repository, current)
      }
    }
  }

  private func createReadToken(
    for repository: RepositoryName, _ installation: Int64
  ) async throws(ForgeError) -> Token {
    do throws(ForgeError) {
      return try await create(installation, Narrowing(repositories: [repository.name]))
    } catch {
      guard error.code == .refused else { throw error }
      // What was renamed is found by its old name everywhere but here.
      guard let id = try await movedRepository(repository, installation) else { throw error }
      return try await create(installation, Narrowing(repositoryIDs: [id]))
    }
  }

  /// The number of a repository that has another name now; `nil` when it has the same, or is not to be seen.
  /// `GET /repos/{owner}/{repo}`
  private func movedRepository(
    _ repository: RepositoryName, _ installation: Int64
  ) async throws(ForgeError) -> Int64? {
    let token = try await sharedToken(installation, refused: nil)
    do throws(ForgeError) {
      let found: Found = try await api.call(
        APICall("GET", "/repos/\(repository)"),
        as: Credential(bearer: token.text, account: .installation(installation)))
      return found.name.lowercased() == repository.name.lowercased() ? nil : found.id
    } catch {
      guard error.code == .notFound || error.code == .refused else { throw error }
      return nil
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
    return try await body(try await installation(of: repository))
  }

  /// As GitHub says now; asked once for all who want to know.
  private func installation(of repository: RepositoryName) async throws(ForgeError) -> Int64 {
    let lookup = lookups[repository] ?? Task { await lookUp(repository) }
    lookups[repository] = lookup
    return try await lookup.value.get()
  }

  /// `GET /repos/{owner}/{repo}/installation`
  private func lookUp(_ repository: RepositoryName) async -> Result<Int64, ForgeError> {
    defer { lookups[repository] = nil }
    do throws(ForgeError) {
      let found: Identified = try await asApp { credential throws(ForgeError) in
        try await api.call(APICall("GET", "/repos/\(repository)/installation"), as: credential)
      }
      if installations.count >= Self.maximumRepositories {
        installations.removeAll()
        tokens.removeAll()
      }
      installations[repository] = found.id
      return .success(found.id)
    } catch {
      guard error.code == .notFound else { return .failure(error) }
      return .failure(ForgeError(.notFound, "the app is not installed on '\(repository)'", cause: error))
    }
  }

  private func sharedToken(_ installation: Int64, refused: String?) async throws(ForgeError) -> Token {
    if let token = tokens[installation], token.text != refused,
      token.expiresAt.milliseconds - api.serverNow.milliseconds > Self.renewalMilliseconds
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
    var call = APICall(
      "POST", "/app/installations/\(installation)/access_tokens",
      body: narrowing.map { .encoding($0) } ?? .empty)
    // A token that nobody heard of does no harm.
    call.isRepeatable = true
    let created: Created = try await asApp { credential throws(ForgeError) in
      try await api.call(call, as: credential)
    }
    guard let expiresAt = Timestamp(rfc3339: created.expiresAt) else {
      throw ForgeError(.unavailable, "GitHub's token ends at '\(created.expiresAt)', which is no time")
    }
    return Token(text: created.token, expiresAt: expiresAt)
  }

  /// Runs `body` with the app's own token (a JWT), for what only the app itself may ask. GitHub looks at the times in it:
  /// where our clock is what it does not accept, `body` runs once more by GitHub's clock.
  func asApp<T: Sendable>(
    _ body: (Credential) async throws(ForgeError) -> T
  ) async throws(ForgeError) -> T {
    do throws(ForgeError) {
      return try await body(try appCredential())
    } catch {
      guard error.code == .unauthorized, api.serverClock.adopt() else { throw error }
    }
    return try await body(try appCredential())
  }

  private func appCredential() throws(ForgeError) -> Credential {
    let now = api.serverNow.milliseconds / 1_000
    do {
      let token = try JWT.signRS256(
        AppClaims(iss: appID, iat: now - Self.backdatedSeconds, exp: now + Self.appTokenSeconds), key: key)
      return Credential(bearer: token, account: .app)
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
    var repositories: [String]?
    var repositoryIDs: [Int64]?
    var permissions = ["contents": "read"]

    enum CodingKeys: String, CodingKey {
      case repositories, permissions
      case repositoryIDs = "repository_ids"
    }
  }

  private struct Found: Decodable, Sendable {
    var id: Int64
    var name: String
  }

  private struct Identified: Decodable, Sendable {
    var id: Int64
  }

  private struct Created: Decodable, Sendable {
    var token: String
    var expiresAt: String

    enum CodingKeys: String, CodingKey {
      case token
      case expiresAt = "expires_at"
    }
  }
}
