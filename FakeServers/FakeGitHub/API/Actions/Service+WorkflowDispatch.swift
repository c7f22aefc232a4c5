import HTTP

/// The dispatch of workflows.
extension Service {
  /// `POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches`
  ///
  /// What counts is the file at the given ref: its trigger and the inputs that it declares.
  func dispatchWorkflow(_ request: APIRequest) async throws -> HTTPServerResponse {
    let (repository, workflow) = try await workflow(request, .write)
    let members = try await request.object()
    let body = SchemaObject(members)
    try body.require(["ref"])
    let given = try body.text("ref") ?? ""
    _ = try body.object("inputs")
    let answer = options.actions.dispatchAnswer
    guard answer != .refusing || members["return_run_details"] == nil else {
      throw APIError(
        status: 400, message: "Invalid request.\n\n\"return_run_details\" is not a permitted key.")
    }
    let wantsDetails = try body.bool("return_run_details") ?? false
    guard let (ref, sha) = try await branchOrTag(given, in: repository) else {
      throw APIError.unprocessable("No ref found for: \(given)")
    }
    let file = try await workflowFiles(at: sha, in: repository).first { $0.path == workflow.path }
    if let error = file?.error { throw APIError.unprocessable("failed to parse workflow: \(error)") }
    guard let file, let declared = file.dispatchInputs else {
      throw APIError.unprocessable("Workflow does not have 'workflow_dispatch' trigger")
    }
    guard workflow.isEnabled else {
      throw APIError.unprocessable("Cannot trigger a 'workflow_dispatch' on a disabled workflow")
    }
    let inputs = try DispatchInput.resolve(members["inputs"]?.object ?? [:], declared: declared)
    let run = try makeRun(
      of: file,
      RunRequest(
        event: "workflow_dispatch", ref: ref, head: try await repository.git.details(of: sha), inputs: inputs,
        actor: actor(of: request)),
      in: repository)
    guard wantsDetails, answer == .withRunDetails else { return .empty(204) }
    let shown = representation
    return .json([
      "workflow_run_id": .integer(run.id),
      "run_url": .string("\(shown.url(repository))/actions/runs/\(run.id)"),
      "html_url": .string("\(shown.origin)/\(repository.fullName)/actions/runs/\(run.id)"),
    ])
  }

  /// The branch or tag of that name, with `refs/` or without; a sha is none.
  private func branchOrTag(_ name: String, in repository: Repository) async throws -> (
    ref: String, sha: String
  )? {
    let short = name.hasPrefix("refs/") ? String(name.dropFirst("refs/".count)) : nil
    for path in short.map({ [$0] }) ?? ["heads/\(name)", "tags/\(name)"] {
      guard path.hasPrefix("heads/") || path.hasPrefix("tags/"),
        try await repository.git.object(ofRef: "refs/\(path)") != nil,
        let sha = try await repository.git.commit(path)
      else { continue }
      return ("refs/\(path)", sha)
    }
    return nil
  }
}
