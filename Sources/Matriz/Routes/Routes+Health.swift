import HTTP
import Platform

/// Whether the matriz can do its work; it says what is in the way.
final class Readiness: Sendable {
  private let problems = Watched<[String: String]>([:])

  /// Something is wrong with a part (`nil`: it is well again).
  func set(_ part: String, _ problem: String?) {
    problems.withLock { $0[part] = problem }
  }

  var current: [String: String] { problems.withLock { $0 } }
}

extension Routes {
  func addHealth(to router: inout HTTPRouter) {
    // GET /healthz: the process answers.
    router.on("GET", "/healthz") { _ in .text("ok\n") }

    // GET /readyz: it can also do its work; 503 with the reasons when not.
    router.on("GET", "/readyz") { [readiness, conductor] _ in
      var problems = readiness.current
      do {
        _ = try await conductor.list(before: nil, limit: 1)
      } catch {
        problems["database"] = "\(error)"
      }
      if problems.isEmpty { return .text("ready\n") }
      let lines = problems.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)\n" }
      return .text(lines.joined(), status: 503)
    }
  }
}
