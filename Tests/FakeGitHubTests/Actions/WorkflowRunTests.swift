import FakeGitHub
import HTTP
import TestSupport
import Testing

@Suite(.fewAtOnce) struct WorkflowRunTests {
  private func jobs(_ actions: ActionsClient, _ run: FakeWorkflowRun, _ query: String = "") async throws
    -> [JSONValue]
  {
    try await actions.call("GET", "/runs/\(run.id)/jobs\(query)").json["jobs"]?.array ?? []
  }

  @Test func `A run goes where it is taken, step by step`() async throws {
    try await ActionsClient.with { actions in
      let run = try await actions.run()
      try run.start()
      let started = try await jobs(actions, run)
      #expect(started.map { $0["status"]?.string } == ["in_progress", "in_progress", "queued"])
      #expect(started[0]["name"]?.string == "Build / all")
      #expect(started[1]["labels"] == ["self-hosted", "linux"])
      #expect(try await actions.call("GET", "/runs/\(run.id)").json["status"]?.string == "in_progress")
      try run.finishStep(of: "build", log: ["ready"])
      try run.finishStep(of: "Build / all")
      try run.finishStep(.failure, of: "build", log: ["compiling", "##[error]no"])
      try run.completeJob("build", .failure)
      let build = try await actions.call("GET", "/jobs/\(started[0]["id"]?.integer ?? 0)").json
      let steps = build["steps"]?.array ?? []
      #expect(
        steps.map { $0["name"]?.string } == [
          "Set up job", "Run actions/checkout@v4", "Compile", "Complete job",
        ])
      #expect(steps.map { $0["conclusion"]?.string } == ["success", "success", "failure", "success"])
      #expect(steps.map { $0["number"]?.integer } == [1, 2, 3, 4])
      #expect(build["conclusion"]?.string == "failure")
      try run.completeJob("lint")
      let ended = try await jobs(actions, run)
      #expect(ended.map { $0["conclusion"]?.string } == ["failure", "success", "skipped"])
      let shown = try await actions.call("GET", "/runs/\(run.id)").json
      #expect(shown["status"]?.string == "completed")
      #expect(shown["conclusion"]?.string == "failure")
    }
  }

  @Test(arguments: FakeGitHub.WorkflowConclusion.allCases)
  func `A run ends as it is told`(_ conclusion: FakeGitHub.WorkflowConclusion) async throws {
    try await ActionsClient.with { actions in
      let run = try await actions.run()
      try run.complete(conclusion)
      let shown = try await actions.call("GET", "/runs/\(run.id)").json
      #expect(shown["status"]?.string == "completed")
      #expect(shown["conclusion"]?.string == conclusion.rawValue)
      #expect(try run.state.jobs.allSatisfy { $0.status == .completed })
      #expect(throws: FakeGitHubError.self) { try run.complete() }
      #expect(throws: FakeGitHubError.self) { try run.start() }
    }
  }

  @Test(arguments: [FakeGitHub.WorkflowStatus.waiting, .pending, .requested, .queued])
  func `A run may be held before it begins`(_ status: FakeGitHub.WorkflowStatus) async throws {
    try await ActionsClient.with { actions in
      let run = try await actions.run("plain.yaml")
      try run.hold(status)
      #expect(try await actions.call("GET", "/runs/\(run.id)").json["status"]?.string == status.rawValue)
      try run.start()
      #expect(throws: FakeGitHubError.self) { try run.hold(status) }
    }
  }

  /// A query, and which of three runs (1 completed well, 2 cancelled, 3 queued) it finds, newest first.
  @Test(arguments: [
    ("", [3, 2, 1]), ("status=queued", [3]), ("status=success", [1]), ("status=completed", [2, 1]),
    ("status=cancelled", [2]), ("branch=main", [3, 2, 1]), ("branch=other", []), ("event=push", []),
    ("event=workflow_dispatch&status=success", [1]), ("actor=mise-ci%5Bbot%5D", [3, 2, 1]), ("actor=x", []),
    ("head_sha=SHA", [3, 2, 1]), ("head_sha=0000", []), ("created=%3E%3D2020-01-01", [3, 2, 1]),
    ("created=%3C2020-01-01", []), ("created=2020-01-01..2020-02-01", []),
    ("created=2020-01-01..*", [3, 2, 1]),
    ("per_page=2", [3, 2]), ("per_page=2&page=2", [1]),
  ]) func `Lists are filtered and paged`(_ query: String, _ found: [Int]) async throws {
    try await ActionsClient.with { actions in
      let runs = [try await actions.run(), try await actions.run("plain.yaml"), try await actions.run()]
      try runs[0].complete()
      try runs[1].complete(.cancelled)
      let query = query.replacing("SHA", with: actions.sha)
      let list = try await actions.call("GET", "/runs?\(query)")
      let ids = list.json["workflow_runs"]?.array?.compactMap { $0["id"]?.integer }
      #expect(ids == found.map { runs[$0 - 1].id })
      if !query.hasPrefix("per_page") { #expect(list.json["total_count"]?.integer == Int64(found.count)) }
      if query == "per_page=2" { #expect(list.headers["Link"]?.contains("rel=\"next\"") == true) }
    }
  }

  @Test func `A workflow's list has only its own, numbered by themselves`() async throws {
    try await ActionsClient.with { actions in
      for name in ["ci.yml", "plain.yaml", "ci.yml"] { _ = try await actions.run(name) }
      let list = try await actions.call("GET", "/workflows/ci.yml/runs").json
      #expect(list["workflow_runs"]?.array?.map { $0["run_number"]?.integer } == [2, 1])
      #expect(try await actions.call("GET", "/runs?created=whenever").status == 422)
    }
  }

  @Test func `A cancellation ends what runs, and is refused when it is over`() async throws {
    try await ActionsClient.with { actions in
      let run = try await actions.run()
      try run.start()
      #expect(try await actions.call("POST", "/runs/\(run.id)/cancel").status == 202)
      #expect(try run.state.conclusion == .cancelled)
      let late = try await actions.call("POST", "/runs/\(run.id)/cancel")
      #expect(late.status == 409)
      #expect(late.message == "Cannot cancel a workflow run that is completed.")
    }
  }

  @Test func `A cancellation may take its time`() async throws {
    try await ActionsClient.with {
      $0.cancelsAtOnce = false
    } _: { actions in
      let run = try await actions.run()
      #expect(try await actions.call("POST", "/runs/\(run.id)/cancel").status == 202)
      #expect(try run.state.isCancelRequested)
      #expect(try run.state.status == .queued)
    }
  }

  @Test func `A re-run is another attempt, of all jobs or of those that failed`() async throws {
    try await ActionsClient.with { actions in
      let run = try await actions.run()
      #expect(try await actions.call("POST", "/runs/\(run.id)/rerun").status == 403)
      try run.completeJob("build")
      try run.completeJob("lint", .failure)
      #expect(try await actions.call("POST", "/runs/\(run.id)/rerun-failed-jobs").status == 201)
      let second = try await jobs(actions, run)
      #expect(second.map { $0["conclusion"]?.string } == ["success", nil, nil])
      #expect(second.allSatisfy { $0["run_attempt"]?.integer == 2 })
      #expect(try await jobs(actions, run, "?filter=all").count == 6)
      try run.complete()
      #expect(try await actions.call("POST", "/runs/\(run.id)/rerun").status == 201)
      let shown = try await actions.call("GET", "/runs/\(run.id)").json
      #expect(shown["run_attempt"]?.integer == 3)
      #expect(shown["status"]?.string == "queued")
      let previous = try await actions.call("GET", try #require(shown["previous_attempt_url"]?.string))
      #expect(previous.json["run_attempt"]?.integer == 2)
      #expect(previous.json["conclusion"]?.string == "success")
      #expect(
        try await actions.call("GET", "/runs/\(run.id)/attempts/1/jobs").json["total_count"]?.integer == 3)
      #expect(try await actions.call("GET", "/runs/\(run.id)/attempts/9").status == 404)
    }
  }

  @Test func `A job is a check run of GitHub's own App, with its annotations`() async throws {
    try await ActionsClient.with { actions in
      let run = try await actions.run("plain.yaml")
      try run.start()
      try run.annotate("only", path: "src/a.c", line: 7, message: "unused", title: "Compiler")
      try run.complete(.failure)
      let job = try await jobs(actions, run)[0]
      let check = try await actions.call("GET", try #require(job["check_run_url"]?.string)).json
      #expect(check["app"]?["slug"]?.string == "github-actions")
      #expect(check["conclusion"]?.string == "failure")
      let annotations = try await actions.call(
        "GET", try #require(check["output"]?["annotations_url"]?.string))
      #expect(annotations.json[0]?["path"]?.string == "src/a.c")
      #expect(annotations.json[0]?["annotation_level"]?.string == "failure")
      let suite =
        "\(actions.client.github.apiURL)/repos/octo/app/check-suites/\(check["check_suite"]?["id"]?.integer ?? 0)"
      let shown = try await actions.call("GET", suite).json
      #expect(shown["conclusion"]?.string == "failure")
      #expect(shown["app"]?["id"]?.integer == 15_368)
      #expect(try await actions.call("GET", "\(suite)/check-runs").json["total_count"]?.integer == 1)
      let commit = "\(actions.client.github.apiURL)/repos/octo/app/commits/\(actions.sha)/check-runs"
      #expect(try await actions.call("GET", commit).json["total_count"]?.integer == 1)
      #expect(try await actions.call("GET", "\(commit)?app_id=15368").json["total_count"]?.integer == 1)
      #expect(try await actions.call("GET", "\(commit)?app_id=4711").json["total_count"]?.integer == 0)
    }
  }

  @Test func `What happens to a run and its jobs is delivered in order`() async throws {
    try await WebhookReceiver.with { receiver in
      try await ActionsClient.with(webhookURL: receiver.url) { actions in
        let run = try await actions.run("plain.yaml")
        try run.complete(.failure)
        let runs = try await receiver.deliveries("workflow_run", count: 3).map(\.json)
        #expect(runs.map { $0["action"]?.string } == ["requested", "in_progress", "completed"])
        #expect(runs.map { $0["workflow_run"]?["status"]?.string } == ["queued", "in_progress", "completed"])
        #expect(runs.map { $0["workflow_run"]?["conclusion"]?.string } == [nil, nil, "failure"])
        #expect(runs.allSatisfy { $0["workflow"]?["path"]?.string == ".github/workflows/plain.yaml" })
        let jobs = try await receiver.deliveries("workflow_job", count: 3).map(\.json)
        #expect(jobs.map { $0["action"]?.string } == ["queued", "in_progress", "completed"])
        #expect(jobs.map { $0["workflow_job"]?["conclusion"]?.string } == [nil, nil, "failure"])
        #expect(jobs.allSatisfy { $0["workflow_job"]?["run_id"]?.integer == run.id })
      }
    }
  }

  @Test func `A run may advance by itself`() async throws {
    try await ActionsClient.with {
      $0.advancesEveryMilliseconds = 1
    } _: { actions in
      let run = try await actions.run()
      try await actions.client.repository.waitForWorkflowRun { $0.id == run.id && $0.conclusion == .success }
      #expect(try run.state.jobs.allSatisfy { job in job.steps.allSatisfy { $0.conclusion == .success } })
    }
  }

  @Test func `Runs advance over HTTP as well`() async throws {
    try await ActionsClient.with { actions in
      let run = try await actions.run()
      let base = "\(actions.client.github.webURL)/_fake/repos/octo/app/actions/runs"
      let steps: [(String, JSONValue)] = [
        ("hold", ["status": "waiting"]), ("start", [:]), ("jobs/log", ["job": "build", "lines": ["a"]]),
        ("jobs/step", ["job": "build", "conclusion": "success", "lines": ["b"]]),
        ("jobs/annotate", ["job": "build", "path": "a", "line": 3, "message": "m", "level": "notice"]),
        ("jobs/complete", ["job": "build"]), ("artifacts", ["name": "x", "files": ["a.txt": "1"]]),
        ("complete", ["conclusion": "neutral"]), ("rerun", [:]), ("jobs/start", ["job": "lint"]),
      ]
      for (verb, body) in steps {
        let answer = try await actions.client.call("POST", "\(base)/\(run.id)/\(verb)", json: body)
        #expect(answer.status == 201, "\(verb): \(String(decoding: answer.bytes, as: UTF8.self))")
      }
      let wrong = try await actions.client.call(
        "POST", "\(base)/\(run.id)/complete", json: ["conclusion": "fine"])
      #expect(wrong.status == 422)
      #expect(try await actions.client.call("POST", "\(base)/1/start", json: [:]).status == 404)
      let list = try await actions.client.call("GET", base).json
      #expect(list[0]?["attempt"]?.integer == 2)
      #expect(list[0]?["status"]?.string == "in_progress")
    }
  }
}
