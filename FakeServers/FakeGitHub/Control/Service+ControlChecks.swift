import HTTP
import Platform

/// `/_fake/`: checks, the buttons that people press beside them, and what those people may do.
extension Service {
  func addCheckControl(_ router: inout HTTPRouter) {
    on(&router, "/_fake/repos/{owner}/{repo}/check-runs/{id}/rerun") { service, body, name in
      let delivery = try await service.rerequestCheckRun(
        body["id"]?.integer ?? 0, in: name, by: service.user(body.optional("user") ?? Self.defaultUser))
      return ["delivery": delivery.map { Self.detail($0) } ?? .null]
    }
    on(&router, "/_fake/repos/{owner}/{repo}/check-runs/{id}/press") { service, body, name in
      let delivery = try await service.requestAction(
        try body.text("action"), ofCheckRun: body["id"]?.integer ?? 0, in: name,
        by: service.user(body.optional("user") ?? Self.defaultUser))
      return ["delivery": delivery.map { Self.detail($0) } ?? .null]
    }
    on(&router, "/_fake/repos/{owner}/{repo}/checks/rerun") { service, body, name in
      let repository = FakeRepository(fullName: name, service: service)
      let delivery = try await repository.rerunChecks(
        of: try await service.sha(body.optional("sha"), in: name),
        by: body.optional("user") ?? Self.defaultUser)
      return ["delivery": delivery.map { Self.detail($0) } ?? .null]
    }
    on(&router, "/_fake/repos/{owner}/{repo}/collaborators") { service, body, name in
      let permission = try body.text("permission")
      guard let known = FakeRepository.Permission(rawValue: permission) else {
        throw FakeGitHubError(.invalidArgument, "'\(permission)' is not read, write or admin")
      }
      try service.addCollaborator(try body.text("login"), known.rawValue, to: name)
      return [:]
    }
    router.on("GET", "/_fake/check-runs") { [self] request in
      let runs = model.withLock { $0.repository(request.query("repo") ?? "")?.checkRuns ?? [] }
      let sha = request.query("sha")
      return .json(.array(runs.filter { sha == nil || $0.sha == sha }.map { Self.control($0) }))
    }
  }

  private static func control(_ run: FakeGitHub.CheckRun) -> JSONValue {
    [
      "id": .integer(run.id), "sha": .string(run.sha), "name": .string(run.name),
      "externalID": .string(run.externalID), "status": .string(run.status.rawValue),
      "conclusion": JSONValue(run.conclusion?.rawValue), "detailsURL": JSONValue(run.detailsURL),
      "title": JSONValue(run.output.title), "summary": JSONValue(run.output.summary),
      "text": JSONValue(run.output.text),
      "annotations": .integer(Int64(run.output.annotations.count)),
      "actions": .array(run.actions.map { .string($0.identifier) }),
      "history": .array(run.history.map { .string($0) }),
    ]
  }
}
