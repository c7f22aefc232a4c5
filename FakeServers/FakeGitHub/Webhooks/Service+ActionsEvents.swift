import HTTP

/// What happens to workflow runs becomes deliveries.
extension Service {
  /// Tells of changes behind the request at hand, in their order.
  func announce(_ changes: [WorkflowChange], of run: FakeGitHub.WorkflowRun, in name: String) {
    guard !changes.isEmpty else { return }
    inBackground { service in
      for change in changes { try await service.deliver(change, of: run, in: name) }
    }
  }

  private func deliver(_ change: WorkflowChange, of run: FakeGitHub.WorkflowRun, in name: String) async throws
  {
    let repository = try found(name)
    let shown = representation
    var payload: JSONValue = [
      "repository": shown.eventRepository(repository), "sender": shown.account(run.attempt.actor),
    ]
    switch change {
    case .run(let action):
      guard let workflow = repository.actions.workflows.first(where: { $0.id == run.workflowID }) else {
        return
      }
      // One call can take a run through several states; each delivery shows its own.
      var then = run.attempt
      if action != "completed" { then.conclusion = nil }
      if action == "in_progress" { then.status = .inProgress }
      if action == "requested" && then.status != .waiting { then.status = .queued }
      payload = payload.merging([
        "action": .string(action), "workflow": shown.workflow(workflow, in: repository),
        "workflow_run": shown.eventWorkflowRun(run, then, in: repository),
      ])
      _ = try await deliver("workflow_run", action, payload, of: repository)
    case .job(let id, let action):
      guard var job = run.jobs.first(where: { $0.id == id }) else { return }
      if action != "completed" {
        job.status = action == "in_progress" ? .inProgress : action == "waiting" ? .waiting : .queued
        job.conclusion = nil
        job.completedAt = nil
        if action != "in_progress" { job.startedAt = nil }
      }
      payload = payload.merging([
        "action": .string(action),
        "workflow_job": shown.workflowJob(job, of: run, run.attempt, in: repository),
      ])
      _ = try await deliver("workflow_job", action, payload, of: repository)
    }
  }
}
