import HTTP

/// The paths of the API, each with the function that answers it; a refusal becomes GitHub's error body.
struct Routes: Sendable {
  typealias Handler = @Sendable (APIRequest) async throws -> HTTPServerResponse

  private var router = HTTPRouter()
  private let context: @Sendable (HTTPServerRequest) throws -> APIRequest

  /// - Parameter context: finds out who makes the request; what it throws is answered.
  init(context: @escaping @Sendable (HTTPServerRequest) throws -> APIRequest) {
    self.context = context
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
      on(method, "/{rest...}") { _ in throw APIError.notFound }
    }
  }

  mutating func on(_ method: String, _ pattern: String, _ handler: @escaping Handler) {
    router.on(method, pattern) { [context] request in
      do {
        return try await handler(try context(request))
      } catch let error as APIError {
        return error.response(documentation: "https://docs.github.com/rest")
      } catch let error as HTTPServerError where error.status < 500 {
        return APIError(status: error.status, message: error.message)
          .response(documentation: "https://docs.github.com/rest")
      }
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
