/// How a `FakeGitHub` is set up.
public struct FakeGitHubOptions: Sendable {
  /// `host:port` to listen on; port 0 takes a free one.
  public var address = "127.0.0.1:0"

  /// The App's id and the slug in its addresses.
  public var appID: Int64 = 4_711
  public var appSlug = "mise-ci"

  /// The App's RSA private key (PKCS#1 or PKCS#8 PEM); a fresh one is made when there is none.
  public var appPrivateKeyPEM: String?

  /// A user's token that may do everything with every repository; none by default.
  public var personalAccessToken: String?

  /// Where deliveries go and what they are signed with; both can be set later, by `setWebhook(url:secret:)`.
  public var webhookURL: String?
  public var webhookSecret: String?

  /// The events that the App subscribes to. `ping` is always sent.
  public var webhookEvents: Set<String> = [
    "check_run", "check_suite", "create", "delete", "pull_request", "push", "release", "repository",
    "workflow_job", "workflow_run",
  ]

  /// How long a receiver may take for its answer. GitHub waits ten seconds.
  public var webhookTimeoutSeconds: Double = 10

  /// What the App may do, as GitHub names it: permission to `read`, `write` or `admin`.
  public var permissions = [
    "actions": "write", "checks": "write", "contents": "write", "metadata": "read",
    "pull_requests": "read", "statuses": "write",
  ]

  /// Requests per hour of one installation, of the App itself, or of the user.
  public var rateLimit = 5_000

  /// Requests per hour without credentials.
  public var anonymousRateLimit = 60

  /// How long an installation token is valid. GitHub gives an hour.
  public var tokenSeconds: Int64 = 3_600

  /// Where repositories and assets are kept; a temporary folder, removed at the end, when there is none.
  public var folder: String?

  /// GitHub Actions.
  public var actions = ActionsOptions()

  public init() {}

  /// The App's second name, which its JWT may have as `iss` instead of the id.
  public var clientID: String { "Iv23li\(appSlug)\(appID)" }
}
