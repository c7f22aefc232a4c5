import HTTP
import Platform

/// Runs: their making, and everything that happens to them.
extension Service {
  /// What makes a run.
  struct RunRequest: Sendable {
    let event: String
    /// With `refs/`.
    let ref: String
    let head: GitCommit
    var inputs: [String: String] = [:]
    let actor: Account
  }

  /// Makes a run of a workflow and tells of it. One whose file cannot be read fails at its start.
  func makeRun(
    of file: WorkflowFile, _ request: RunRequest, in repository: Repository
  ) throws -> FakeGitHub.WorkflowRun {
    let known = try note([file], in: repository)
    guard let workflow = known.actions.workflow(file.path) else { throw APIError.notFound }
    let made = model.withLock { model -> FakeGitHub.WorkflowRun? in
      let ids = (id: model.makeID(), suite: model.makeID())
      let jobs = Self.jobs(of: file, model: &model)
      return model.update(repository.fullName) { repository in
        guard let index = repository.actions.workflows.firstIndex(where: { $0.id == workflow.id }) else {
          return nil
        }
        repository.actions.workflows[index].runs += 1
        let run = Self.run(
          of: file, request, ids, workflow.id, repository.actions.workflows[index].runs, jobs, repository)
        repository.actions.runs.append(run)
        return run
      } ?? nil
    }
    guard let made else { throw APIError.notFound }
    announce(made.announcement, of: made, in: repository.fullName)
    if file.error != nil {
      _ = try change(made.id, in: repository.fullName) { try $0.complete(.startupFailure, at: $1) }
    } else if let milliseconds = options.actions.advancesEveryMilliseconds {
      advancing.submit { [self] in
        await advance(made.id, in: repository.fullName, everyMilliseconds: milliseconds)
      }
    }
    return made
  }

  /// Changes a run and tells what came of it, behind the request at hand.
  @discardableResult
  func change(
    _ id: Int64, in name: String,
    _ body: (inout FakeGitHub.WorkflowRun, Timestamp) throws -> [WorkflowChange]
  ) throws -> FakeGitHub.WorkflowRun {
    let changed = try model.withLock { model -> (FakeGitHub.WorkflowRun, [WorkflowChange])? in
      let result = model.update(name) {
        repository -> Result<(FakeGitHub.WorkflowRun, [WorkflowChange]), any Error>? in
        guard let index = repository.actions.runs.firstIndex(where: { $0.id == id }) else { return nil }
        return Result {
          let changes = try body(&repository.actions.runs[index], .now())
          return (repository.actions.runs[index], changes)
        }
      }
      return try result??.get()
    }
    guard let changed else { throw FakeGitHubError(.notFound, "\(name) has no workflow run \(id)") }
    announce(changed.1, of: changed.0, in: name)
    return changed.0
  }

  /// Changes the run that a job belongs to.
  @discardableResult
  func changeJob(
    _ id: Int64, in name: String,
    _ body: (inout FakeGitHub.WorkflowRun, Timestamp) throws -> [WorkflowChange]
  ) throws -> FakeGitHub.WorkflowRun {
    guard let found = try found(name).actions.job(id) else {
      throw FakeGitHubError(.notFound, "\(name) has no workflow job \(id)")
    }
    return try change(found.run.id, in: name, body)
  }

  /// Another attempt of a completed run, of all its jobs or of those that did not succeed.
  func rerun(
    _ id: Int64, onlyFailed: Bool = false, onlyJob: Int64? = nil, in name: String, by actor: Account
  ) throws {
    guard let run = try found(name).actions.run(id) else { throw APIError.notFound }
    guard run.isCompleted else {
      throw APIError(status: 403, message: "This workflow is already running")
    }
    let again = run.jobs.filter { job in
      if let onlyJob { return job.id == onlyJob || job.needs.contains { $0 == key(of: onlyJob, in: run) } }
      return !onlyFailed || job.conclusion != .success
    }
    guard !again.isEmpty || !onlyFailed else {
      throw APIError(status: 403, message: "This workflow run has no failed jobs")
    }
    let ids = model.withLock { model in run.jobs.map { _ in model.makeID() } }
    try change(id, in: name) { run, now in
      let jobs = zip(run.jobs, ids).map { job, id in
        again.contains { $0.id == job.id } ? job.fresh(id: id, at: now) : job.copy(id: id)
      }
      return run.rerun(jobs, by: actor, at: now)
    }
  }

  private func key(of job: Int64, in run: FakeGitHub.WorkflowRun) -> String? {
    run.jobs.first { $0.id == job }?.key
  }

