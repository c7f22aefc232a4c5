package import Platform

/// Finds the handler for a request by its method and path.
///
/// A pattern is a path of segments: literal ones, `{name}` for any one segment (also with literal text around it,
/// `{repo}.git`), and at its end `{name...}` for the rest, which may be empty and is joined by slashes. Where several patterns
/// match, the first segment in which they differ decides: literal before `{name}` before `{name...}`.
package struct HTTPRouter: Sendable {
  package typealias Handler = @Sendable (HTTPServerRequest) async throws -> HTTPServerResponse

  private var routes: [Route] = []
  private let logger: Logger

  package init(logger: Logger = Logger(label: "http")) {
    self.logger = logger
  }

  /// Adds a handler; the same method and pattern again replaces it. A handler of `GET` serves `HEAD` as well.
  package mutating func on(_ method: String, _ pattern: String, handler: @escaping Handler) {
    let pattern = RoutePattern(pattern)
    if let index = routes.firstIndex(where: { $0.pattern == pattern }) {
      routes[index].handlers[method] = handler
    } else {
      // Kept in order of precedence, so that the first match is the best one.
      let place = routes.firstIndex { pattern.precedes($0.pattern) } ?? routes.endIndex
      routes.insert(Route(pattern: pattern, handlers: [method: handler]), at: place)
    }
  }

  /// The handler's answer; 404 without a route, 405 with `Allow` without one for the method. A handler's error is
  /// its own status when it is an `HTTPServerError`, and else logged and answered 500.
  package func respond(to request: HTTPServerRequest) async -> HTTPServerResponse {
    var allowed: Set<String> = []
    for route in routes {
      guard let parameters = route.pattern.match(request.path) else { continue }
      guard let handler = route.handler(for: request.method) else {
        allowed.formUnion(route.methods)
        continue
      }
      var request = request
      request.parameters = parameters
      return await answer(of: handler, to: request)
    }
    guard !allowed.isEmpty else {
      return .problem(status: 404, detail: "nothing is at this path")
    }
    var response = HTTPServerResponse.problem(
      status: 405, detail: "this path does not take \(request.method)")
    response.headers["Allow"] = allowed.sorted().joined(separator: ", ")
    return response
  }

  private func answer(of handler: Handler, to request: HTTPServerRequest) async -> HTTPServerResponse {
    do {
      return try await handler(request)
    } catch let error as HTTPServerError where error.status < 500 {
      return .problem(status: error.status, detail: error.message)
    } catch {
      // Who cancelled the request's task does not wait for its answer.
      if !(error is CancellationError) {
        logger.error(
          "a handler failed", ["method": request.method, "path": request.rawPath, "error": "\(error)"])
      }
      return .problem(status: 500, detail: "the server could not answer this request; its log says why")
    }
  }
}

/// The handlers of one pattern, by method.
private struct Route: Sendable {
  let pattern: RoutePattern
  var handlers: [String: HTTPRouter.Handler]

  func handler(for method: String) -> HTTPRouter.Handler? {
    handlers[method] ?? (method == "HEAD" ? handlers["GET"] : nil)
  }

  var methods: [String] {
    handlers.keys + (handlers["GET"] == nil ? [] : ["HEAD"])
  }
}
