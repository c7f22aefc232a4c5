import Crypto
import HTTP
import Platform

/// What happens around every request: planned faults, the operation and what surrounds it, the record.
extension Service {
  /// All the routes but those of `/_fake`.
  func makeRoutes() -> Routes {
    var routes = Routes { [self] http, permission in
      APIRequest(http: http, principal: try principal(http.headers), permission: permission)
    }
    addAppRoutes(&routes)
    addInstallationRoutes(&routes)
    addAccountRoutes(&routes)
    addCollaboratorRoutes(&routes)
    addMetaRoutes(&routes)
    addRepositoryRoutes(&routes)
    addContentRoutes(&routes)
    addCommitRoutes(&routes)
    addReferenceRoutes(&routes)
    addPullRequestRoutes(&routes)
    addStatusRoutes(&routes)
    addCheckRunRoutes(&routes)
    addCheckSuiteRoutes(&routes)
    addReleaseRoutes(&routes)
    addAssetRoutes(&routes)
    addHookRoutes(&routes)
    addActionsRoutes(&routes)
    addGitRoutes(&routes)
    addWebRoutes(&routes)
    return routes
  }

  func respond(
    to original: HTTPServerRequest, routes: Routes, control: HTTPRouter
  ) async -> HTTPServerResponse {
    if original.path.first == "_fake" { return await control.respond(to: original) }
    let request = Self.withoutPrefix(original)
    let id = Self.requestID()
    let path = "/" + request.path.joined(separator: "/")
    let fault = model.withLock { $0.faults.take(method: request.method, path: path) }
    var response = await answer(request, fault: fault) { await limited($0, routes: routes) }
    response.headers["X-GitHub-Request-Id"] = id
    let cuts = fault?.cutsConnection ?? false
    record(original, id: id, status: cuts ? nil : response.status, fault: fault)
    return cuts ? .reset : response
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

  /// An id of GitHub's form: hexadecimal parts between colons.
  private static func requestID() -> String {
    [2, 3, 4, 4, 4].map { RandomBytes.hexadecimal($0).uppercased() }.joined(separator: ":")
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
}
