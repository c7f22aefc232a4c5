internal import Forge
internal import HTTP

/// Answers that lead to another place: what was renamed or transferred answers so at its old one.
enum Redirection {
  static let maximumHops = 3

  /// Where the same request is to be sent instead, method and body as they are, as GitHub's documentation asks; `nil`
  /// when the answer leads nowhere.
  ///
  /// Only below our own API's base: the request carries our credentials.
  ///
  /// - Throws: `refused`.
  static func target(of response: HTTPResponse, baseURL: String, _ label: String) throws(ForgeError)
    -> String?
  {
    guard [301, 302, 307, 308].contains(response.status), let location = response.headers["Location"],
      let origin = URLText.origin(of: baseURL)
    else { return nil }
    let target = location.hasPrefix("/") && !location.hasPrefix("//") ? origin + location : location
    let basePath = baseURL.dropFirst(origin.count)
    let path = target.dropFirst(origin.count)
    guard URLText.origin(of: target) == origin, path.hasPrefix(basePath + "/"), !path.contains("..") else {
      throw ForgeError(
        .refused, "GitHub sends \(label) on to another place than forge.api_url, and no credentials go there")
    }
    return target
  }
}
