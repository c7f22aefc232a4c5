import HTTP
import Platform

/// What a worker is told before it connects.
struct WorkerAnswer: Encodable, Sendable {
  /// `host:port`
  var grpcAddress: String
  var tls: Bool
  var leaseSeconds: Int
  /// What it keeps of output that is not acknowledged, in memory and after that in a file.
  var spoolMemoryBytes: Int
  var spoolFileBytes: Int
  var version: String
}

extension Routes {
  func addWorker(to router: inout HTTPRouter) {
    // GET /api/v1/worker: with the job's token; where to connect, and how.
    router.on("GET", "/api/v1/worker") { [worker, tokenSecret, conductor] request in
      do {
        _ = try WorkerToken.verify(
          authorization: request.headers["Authorization"], secret: tokenSecret, at: conductor.now())
        return try .json(worker)
      } catch {
        var response = HTTPServerResponse.problem(
          status: 401, detail: "the job's token is not accepted: \(error)")
        response.headers["WWW-Authenticate"] = "Bearer realm=\"mise-ci worker\""
        return response
      }
    }
  }
}
