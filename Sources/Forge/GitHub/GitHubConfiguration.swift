package import Crypto

/// How the driver reaches GitHub and proves who it is.
package struct GitHubConfiguration: Sendable {
  /// Whose name the driver acts in.
  package enum Identity: Sendable {
    /// A GitHub App: acts through the installation that covers a repository.
    case app(id: String, privateKey: RSAPrivateKey)
    /// A token that was made by hand; all calls use it.
    case token(String)
  }

  /// The webhook bodies that GitHub sends are not longer (25 MB).
  package static let maximumWebhookBytes = 25_000_000

  package var identity: Identity
  /// Secrets that webhooks may be signed with; several while one is being replaced. Empty ones are left out: everybody knows them.
  package var webhookSecrets: [String]
  /// Base of the API, without a slash at its end: `https://api.github.com`, or `https://HOST/api/v3` of an Enterprise Server.
  package var apiURL: String
  /// Base for uploads. A release says itself where its assets go; it is believed for this origin and the API's.
  package var uploadsURL: String
  /// Base of clone URLs (`{webURL}/{owner}/{name}.git`); `nil` takes what a webhook says.
  package var webURL: String?
  /// How long one request may take, its answer included, in seconds. Uploads have a limit of their own.
  package var requestSeconds: Double = 30

  /// - Parameter uploadsURL: `nil` for what belongs to the API's base.
  package init(
    identity: Identity, webhookSecrets: [String], apiURL: String = "https://api.github.com",
    uploadsURL: String? = nil,
    webURL: String? = nil
  ) {
    self.identity = identity
    self.webhookSecrets = webhookSecrets.filter { !$0.isEmpty }
    self.apiURL = Self.withoutSlash(apiURL)
    self.uploadsURL = Self.withoutSlash(uploadsURL ?? Self.uploadsURL(of: self.apiURL))
    self.webURL = webURL.map(Self.withoutSlash)
  }

  private static func uploadsURL(of apiURL: String) -> String {
    if apiURL == "https://api.github.com" { return "https://uploads.github.com" }
    let enterprise = "/api/v3"
    return apiURL.hasSuffix(enterprise) ? apiURL.dropLast(enterprise.count) + "/api/uploads" : apiURL
  }

  private static func withoutSlash(_ url: String) -> String {
    url.hasSuffix("/") ? String(url.dropLast()) : url
  }
}
