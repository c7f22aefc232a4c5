import Crypto
import HTTP
import Platform

/// A link that lets whoever has it fetch one thing for a short while, as those to GitHub's storage do.
enum SignedLink {
  static let prefix = "/actions-results"
  private static let key = RandomBytes.generate(32)

  /// The link's path and query.
  static func make(_ path: String, seconds: Int64, now: Timestamp = .now()) -> String {
    let end = now.milliseconds / 1_000 + seconds
    return "\(prefix)/\(path)?se=\(end)&sig=\(signature(path, String(end)))"
  }

  /// Whether a request has a link's signature, and comes in time.
  static func isGood(_ path: String, _ request: HTTPServerRequest, now: Timestamp = .now()) -> Bool {
    guard let end = request.query("se"), let seconds = Int64(end), let given = request.query("sig") else {
      return false
    }
    return constantTimeEquals(signature(path, end), given) && now.milliseconds < seconds &* 1_000
  }

  private static func signature(_ path: String, _ end: String) -> String {
    Hexadecimal.encode(HMACSHA256.authenticate(key: key, message: Array("\(path)\n\(end)".utf8)))
  }
}
