import HTTP
import Platform

/// Workflows, their runs, jobs and artifacts.
extension Representation {
  /// `GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}`
  func workflow(_ workflow: Workflow, in repository: Repository) -> JSONValue {
    let web = "\(origin)/\(repository.fullName)"
    return [
      "id": .integer(workflow.id), "node_id": nodeID("W", workflow.id), "name": .string(workflow.name),
      "path": .string(workflow.path), "state": workflow.isEnabled ? "active" : "disabled_manually",
      "created_at": time(workflow.createdAt), "updated_at": time(workflow.updatedAt),
      "url": .string("\(url(repository))/actions/workflows/\(workflow.id)"),
      "html_url": .string("\(web)/blob/\(repository.defaultBranch)/\(workflow.path)"),
      "badge_url": .string("\(web)/actions/workflows/\(workflow.fileName)/badge.svg"),
    ]
  }

  /// `GET /repos/{owner}/{repo}/actions/runs/{run_id}`, or one of its attempts.
  func workflowRun(
    _ run: FakeGitHub.WorkflowRun, _ attempt: FakeGitHub.Attempt, in repository: Repository
  ) -> JSONValue {
    workflowRunReference(run, attempt, in: repository).merging([
      "repository": repositoryReference(repository), "head_repository": repositoryReference(repository),
      "head_repository_id": .integer(repository.id),
    ])
  }

  /// The run as the payload of `workflow_run` has it.
  func eventWorkflowRun(
    _ run: FakeGitHub.WorkflowRun, _ attempt: FakeGitHub.Attempt, in repository: Repository
  ) -> JSONValue {
    workflowRunReference(run, attempt, in: repository).merging([
      "repository": repositoryReference(repository), "head_repository": repositoryReference(repository),
    ])
  }

  private func workflowRunReference(
    _ run: FakeGitHub.WorkflowRun, _ attempt: FakeGitHub.Attempt, in repository: Repository
  ) -> JSONValue {
    let url = "\(url(repository))/actions/runs/\(run.id)"
    let previous = attempt.number > 1 ? "\(url)/attempts/\(attempt.number - 1)" : nil
    // An older attempt's own addresses are below its number.
    let own = attempt.number == run.attempt.number ? url : "\(url)/attempts/\(attempt.number)"
    return [
      "id": .integer(run.id), "name": .string(run.name), "node_id": nodeID("WFR", run.id),
      "check_suite_id": .integer(run.checkSuite), "check_suite_node_id": nodeID("CS", run.checkSuite),
      "head_branch": JSONValue(run.headBranch), "head_sha": .string(run.headSHA), "path": .string(run.path),
      "run_number": .integer(run.number), "run_attempt": .integer(attempt.number),
      "referenced_workflows": [], "event": .string(run.event), "status": .string(attempt.status.rawValue),
      "conclusion": JSONValue(attempt.conclusion?.rawValue), "workflow_id": .integer(run.workflowID),
      "url": .string(url), "html_url": .string("\(origin)/\(repository.fullName)/actions/runs/\(run.id)"),
      "pull_requests": pullRequests(at: run.headSHA, in: repository), "created_at": time(run.createdAt),
      "updated_at": time(attempt.updatedAt), "actor": account(run.actor),
      "triggering_actor": account(attempt.actor), "run_started_at": time(attempt.startedAt),
      "jobs_url": .string("\(own)/jobs"), "logs_url": .string("\(own)/logs"),
      "check_suite_url": .string("\(self.url(repository))/check-suites/\(run.checkSuite)"),
      "artifacts_url": .string("\(url)/artifacts"), "cancel_url": .string("\(url)/cancel"),
      "rerun_url": .string("\(url)/rerun"), "previous_attempt_url": JSONValue(previous),
      "workflow_url": .string("\(self.url(repository))/actions/workflows/\(run.workflowID)"),
      "head_commit": simpleCommit(run.head), "display_title": .string(run.displayTitle),
    ]
  }

