import HTTP

/// Check suites and check runs. `app` is the App as other objects name it.
extension Representation {
  /// `GET /repos/{owner}/{repo}/check-runs/{check_run_id}`
  func checkRun(
    _ run: FakeGitHub.CheckRun, in repository: Repository, app: JSONValue
  ) -> JSONValue {
    let url = "\(url(repository))/check-runs/\(run.id)"
    return [
      "id": .integer(run.id), "node_id": nodeID("CR", run.id), "head_sha": .string(run.sha),
      "external_id": .string(run.externalID), "url": .string(url),
      "html_url": .string("\(origin)/\(repository.fullName)/runs/\(run.id)"),
      "details_url": JSONValue(run.detailsURL), "status": .string(run.status.rawValue),
      "conclusion": JSONValue(run.conclusion?.rawValue), "started_at": .string(run.startedAt),
      "completed_at": JSONValue(run.completedAt), "name": .string(run.name),
      "output": [
        "title": JSONValue(run.output.title), "summary": JSONValue(run.output.summary),
        "text": JSONValue(run.output.text),
        "annotations_count": .integer(Int64(run.output.annotations.count)),
        "annotations_url": .string("\(url)/annotations"),
      ],
      "check_suite": ["id": .integer(run.suite)], "app": app,
      "pull_requests": pullRequests(at: run.sha, in: repository),
    ]
  }

  /// `GET /repos/{owner}/{repo}/check-runs/{check_run_id}/annotations`
  func annotation(
    _ annotation: FakeGitHub.CheckRun.Annotation, of run: FakeGitHub.CheckRun, in repository: Repository
  ) -> JSONValue {
    [
      "path": .string(annotation.path),
      "blob_href": .string("\(origin)/\(repository.fullName)/blob/\(run.sha)/\(annotation.path)"),
      "start_line": .integer(annotation.startLine), "end_line": .integer(annotation.endLine),
      "start_column": annotation.startColumn.map { .integer($0) } ?? .null,
      "end_column": annotation.endColumn.map { .integer($0) } ?? .null,
      "annotation_level": .string(annotation.level.rawValue), "title": JSONValue(annotation.title),
      "message": .string(annotation.message), "raw_details": JSONValue(annotation.rawDetails),
    ]
  }

  /// `GET /repos/{owner}/{repo}/check-suites/{check_suite_id}`, without the repository.
  func checkSuite(
    _ suite: CheckSuite, head: GitCommit, in repository: Repository, app: JSONValue
  ) -> JSONValue {
    let url = "\(url(repository))/check-suites/\(suite.id)"
    return checkSuiteReference(suite, in: repository, app: app).merging([
      "latest_check_runs_count": .integer(Int64(repository.latestCheckRuns(of: suite.id).count)),
      "check_runs_url": .string("\(url)/check-runs"), "head_commit": simpleCommit(head),
    ])
  }

  /// The check suite as the payload of `check_run` has it.
  func checkSuiteReference(_ suite: CheckSuite, in repository: Repository, app: JSONValue) -> JSONValue {
    let outcome = suite.outcome(of: repository.latestCheckRuns(of: suite.id))
    return [
      "id": .integer(suite.id), "node_id": nodeID("CS", suite.id),
      "head_branch": JSONValue(suite.branch), "head_sha": .string(suite.sha),
      "status": .string(outcome.status.rawValue), "conclusion": JSONValue(outcome.conclusion?.rawValue),
      "url": .string("\(url(repository))/check-suites/\(suite.id)"), "before": JSONValue(suite.before),
      "after": .string(suite.sha), "pull_requests": pullRequests(at: suite.sha, in: repository),
      "app": app, "created_at": time(suite.createdAt), "updated_at": time(suite.updatedAt),
    ]
  }

  /// The open pull requests whose head a commit is; those from forks are not shown to the base's Apps.
  func pullRequests(at sha: String, in repository: Repository) -> JSONValue {
    let reference: JSONValue = [
      "id": .integer(repository.id), "url": .string(url(repository)), "name": .string(repository.name),
    ]
    func side(_ branch: String, _ sha: String) -> JSONValue {
      ["ref": .string(branch), "sha": .string(sha), "repo": reference]
    }
    let pulls = repository.pullRequests.filter {
      $0.isOpen && $0.headSHA == sha && $0.headRepository == repository.fullName
    }
    return .array(
      pulls.map { pull in
        [
          "id": .integer(pull.id), "number": .integer(pull.number),
          "url": .string("\(url(repository))/pulls/\(pull.number)"),
          "head": side(pull.headBranch, pull.headSHA), "base": side(pull.baseBranch, pull.baseSHA),
        ]
      })
  }
}
