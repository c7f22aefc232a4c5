internal import Forge
internal import FoundationEssentials
internal import HTTP
internal import Platform

extension GitHubAPI {
  private static let maximumErrorBytes = 64 * 1_024
  private static let maximumMessageCharacters = 500

  /// The body of an answer that is an error.
  private struct ErrorBody: Decodable {
    var message: String?
    var errors: [Detail]?

    /// Some errors' details are objects, others plain text.
    struct Detail: Decodable {
      var code: String?
      var message: String?

      private enum CodingKeys: String, CodingKey { case code, message }

      init(from decoder: any Decoder) throws {
        if let fields = try? decoder.container(keyedBy: CodingKeys.self) {
          code = try? fields.decode(String.self, forKey: .code)
          message = try? fields.decode(String.self, forKey: .message)
        } else {
          message = try? decoder.singleValueContainer().decode(String.self)
        }
      }
    }
  }

  /// What an answer outside the 200s means; a limit is remembered.
  func failure(
    _ response: HTTPResponse, _ credential: Credential, _ label: String, _ permission: String?
  ) async -> ForgeError {
    let bytes = (try? await response.bytes(upTo: Self.maximumErrorBytes)) ?? []
    let body = try? JSONDecoder().decode(ErrorBody.self, from: Data(bytes))
    let codes = body?.errors?.compactMap(\.code) ?? []
    let details = body?.errors?.compactMap { $0.message ?? $0.code } ?? []
    let message = body?.message ?? ""
    var text = "GitHub answered \(response.status) to \(label)"
    if !message.isEmpty {
      text += ": " + ([message] + details).joined(separator: "; ").prefix(Self.maximumMessageCharacters)
    }
    let retryAfter = retryAfterSeconds(response)
    guard isLimit(response, message) else {
      if response.status == 403 { text += Self.missing(permission, response, message) }
      return ForgeError(
        code(response.status, codes), text,
        retryAfterSeconds: retryAfter.map { min($0, RateBudget.maximumWaitSeconds) })
    }
    let isUsedUp = response.headers["X-RateLimit-Remaining"] == "0"
    let hint = retryAfter ?? (isUsedUp ? RateLimits.secondsUntilReset(response.headers, now()) : nil)
    let wait = limits.refused(credential.account, hintSeconds: hint, at: now())
    return ForgeError(.rateLimited, text, retryAfterSeconds: wait)
  }

  private func code(_ status: Int, _ codes: [String]) -> ForgeError.Code {
    switch status {
    case 401: .unauthorized
    case 403: .refused
    case 404, 410: .notFound
    case 409: .conflict
    case 422: codes.contains("already_exists") ? .conflict : .refused
    case 408, 500...: .unavailable
    default: .refused
    }
  }

  /// Whether this is about a limit, and not about what we may: a 403 can be both.
  private func isLimit(_ response: HTTPResponse, _ message: String) -> Bool {
    switch response.status {
    case 429: true
    case 403:
      response.headers["Retry-After"] != nil || response.headers["X-RateLimit-Remaining"] == "0"
        || message.lowercased().contains("rate limit")
    default: false
    }
  }

  /// `Retry-After`, as seconds or as a time (RFC 9110, section 10.2.3).
  private func retryAfterSeconds(_ response: HTTPResponse) -> Int64? {
    guard let value = response.headers["Retry-After"] else { return nil }
    if let seconds = Int64(value) { return max(0, seconds) }
    guard let until = HTTPDate(value)?.timestamp else { return nil }
    let theirs = response.headers["Date"].flatMap(HTTPDate.init)?.timestamp ?? now()
    return max(0, (until.milliseconds - theirs.milliseconds) / 1_000)
  }

  /// What would have been needed: as GitHub says (`checks=write`), or as the call knows.
  private static func missing(_ permission: String?, _ response: HTTPResponse, _ message: String) -> String {
    let accepted = response.headers["X-Accepted-GitHub-Permissions"]?
      .split(separator: "=").joined(separator: ": ").prefix(maximumMessageCharacters)
    guard let needed = accepted.map(String.init) ?? (message.contains("not accessible") ? permission : nil)
    else { return "" }
    return " (this takes the permission '\(needed)')"
  }
}