  /// `GET /repos/{owner}/{repo}/actions/jobs/{job_id}`, and in the payload of `workflow_job`.
  func workflowJob(
    _ job: FakeGitHub.WorkflowJob, of run: FakeGitHub.WorkflowRun, _ attempt: FakeGitHub.Attempt,
    in repository: Repository
  ) -> JSONValue {
    let hasRunner = job.startedAt != nil && job.conclusion != .skipped
    let runURL = "\(url(repository))/actions/runs/\(run.id)"
    return [
      "id": .integer(job.id), "run_id": .integer(run.id), "run_url": .string(runURL),
      "run_attempt": .integer(attempt.number), "node_id": nodeID("CR", job.id),
      "head_sha": .string(run.headSHA), "head_branch": JSONValue(run.headBranch),
      "url": .string("\(url(repository))/actions/jobs/\(job.id)"),
      "html_url": .string("\(origin)/\(repository.fullName)/actions/runs/\(run.id)/job/\(job.id)"),
      "status": .string(job.status.rawValue), "conclusion": JSONValue(job.conclusion?.rawValue),
      "created_at": time(job.createdAt), "started_at": time(job.startedAt ?? job.createdAt),
      "completed_at": job.completedAt.map { time($0) } ?? .null, "name": .string(job.name),
      "steps": .array(job.startedAt == nil ? [] : job.steps.map { step($0) }),
      "check_run_url": .string("\(url(repository))/check-runs/\(job.id)"),
      "labels": .array(job.labels.map { .string($0) }), "runner_id": hasRunner ? 1 : nil,
      "runner_name": hasRunner ? "GitHub Actions 1" : nil, "runner_group_id": hasRunner ? 0 : nil,
      "runner_group_name": hasRunner ? "GitHub Actions" : nil, "workflow_name": .string(run.name),
    ]
  }

  private func step(_ step: FakeGitHub.WorkflowStep) -> JSONValue {
    [
      "name": .string(step.name), "status": .string(step.status.rawValue),
      "conclusion": JSONValue(step.conclusion?.rawValue), "number": .integer(step.number),
      "started_at": step.startedAt.map { time($0) } ?? .null,
      "completed_at": step.completedAt.map { time($0) } ?? .null,
    ]
  }

  /// `GET /repos/{owner}/{repo}/actions/artifacts/{artifact_id}`
  func workflowArtifact(
    _ artifact: FakeGitHub.WorkflowArtifact, of run: FakeGitHub.WorkflowRun?, in repository: Repository
  ) -> JSONValue {
    let url = "\(url(repository))/actions/artifacts/\(artifact.id)"
    return [
      "id": .integer(artifact.id), "node_id": nodeID("AR", artifact.id), "name": .string(artifact.name),
      "size_in_bytes": .integer(artifact.sizeBytes), "url": .string(url),
      "archive_download_url": .string("\(url)/zip"), "expired": .bool(artifact.isExpired),
      "created_at": time(artifact.createdAt), "updated_at": time(artifact.createdAt),
      "expires_at": time(artifact.expiresAt), "digest": .string("sha256:\(artifact.sha256)"),
      "workflow_run": run.map { run in
        [
          "id": .integer(run.id), "repository_id": .integer(repository.id),
          "head_repository_id": .integer(repository.id), "head_branch": JSONValue(run.headBranch),
          "head_sha": .string(run.headSHA),
        ]
      } ?? .null,
    ]
  }

  /// GitHub's own App, whose check runs the jobs of workflows are.
  var actionsApp: JSONValue {
    let since = Timestamp(milliseconds: 1_533_000_000_000)
    return [
      "id": .integer(Service.actionsAppID), "slug": "github-actions",
      "node_id": nodeID("A", Service.actionsAppID),
      "owner": account(Account(id: 2, login: "github", kind: .organization)), "name": "GitHub Actions",
      "description": "Automate your workflow from idea to production", "external_url": .string("\(origin)/"),
      "html_url": .string("\(origin)/github-apps/github-actions"), "created_at": time(since),
      "updated_at": time(since), "permissions": ["actions": "write", "checks": "write", "metadata": "read"],
      "events": [],
    ]
  }
}