  /// Cancels a run; `false` when it is over.
  func cancel(_ id: Int64, in name: String) throws -> Bool {
    guard let run = try found(name).actions.run(id), !run.isCompleted else { return false }
    try change(id, in: name) { run, now in
      run.isCancelRequested = true
      return options.actions.cancelsAtOnce ? try run.complete(.cancelled, at: now) : []
    }
    return true
  }

  /// Takes a run from its begin to a good end. One that somebody else has ended is left alone.
  private func advance(_ id: Int64, in name: String, everyMilliseconds: Int) async {
    do {
      while let run = try found(name).actions.run(id), !run.isCompleted {
        try await Task.sleep(for: .milliseconds(everyMilliseconds))
        guard let job = run.jobs.first(where: { $0.status == .inProgress }) else {
          if run.jobs.isEmpty { try change(id, in: name) { try $0.complete(.success, at: $1) } }
          try change(id, in: name) { try $0.start(at: $1) }
          continue
        }
        guard let step = job.steps.first(where: { $0.status != .completed }) else {
          try change(id, in: name) { try $0.completeJob(job.id, .success, at: $1) }
          continue
        }
        try change(id, in: name) { try $0.finishStep(ofJob: job.id, .success, lines: [step.name], at: $1) }
      }
    } catch {
      logger.debug("a run advances no more", ["run": "\(id)", "reason": "\(error)"])
    }
  }

  private static func jobs(of file: WorkflowFile, model: inout Model) -> [FakeGitHub.WorkflowJob] {
    file.jobs.map { job in
      let names = ["Set up job"] + job.steps + ["Complete job"]
      return FakeGitHub.WorkflowJob(
        id: model.makeID(), key: job.key, name: job.name, labels: job.labels, needs: job.needs,
        steps: names.enumerated().map { FakeGitHub.WorkflowStep(number: Int64($0 + 1), name: $1) },
        createdAt: .now())
    }
  }

  private static func run(
    of file: WorkflowFile, _ request: RunRequest, _ ids: (id: Int64, suite: Int64), _ workflow: Int64,
    _ number: Int64, _ jobs: [FakeGitHub.WorkflowJob], _ repository: Repository
  ) -> FakeGitHub.WorkflowRun {
    let branch = request.ref.split(separator: "/", maxSplits: 2).last.map(String.init) ?? request.ref
    let now = Timestamp.now()
    let first = request.head.message.split(whereSeparator: \.isNewline).first.map(String.init)
    var title = request.event == "push" ? first ?? file.name : file.name
    if let runName = file.runName {
      var contexts = [
        "github.actor": request.actor.login, "github.ref": request.ref, "github.ref_name": branch,
        "github.sha": request.head.sha, "github.run_number": String(number), "github.run_id": String(ids.id),
        "github.run_attempt": "1", "github.event_name": request.event, "github.workflow": file.name,
        "github.repository": repository.fullName, "github.repository_owner": repository.owner.login,
      ]
      for (name, value) in request.inputs {
        contexts["inputs.\(name.lowercased())"] = value
        contexts["github.event.inputs.\(name.lowercased())"] = value
      }
      title = RunName.resolve(runName, contexts: contexts)
    }
    return FakeGitHub.WorkflowRun(
      id: ids.id, number: number, workflowID: workflow, path: file.path, name: file.name,
      displayTitle: title, event: request.event, headBranch: branch, headSHA: request.head.sha,
      inputs: request.inputs,
      attempts: [
        FakeGitHub.Attempt(number: 1, jobs: jobs, actor: request.actor, startedAt: now, updatedAt: now)
      ],
      head: request.head, actor: request.actor, checkSuite: ids.suite, createdAt: now)
  }
}

extension FakeGitHub.WorkflowJob {
  /// The same job before it began.
  fileprivate func fresh(id: Int64, at now: Timestamp) -> FakeGitHub.WorkflowJob {
    FakeGitHub.WorkflowJob(
      id: id, key: key, name: name, labels: labels, needs: needs,
      steps: steps.map { FakeGitHub.WorkflowStep(number: $0.number, name: $0.name) }, createdAt: now)
  }

  /// The same job in another attempt, in which it is not done again.
  fileprivate func copy(id: Int64) -> FakeGitHub.WorkflowJob {
    FakeGitHub.WorkflowJob(
      id: id, key: key, name: name, labels: labels, needs: needs, status: status, conclusion: conclusion,
      steps: steps, annotations: annotations, createdAt: createdAt, startedAt: startedAt,
      completedAt: completedAt)
  }
}
