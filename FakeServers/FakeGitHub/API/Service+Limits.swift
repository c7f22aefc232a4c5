import Crypto
import HTTP
import Platform

/// What every request of the API meets before its operation, and what every answer carries.
extension Service {
  /// Of `X-GitHub-Api-Version`, newest first; the last one is meant when none is named.
  static let apiVersions = ["2026-03-10", "2022-11-28"]

  /// The operation's answer, counted and with GitHub's headers; git and downloads have neither.
  func limited(_ request: HTTPServerRequest, routes: Routes) async -> HTTPServerResponse {
    guard Self.isAPI(request.path) else { return await placed(request, routes: routes) }
    guard request.headers["User-Agent"]?.isEmpty == false else { return Self.namelessClient }
    let version = request.headers["X-GitHub-Api-Version"] ?? Self.apiVersions.last ?? ""
    let principal = (try? principal(request.headers)) ?? .anonymous
    let isCounted = request.path != ["rate_limit"]
    var response: HTTPServerResponse
    if !Self.apiVersions.contains(version) {
      response = Self.unsupported(version).response(documentation: "https://docs.github.com/rest")
    } else if isCounted, !takeFromRate(of: principal) {
      response = limitReached(by: principal, request)
    } else {
      response = await placed(request, routes: routes)
      if let unchanged = Self.unchanged(request, &response) {
        if isCounted { giveBackToRate(of: principal) }
        response = unchanged
      }
    }
    addHeaders(to: &response, principal, version: version, accept: request.headers["Accept"] ?? "")
    return withRate(response, principal)
  }

  private func placed(_ request: HTTPServerRequest, routes: Routes) async -> HTTPServerResponse {
    switch place(of: request) {
    case .here(let request): await routes.respond(to: request)
    case .elsewhere(let response): response
    }
  }

  /// The paths below which operations are, as opposed to web pages and git.
  private static func isAPI(_ path: [String]) -> Bool {
    [
      "app", "apps", "installation", "meta", "orgs", "rate_limit", "repos", "repositories", "uploads", "user",
      "users", "versions", "zen",
    ].contains(path.first)
  }

  /// What GitHub's proxy answers to a request without `User-Agent`.
  private static var namelessClient: HTTPServerResponse {
    HTTPServerResponse(
      status: 403, headers: ["Content-Type": "text/html"],
      body: .text(
        """
        \r\nRequest forbidden by administrative rules. Please make sure your request has a User-Agent header \
        (https://docs.github.com/en/rest/overview/resources-in-the-rest-api#user-agent-required). \
        Check https://developer.github.com for other possible causes.\r\n
        """))
  }

  private static func unsupported(_ version: String) -> APIError {
    let known = apiVersions.map { "\"\($0)\"" }.joined(separator: " (most recent), ")
    return APIError(
      status: 400,
      message: """
        The version you specified in the "X-GitHub-API-Version" request header, "\(version)", is not a supported \
        version. The following versions are currently supported: \(known).
        """)
  }

  /// Tags what is read; 304 for a reader who has it already (RFC 9110, 13.1.2).
  private static func unchanged(
    _ request: HTTPServerRequest, _ response: inout HTTPServerResponse
  ) -> HTTPServerResponse? {
    guard ["GET", "HEAD"].contains(request.method), response.status == 200,
      case .bytes(let bytes) = response.body
    else { return nil }
    let digest = "\"\(SHA256.hexadecimal(of: bytes))\""
    response.headers["ETag"] = "W/\(digest)"
    response.headers["Cache-Control"] = "private, max-age=60, s-maxage=60"
    let known = (request.headers["If-None-Match"] ?? "").split(separator: ",").map { tag in
      let tag = tag.drop { $0 == " " }
      return tag.hasPrefix("W/") ? tag.dropFirst(2) : tag
    }
    guard known.contains(where: { $0 == digest || $0 == "*" }) else { return nil }
    response.headers["Content-Type"] = nil
    return .empty(304, headers: response.headers)
  }

  private func addHeaders(
    to response: inout HTTPServerResponse, _ principal: Principal, version: String, accept: String
  ) {
    if response.headers["Content-Type"] == "application/json" {
      response.headers["Content-Type"] = "application/json; charset=utf-8"
    }
    let format = accept.contains(".raw") ? "github.v3; param=raw" : "github.v3; format=json"
    response.headers["X-GitHub-Media-Type"] = format
    response.headers["X-GitHub-Api-Version-Selected"] = version
    response.headers["Server"] = "github.com"
    response.headers["Vary"] =
      "Accept, Authorization, Cookie, X-GitHub-OTP, Accept-Encoding, Accept, X-Requested-With"
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Expose-Headers"] = """
      ETag, Link, Location, Retry-After, X-GitHub-OTP, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Used, \
      X-RateLimit-Resource, X-RateLimit-Reset, X-OAuth-Scopes, X-Accepted-OAuth-Scopes, X-Poll-Interval, \
      X-GitHub-Media-Type, X-GitHub-SSO, X-GitHub-Request-Id, Deprecation, Sunset
      """
    if case .user = principal {
      response.headers["X-OAuth-Scopes"] = "repo, workflow"
      response.headers["X-Accepted-OAuth-Scopes"] = "repo"
      response.headers["X-Accepted-GitHub-Permissions"] = nil
    }
  }
}

/// The hourly limit.
extension Service {
  /// The hour that runs now for that principal.
  func rateWindow(of principal: Principal) -> RateWindow {
    model.withLock { rateWindow(of: principal, in: &$0) }
  }

  private func rateWindow(of principal: Principal, in model: inout Model) -> RateWindow {
    let now = Timestamp.now()
    if let window = model.rates[principal.rateKey], window.resetsAt > now.milliseconds / 1_000 {
      return window
    }
    var limit = options.rateLimit
    if case .anonymous = principal { limit = min(limit, options.anonymousRateLimit) }
    let window = RateWindow(limit: limit, now: now)
    model.rates[principal.rateKey] = window
    return window
  }

  /// Counts a request; `false` when there is none left in this hour.
  private func takeFromRate(of principal: Principal) -> Bool {
    model.withLock { model in
      var window = rateWindow(of: principal, in: &model)
      defer { model.rates[principal.rateKey] = window }
      return window.take()
    }
  }

  private func giveBackToRate(of principal: Principal) {
    model.withLock { $0.rates[principal.rateKey]?.giveBack() }
  }

  private func withRate(_ response: HTTPServerResponse, _ principal: Principal) -> HTTPServerResponse {
    let window = rateWindow(of: principal)
    var response = response
    response.headers["X-RateLimit-Limit"] = String(window.limit)
    response.headers["X-RateLimit-Remaining"] = String(window.remaining)
    response.headers["X-RateLimit-Used"] = String(window.used)
    response.headers["X-RateLimit-Reset"] = String(window.resetsAt)
    response.headers["X-RateLimit-Resource"] = "core"
    return response
  }

  private func limitReached(by principal: Principal, _ request: HTTPServerRequest) -> HTTPServerResponse {
    let who =
      switch principal {
      case .anonymous:
        """
        \(request.peer.host). (But here's the good news: Authenticated requests get a higher rate limit. Check out \
        the documentation for more details.)
        """
      case .app: "app ID \(options.appID)."
      case .installation(let token): "installation ID \(token.installation)."
      case .user: "user ID \(user(Self.defaultUser).id)."
      }
    return APIError(status: 403, message: "API rate limit exceeded for \(who)").response(
      documentation:
        "https://docs.github.com/rest/overview/resources-in-the-rest-api#rate-limiting")
  }
}
