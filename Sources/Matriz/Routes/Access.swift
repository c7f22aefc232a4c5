import Crypto
import HTTP
import Platform

/// Who may use the API and the pages: whoever has the token; without a token, this machine itself.
struct Access: Sendable {
  /// `server.api_token`
  let token: String?

  /// The answer for a request that is not allowed; `nil` lets it pass.
  func refusal(of request: HTTPServerRequest) -> HTTPServerResponse? {
    if request.method != "GET", request.method != "HEAD", Self.isFromAnotherSite(request) {
      return .problem(status: 403, detail: "another site's page may not change anything here")
    }
    guard let token else {
      // Behind a proxy every peer is this machine: then the forwarded address says who it really is, and a token is needed.
      if request.peer.isLoopback, request.headers["X-Forwarded-For"] == nil { return nil }
      return .problem(
        status: 403,
        detail: "without server.api_token only this machine itself is served, and not through a proxy")
    }
    guard let given = Self.credential(in: request.headers["Authorization"]) else {
      var response = HTTPServerResponse.problem(
        status: 401, detail: "an API token is needed: Authorization: Bearer ...")
      response.headers.add("WWW-Authenticate", "Bearer realm=\"mise-ci\"")
      response.headers.add("WWW-Authenticate", "Basic realm=\"mise-ci\", charset=\"UTF-8\"")
      return response
    }
    if constantTimeEquals(Array(given.utf8), Array(token.utf8)) { return nil }
    return .problem(status: 403, detail: "this is not the API token")
  }

  /// A browser sends the password, or is this machine, whatever page it shows; but it says which page that is.
  private static func isFromAnotherSite(_ request: HTTPServerRequest) -> Bool {
    if let site = request.headers["Sec-Fetch-Site"] { return site != "same-origin" && site != "none" }
    guard let origin = request.headers["Origin"] else { return false }
    let host = request.headers["Host"] ?? ""
    return origin != "http://\(host)" && origin != "https://\(host)"
  }

  /// The token of a Bearer, or the password of a Basic, authorization.
  private static func credential(in header: String?) -> String? {
    let parts = (header ?? "").split(separator: " ", maxSplits: 1)
    guard parts.count == 2 else { return nil }
    switch parts[0].lowercased() {
    case "bearer": return String(parts[1])
    case "basic":
      guard let bytes = Base64.decode(parts[1]) else { return nil }
      let pair = String(decoding: bytes, as: UTF8.self).split(
        separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      return pair.count == 2 ? String(pair[1]) : nil
    default: return nil
    }
  }
}
