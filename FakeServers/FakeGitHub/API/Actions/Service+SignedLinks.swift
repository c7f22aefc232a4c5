import HTTP
import Platform

/// Where the links to logs and artifacts lead. They want no credentials.
extension Service {
  func addSignedLinkRoutes(_ routes: inout Routes) {
    routes.onUnauthenticated("GET", "\(SignedLink.prefix)/{path...}") { [self] http in
      let path = http.parameters["path"] ?? ""
      guard SignedLink.isGood(path, http) else {
        return Self.storageError(
          403, "AuthenticationFailed",
          "Server failed to authenticate the request. Make sure the value of Authorization header is formed "
            + "correctly including the signature.")
      }
      // Storage is another service: GitHub's token means nothing to it.
      if options.actions.linkHost != nil, http.headers["Authorization"] != nil {
        return Self.storageError(
          400, "InvalidAuthenticationInfo",
          "Authentication information is not given in the correct format. Check the value of Authorization header."
        )
      }
      return try await linked(path)
        ?? Self.storageError(404, "BlobNotFound", "The specified blob does not exist.")
    }
  }

  /// An answer that leads to a link.
  func redirect(to path: String) -> HTTPServerResponse {
    let origin = representation.origin
    var base = origin
    if let host = options.actions.linkHost {
      base = "http://\(host):\(origin.split(separator: ":").last ?? "")"
    }
    let link = SignedLink.make(path, seconds: options.actions.linkSeconds)
    return .empty(302, headers: ["Location": "\(base)\(link)"])
  }

  /// `{repository}/logs/{run}/{attempt}`, `{repository}/job/{job}` or `{repository}/artifact/{artifact}`.
  private func linked(_ path: String) async throws -> HTTPServerResponse? {
    let parts = path.split(separator: "/").map(String.init)
    guard parts.count >= 3, let repositoryID = Int64(parts[0]), let id = Int64(parts[2]),
      let repository = model.withLock({ $0.repositories.values.first { $0.id == repositoryID } })
    else { return nil }
    switch parts[1] {
    case "logs":
      guard let run = repository.actions.run(id), run.hasLogs,
        let attempt = run.attempts.first(where: { String($0.number) == parts.last })
      else { return nil }
      return Self.file(
        "logs_\(run.id).zip", "application/zip", .stream(ActionsLogs.archive(of: attempt)))
    case "job":
      guard let found = repository.actions.job(id), found.run.hasLogs else { return nil }
      return Self.file("job-logs.txt", "text/plain; charset=utf-8", .bytes(ActionsLogs.text(of: found.job)))
    default:
      guard let artifact = repository.actions.artifacts.first(where: { $0.id == id }) else { return nil }
      return Self.file("\(artifact.name).zip", "application/zip", .stream(try await .file(artifact.path)))
    }
  }

  private static func file(_ name: String, _ type: String, _ body: HTTPBody) -> HTTPServerResponse {
    HTTPServerResponse(
      headers: ["Content-Type": type, "Content-Disposition": "attachment; filename=\"\(name)\""], body: body)
  }

  private static func storageError(_ status: Int, _ code: String, _ message: String) -> HTTPServerResponse {
    HTTPServerResponse(
      status: status, headers: ["Content-Type": "application/xml"],
      body: .text(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>\(code)</Code><Message>\(message)</Message></Error>"
      ))
  }
}
