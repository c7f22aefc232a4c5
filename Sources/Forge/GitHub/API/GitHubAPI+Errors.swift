internal import Forge
internal import FoundationEssentials
internal import HTTP
internal import Platform

extension GitHubAPI {
  private static let maximumErrorBytes = 64 * 1_024
  private static let maximumMessageCharacters = 500
  /// How long to wait after a secondary limit that does not say, as GitHub's documentation asks.
  private static let secondaryLimitSeconds: Int64 = 60

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

  /// What an answer outside the 200s means.
  func failure(_ response: HTTPResponse, _ label: String) async -> ForgeError {
    let bytes = (try? await response.bytes(upTo: Self.maximumErrorBytes)) ?? []
    let body = try? JSONDecoder().decode(ErrorBody.self, from: Data(bytes))
    let codes = body?.errors?.compactMap(\.code) ?? []
    let details = body?.errors?.compactMap { $0.message ?? $0.code } ?? []
    var text = "GitHub answered \(response.status) to \(label)"
    if let message = body?.message {
      text += ": " + ([message] + details).joined(separator: "; ").prefix(Self.maximumMessageCharacters)
    }
    let limit = rateLimit(response, message: body?.message ?? "")
    return ForgeError(
      code(response.status, codes, isLimited: limit != nil), text,
      retryAfterSeconds: limit ?? response.headers["Retry-After"].flatMap { Int64($0) })
  }

  private func code(_ status: Int, _ codes: [String], isLimited: Bool) -> ForgeError.Code {
    switch status {
    case 401: .unauthorized
    case 403, 429: isLimited ? .rateLimited : .refused
    case 404, 410: .notFound
    case 409: .conflict
    case 422: codes.contains("already_exists") ? .conflict : .refused
    case 408, 500...: .unavailable
    default: .refused
    }
  }

  /// How long to wait, when this is about a rate limit: `Retry-After`, or the time until `X-RateLimit-Reset`
  /// when nothing remains, or a minute for a secondary limit that says neither.
  private func rateLimit(_ response: HTTPResponse, message: String) -> Int64? {
    guard response.status == 403 || response.status == 429 else { return nil }
    if let seconds = response.headers["Retry-After"].flatMap({ Int64($0) }) { return max(0, seconds) }
    if response.headers["X-RateLimit-Remaining"] == "0",
      let reset = response.headers["X-RateLimit-Reset"].flatMap({ Int64($0) })
    {
      let (wait, overflows) = reset.subtractingReportingOverflow(now().milliseconds / 1_000)
      return overflows ? Self.secondaryLimitSeconds : max(0, wait)
    }
    let isSecondary = message.lowercased().contains("rate limit")
    return response.status == 429 || isSecondary ? Self.secondaryLimitSeconds : nil
  }
}
