import HTTP
import Platform

extension FakeGitHub {
  /// Something that goes wrong on purpose.
  public enum Fault: Sendable, Hashable {
    /// An answer instead of the real one; nothing is done.
    case respond(status: Int, headers: [String: String] = [:], body: String = "")
    /// The hour's requests are used up, until so many seconds from then on; nothing is done. GitHub says 403 or 429.
    case primaryRateLimit(resetSeconds: Int64, status: Int = 403)
    /// Too much at once; nothing is done. GitHub says 403 or 429, and not always when to come again.
    case secondaryRateLimit(retryAfterSeconds: Int?, status: Int = 403)
    /// The real answer, later.
    case delay(milliseconds: Int)
    /// The connection is reset; nothing is done.
    case cut
    /// The request is carried out and the connection reset instead of an answer.
    case cutAfterHandling
    /// The real answer's head, whose `Content-Length` is the whole one, and the first bytes of its body, at least one too
    /// few; then the connection is closed.
    case truncate(afterBytes: Int)
    /// The real answer, whose body comes in pieces of that size with a pause before each.
    case trickle(bytes: Int, everyMilliseconds: Int)
    /// That many bytes of the request's body are taken, then the connection is cut. An asset stays in state `starter`.
    case abandonUpload(afterBytes: Int)

    /// Whether the client gets no answer at all.
    var cutsConnection: Bool {
      switch self {
      case .cut, .cutAfterHandling, .abandonUpload: true
      default: false
      }
    }

    /// The answer that stands for the real one, where the request is not carried out.
    func answer(now: Timestamp) -> HTTPServerResponse? {
      switch self {
      case .respond(let status, let headers, let body):
        var response = HTTPServerResponse(
          status: status, headers: ["Content-Type": "application/json; charset=utf-8"], body: .text(body))
        for (name, value) in headers { response.headers[name] = value }
        return response
      case .primaryRateLimit(let resetSeconds, let status):
        var response = APIError(status: status, message: "API rate limit exceeded for installation.")
          .response(documentation: "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api")
        let used: KeyValuePairs = ["Limit": "5000", "Remaining": "0", "Used": "5000", "Resource": "core"]
        for (name, value) in used { response.headers["X-RateLimit-\(name)"] = value }
        response.headers["X-RateLimit-Reset"] = String(now.milliseconds / 1_000 + resetSeconds)
        return response
      case .secondaryRateLimit(let retryAfterSeconds, let status):
        var response = APIError(
          status: status,
          message: "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
        ).response(
          documentation:
            "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits")
        response.headers["Retry-After"] = retryAfterSeconds.map { String($0) }
        return response
      case .cut: return .reset
      default: return nil
      }
    }
  }
}
