internal import HTTP

/// One request to GitHub's REST API.
struct APICall: Sendable {
  enum Urgency: Sendable {
    /// People see its result, or wait for it.
    case visible
    /// May come later: when few requests are left, they are kept for what is visible.
    case background
  }

  var method: String
  /// Behind the API's base, percent-encoded: `/repos/o/r?per_page=1`.
  var path: String
  var body: HTTPBody = .empty
  var urgency = Urgency.visible
  /// What it takes, for an error's message, where GitHub does not say so: `checks: write`.
  var permission: String?
  /// Whether it may be sent again when nobody knows what became of it.
  var isRepeatable: Bool

  init(
    _ method: String, _ path: String, body: HTTPBody = .empty, urgency: Urgency = .visible,
    permission: String? = nil
  ) {
    self.method = method
    self.path = path
    self.body = body
    self.urgency = urgency
    self.permission = permission
    isRepeatable = method == "GET"
  }

  /// Says in errors what was asked.
  var label: String { "\(method) \(path.prefix { $0 != "?" })" }
}
