import ArtifactStore
import Forge
import HTTP
import Platform

/// What the matriz answers over HTTP. Each group of paths is an extension of its own.
struct Routes: Sendable {
  let conductor: Conductor
  let inbox: DeliveryInbox
  let forge: any Forge
  let artifacts: ArtifactStore
  let logs: JobLogs
  let access: Access
  let readiness: Readiness
  let worker: WorkerAnswer
  let tokenSecret: [UInt8]
  let logger: Logger

  /// All of them, ready to serve.
  func router() -> HTTPRouter {
    var router = HTTPRouter(logger: logger)
    addHealth(to: &router)
    addWebhooks(to: &router)
    addWorker(to: &router)
    addRuns(to: &router)
    addControl(to: &router)
    addDeliveries(to: &router)
    addPages(to: &router)
    return router
  }

  /// Adds a route that only those may use who may read the API.
  func onGuarded(
    _ router: inout HTTPRouter, _ method: String, _ pattern: String, _ handler: @escaping HTTPRouter.Handler
  ) {
    let access = self.access
    router.on(method, pattern) { request in
      if let refusal = access.refusal(of: request) { return refusal }
      return try await handler(request)
    }
  }

  /// Where a list begins and how long it is: `?cursor=...&limit=...`.
  struct Page {
    static let maximumLimit = 200

    let cursor: String?
    let limit: Int

    init(_ request: HTTPServerRequest) throws(HTTPServerError) {
      cursor = request.query("cursor")
      guard let text = request.query("limit") else {
        limit = 50
        return
      }
      guard let limit = Int(text), (1...Self.maximumLimit).contains(limit) else {
        throw HTTPServerError(
          .badRequest, "limit is a whole number from 1 to \(Self.maximumLimit), not '\(text)'")
      }
      self.limit = limit
    }
  }
}
