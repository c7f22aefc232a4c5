import HTTP

/// The paths of the API, each with the function that answers it; a refusal becomes GitHub's error body.
struct Routes: Sendable {
  typealias Handler = @Sendable (APIRequest) async throws -> HTTPServerResponse

  private var router = HTTPRouter()
  private let context: @Sendable (HTTPServerRequest, NotedPermission) throws -> APIRequest

  /// - Parameter context: finds out who makes the request; what it throws is answered.
  init(context: @escaping @Sendable (HTTPServerRequest, NotedPermission) throws -> APIRequest) {
    self.context = context
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
      on(method, "/{rest...}") { _ in throw APIError.notFound }
    }
  }

  /// - Parameter page: where GitHub documents the operation, below `https://docs.github.com/rest/`; refusals name it.
  mutating func on(
    _ method: String, _ pattern: String, _ handler: @escaping Handler, page: String? = nil
  ) {
    let documentation = page.map { "https://docs.github.com/rest/\($0)" } ?? "https://docs.github.com/rest"
    router.on(method, pattern) { [context] http in
      let permission = NotedPermission()
      var response: HTTPServerResponse
      do {
        response = try await handler(try context(http, permission))
      } catch let error as APIError {
        response = error.response(documentation: documentation)
      } catch let error as HTTPServerError where error.status < 500 {
        response = APIError(status: error.status, message: error.message)
          .response(documentation: documentation)
      }
      if let permission = permission.text {
        response.headers["X-Accepted-GitHub-Permissions"] = permission
      }
      return response
    }
  }

  /// A route that looks at credentials itself, and whose errors are the router's.
  mutating func onUnauthenticated(
    _ method: String, _ pattern: String, _ handler: @escaping HTTPRouter.Handler
  ) {
    router.on(method, pattern, handler: handler)
  }

  func respond(to request: HTTPServerRequest) async -> HTTPServerResponse {
    await router.respond(to: request)
  }
}
