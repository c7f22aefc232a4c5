/// Whether and how a redirect is followed (RFC 9110, section 15.4).
enum RedirectRule {
  /// Fields that go along to another origin; every other one may be a secret.
  private static let harmlessHeaders = [
    "Accept", "Accept-Encoding", "Accept-Language", "If-Match", "If-Modified-Since", "If-None-Match", "Range",
    "User-Agent",
  ]

  /// The request to send instead; `nil` when the answer is the one to give back.
  ///
  /// Throws `HTTPClientError` with `.invalidAnswer` when the redirect leads nowhere, or from `https` to `http`.
  static func next(
    after response: HTTPResponse, to request: HTTPRequest, at url: RequestURL
  ) throws(HTTPClientError) -> (HTTPRequest, RequestURL)? {
    guard [301, 302, 303, 307, 308].contains(response.status), let location = response.headers["Location"]
    else { return nil }
    var next = request
    if response.status == 303 ? request.method != "HEAD" : response.status < 303 && request.method == "POST" {
      next.method = "GET"
      next.body = .empty
      next.headers["Content-Type"] = nil
    }
    if case .stream = next.body { return nil }
    let target: RequestURL
    do {
      target = try url.redirect(to: location)
    } catch {
      throw HTTPClientError(
        .invalidAnswer, "\(url.description): redirected to a URL that cannot be followed", cause: error)
    }
    if url.scheme == "https", target.scheme == "http" {
      throw HTTPClientError(.invalidAnswer, "\(url.description): redirected from https to http")
    }
    if !target.hasSameOrigin(as: url) {
      next.headers = HTTPHeaders(
        request.headers.filter { field in harmlessHeaders.contains { HTTPHeaders.equal($0, field.name) } }
          .map { ($0.name, $0.value) })
    }
    next.url = target.text
    return (next, target)
  }
}
