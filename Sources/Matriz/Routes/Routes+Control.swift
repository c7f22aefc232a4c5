import HTTP
import Platform
import RunModel

/// What people want of a run: that it may run, that it stops, or is done again.
extension Routes {
  private static let maximumBodyBytes = 65_536

  func addControl(to router: inout HTTPRouter) {
    // POST /api/v1/runs/{run}/cancel {"by":"..."}: 202 while it stops or when it has; 409 when it was over before.
    onGuarded(&router, "POST", "/api/v1/runs/{run}/cancel") { request in
      let before = try await run(of: request)
      let wish = try await Wish(request)
      guard let after = try await conductor.handle(.cancelRequested(by: wish.by), run: before.id) else {
        throw HTTPServerError(.notFound, "there is no such run")
      }
      FaultPoint.cancelStored.reach()
      guard after.cancellation != nil else {
        return .problem(status: 409, detail: "the run is over: it has \(after.state.rawValue)")
      }
      return try .json(RunView(after), status: 202)
    }

    // POST /api/v1/runs/{run}/approve {"by":"...","sha":"..."}: 202; 409 when the run does not wait for it, or is about
    // another commit than the one that is named.
    onGuarded(&router, "POST", "/api/v1/runs/{run}/approve") { request in
      let before = try await run(of: request)
      let wish = try await Wish(request)
      if let refusal = before.refusalOfApproval(sha: wish.sha ?? before.source.sha) {
        return .problem(status: 409, detail: refusal)
      }
      let event = Event.approved(by: wish.by, sha: before.source.sha)
      guard let after = try await conductor.handle(event, run: before.id), !after.needsApproval else {
        return .problem(status: 409, detail: "the run has changed meanwhile")
      }
      return try .json(RunView(after), status: 202)
    }

    // POST /api/v1/runs/{run}/rerun {"by":"...","failed":true}: 202 with the run's next attempt; 409 when it is not
    // over, or nothing failed.
    onGuarded(&router, "POST", "/api/v1/runs/{run}/rerun") { request in
      let before = try await run(of: request)
      let wish = try await Wish(request)
      if let refusal = before.refusalOfRerun(onlyFailed: wish.onlyFailed) {
        return .problem(status: 409, detail: refusal)
      }
      let event = Event.rerunRequested(by: wish.by, onlyFailed: wish.onlyFailed)
      guard let after = try await conductor.handle(event, run: before.id), after.attempt > before.attempt
      else {
        return .problem(status: 409, detail: "the run has changed meanwhile")
      }
      return try .json(RunView(after), status: 202)
    }
  }

  /// The body of such a request; an empty one wishes nothing special.
  private struct Wish {
    private static let maximumNameCharacters = 100

    /// Who, for people.
    var by = "the API"
    var onlyFailed = false
    /// The commit that is meant, where it is named.
    var sha: String?

    init(_ request: HTTPServerRequest) async throws {
      let bytes = try await request.bytes(upTo: Routes.maximumBodyBytes)
      guard !bytes.isEmpty else { return }
      guard let json = try? JSONValue(parsing: bytes), json.object != nil else {
        throw HTTPServerError(.badRequest, "the body must be a JSON object, such as {\"by\":\"ann\"}")
      }
      if let value = json["by"] {
        guard let name = value.string, Self.isName(name) else {
          throw HTTPServerError(
            .badRequest,
            "by is a text of 1 to \(Self.maximumNameCharacters) characters without control characters")
        }
        by = name
      }
      if let value = json["sha"] {
        guard let text = value.string, !text.isEmpty else {
          throw HTTPServerError(.badRequest, "sha is the full name of a commit")
        }
        sha = text
      }
      if let value = json["failed"] {
        guard let flag = value.bool else { throw HTTPServerError(.badRequest, "failed is true or false") }
        onlyFailed = flag
      }
    }

    private static func isName(_ text: String) -> Bool {
      (1...maximumNameCharacters).contains(text.count)
        && text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
    }
  }
}
