import HTTP
import Platform

/// `/_fake/`: workflow runs, which a test lets advance.
extension Service {
  func addActionsControl(_ router: inout HTTPRouter) {
    let path = "/_fake/repos/{owner}/{repo}/actions"
    onRun(&router, "start") { run, _ in try run.start() }
    onRun(&router, "hold") { run, body in try run.hold(try Self.word(body, "status") ?? .waiting) }
    onRun(&router, "complete") { run, body in try run.complete(try Self.word(body, "conclusion") ?? .success)
    }
    onRun(&router, "rerun") { run, body in try run.rerun(onlyFailed: body["failed"]?.bool ?? false) }
    onRun(&router, "jobs/start") { run, body in try run.startJob(try body.text("job")) }
    onRun(&router, "jobs/log") { run, body in try run.log(Self.lines(body, "lines"), in: try body.text("job"))
    }
    onRun(&router, "jobs/step") { run, body in
      try run.finishStep(
        try Self.word(body, "conclusion") ?? .success, of: try body.text("job"),
        log: Self.lines(body, "lines"))
    }
    onRun(&router, "jobs/complete") { run, body in
      try run.completeJob(try body.text("job"), try Self.word(body, "conclusion") ?? .success)
    }
    onRun(&router, "jobs/annotate") { run, body in
      try run.annotate(
        try body.text("job"), path: try body.text("path"), line: body["line"]?.integer ?? 1,
        level: try Self.word(body, "level") ?? .failure, message: try body.text("message"),
        title: body.optional("title"))
    }
    on(&router, "\(path)/runs/{id}/artifacts") { service, body, name in
      let files = try (body["files"]?.object ?? [:]).map {
        ($0.key, try FakeFile(control: $0.value, path: $0.key))
      }
      let artifact = try await service.addArtifact(
        try body.text("name"), files: Dictionary(uniqueKeysWithValues: files),
        isExpired: body["expired"]?.bool ?? false, toRun: body["id"]?.integer ?? 0, in: name)
      return ["id": .integer(artifact.id), "sizeBytes": .integer(artifact.sizeBytes)]
    }
    router.on("GET", "\(path)/runs") { [self] request in
      let name = "\(request.parameters["owner"] ?? "")/\(request.parameters["repo"] ?? "")"
      return .json(
        .array(model.withLock { $0.repository(name)?.actions.runs ?? [] }.map { Self.control($0) }))
    }
  }

  /// What is done to one run; answers the run.
  private func onRun(
    _ router: inout HTTPRouter, _ verb: String,
    _ act: @escaping @Sendable (FakeWorkflowRun, [String: JSONValue]) throws -> Void
  ) {
    on(&router, "/_fake/repos/{owner}/{repo}/actions/runs/{id}/\(verb)") { service, body, name in
      let repository = FakeRepository(fullName: name, service: service)
      let run = try repository.workflowRun(body["id"]?.integer ?? 0)
      try act(run, body)
      return Self.control(try run.state)
    }
  }

  private static func word<T: RawRepresentable<String> & CaseIterable>(
    _ body: [String: JSONValue], _ name: String
  ) throws -> T? {
    guard let text = body.optional(name) else { return nil }
    guard let value = T(rawValue: text) else {
      let words = T.allCases.map(\.rawValue).joined(separator: ", ")
      throw FakeGitHubError(.invalidArgument, "'\(text)' is no \(name): \(words)")
    }
    return value
  }

  private static func lines(_ body: [String: JSONValue], _ name: String) -> [String] {
    body[name]?.array?.compactMap(\.string) ?? []
  }

  private static func control(_ run: FakeGitHub.WorkflowRun) -> JSONValue {
    [
      "id": .integer(run.id), "number": .integer(run.number), "attempt": .integer(run.attempt.number),
      "path": .string(run.path), "title": .string(run.displayTitle), "event": .string(run.event),
      "branch": JSONValue(run.headBranch), "sha": .string(run.headSHA),
      "status": .string(run.status.rawValue),
      "conclusion": JSONValue(run.conclusion?.rawValue), "cancelRequested": .bool(run.isCancelRequested),
      "inputs": .object(run.inputs.mapValues { .string($0) }),
      "jobs": .array(
        run.jobs.map { job in
          [
            "id": .integer(job.id), "key": .string(job.key), "name": .string(job.name),
            "status": .string(job.status.rawValue), "conclusion": JSONValue(job.conclusion?.rawValue),
            "steps": .array(
              job.steps.map { step in
                [
                  "number": .integer(step.number), "name": .string(step.name),
                  "status": .string(step.status.rawValue), "conclusion": JSONValue(step.conclusion?.rawValue),
                ]
              }),
          ]
        }),
    ]
  }
}
