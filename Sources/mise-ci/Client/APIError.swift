import HTTP

/// Why the server did not do what a command asked of it.
struct APIError: Error, CustomStringConvertible {
  enum Code: Hashable {
    /// 401 and 403: the API token is missing or is not the server's.
    case notAllowed
    /// 404 and 410.
    case notFound
    /// 502, 503, 504: it may do it later.
    case unavailable
    /// Any other status that is no success.
    case refused
    /// A success that is not what the API says it is.
    case unexpectedAnswer
  }

  /// The most of an error's body that is read, in bytes.
  private static let maximumBodyBytes = 64 * 1_024

  let code: Code
  let message: String

  init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// From an answer that is no success: the server's own words where it has any (RFC 9457).
  init(_ response: HTTPResponse, isTokenGiven: Bool) async {
    let body = try? await response.json(upTo: Self.maximumBodyBytes)
    let words = body?["detail"]?.string ?? body?["title"]?.string ?? body?["error"]?.string
    var message = "the server answered \(response.status)"
    if let words { message += ": \(plainText(words))" }
    switch response.status {
    case 401, 403:
      code = .notAllowed
      if !isTokenGiven { message += " (MISE_CI_API_TOKEN is not set)" }
    case 404, 410: code = .notFound
    case 502, 503, 504: code = .unavailable
    default: code = .refused
    }
    self.message = message
  }

  var description: String { message }
}
