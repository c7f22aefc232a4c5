import Crypto
import HTTP
import Platform

/// What happens around every request: planned faults, the hourly limit, GitHub's headers, the record.
extension Service {
  /// All the routes but those of `/_fake`.
  func makeRoutes() -> Routes {
    var routes = Routes { [self] http in
      APIRequest(http: http, principal: try principal(http.headers))
    }
    addAppRoutes(&routes)
    addRepositoryRoutes(&routes)
    addStatusRoutes(&routes)
    addCheckRunRoutes(&routes)
    addCheckSuiteRoutes(&routes)
    addReleaseRoutes(&routes)
    addAssetRoutes(&routes)
    addHookRoutes(&routes)
    addGitRoutes(&routes)
    return routes
  }

  func respond(
    to original: HTTPServerRequest, routes: Routes, control: HTTPRouter
  ) async -> HTTPServerResponse {
    if original.path.first == "_fake" { return await control.respond(to: original) }
    let request = Self.withoutPrefix(original)
    let id = RandomBytes.hexadecimal(8).uppercased()
    let path = "/" + request.path.joined(separator: "/")
    let fault = model.withLock { $0.faults.take(method: request.method, path: path) }
    var response = await answer(request, fault: fault) { await limited($0, routes: routes) }
    response.headers["X-GitHub-Request-Id"] = id
    let cuts = fault?.cutsConnection ?? false
    record(original, id: id, status: cuts ? nil : response.status, fault: fault)
    return cuts ? .reset : response
  }

  /// The routes' answer with the limit's headers; git and downloads are not counted.
  private func limited(_ request: HTTPServerRequest, routes: Routes) async -> HTTPServerResponse {
    guard Self.isAPI(request.path) else { return await routes.respond(to: request) }
    let principal = (try? principal(request.headers)) ?? .anonymous
    let isCounted = request.path != ["rate_limit"]
    guard !isCounted || takeFromRate(of: principal) else {
      return withRate(
        APIError(status: 403, message: "API rate limit exceeded for \(principal.rateKey.prefix(12)).")
          .response(documentation: "https://docs.github.com/rest/rate-limit"), principal)
    }
    var response = await routes.respond(to: request)
    if request.method == "GET", response.status == 200, case .bytes(let bytes) = response.body {
      let tag = "W/\"\(SHA256.hexadecimal(of: bytes))\""
      response.headers["ETag"] = tag
      if request.headers["If-None-Match"] == tag {
        if isCounted { giveBackToRate(of: principal) }
        response = .empty(304, headers: ["ETag": tag])
      }
    }
    response.headers["X-GitHub-Media-Type"] = "github.v3; format=json"
    return withRate(response, principal)
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

  /// Counts a request; `false` when there is none left in this hour.
  private func takeFromRate(of principal: Principal) -> Bool {
    var window = rateWindow(of: principal)
    return model.withLock { model in
      window = model.rates[principal.rateKey] ?? window
      defer { model.rates[principal.rateKey] = window }
      return window.take()
    }
  }

  private func giveBackToRate(of principal: Principal) {
    model.withLock { $0.rates[principal.rateKey]?.giveBack() }
  }

  /// The hour that runs now for that principal.
  func rateWindow(of principal: Principal) -> RateWindow {
    let now = Timestamp.now()
    return model.withLock { model in
      if let window = model.rates[principal.rateKey], window.resetsAt > now.milliseconds / 1_000 {
        return window
      }
      let window = RateWindow(limit: options.rateLimit, now: now)
      model.rates[principal.rateKey] = window
      return window
    }
  }

  private func record(_ request: HTTPServerRequest, id: String, status: Int?, fault: FakeGitHub.Fault?) {
    let question = request.target.firstIndex(of: "?")
    let entry = FakeGitHub.RecordedRequest(
      id: id, method: request.method, path: request.rawPath,
      query: question.map { String(request.target[request.target.index(after: $0)...]) },
      headers: Dictionary(request.headers.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 }),
      status: status, fault: fault.map { "\($0)" })
    model.withLock { $0.record(entry) }
  }

  /// `/api/v3/...` is an Enterprise Server's API, `/api/uploads/...` its uploads; inside, both stand at the root.
  private static func withoutPrefix(_ request: HTTPServerRequest) -> HTTPServerRequest {
    var request = request
    if request.path.starts(with: ["api", "v3"]) {
      request.path.removeFirst(2)
    } else if request.path.starts(with: ["api", "uploads"]) {
      request.path.removeFirst()
    }
    return request
  }

  private static func isAPI(_ path: [String]) -> Bool {
    ["app", "installation", "rate_limit", "repos", "uploads"].contains(path.first)
  }
}
