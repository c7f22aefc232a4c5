internal import Forge
internal import Platform

/// What changed on GitHub's side: repositories, installations, runs of its own CI.
extension WebhookDecoder {
  /// More repositories of one change are not named: an installation may have thousands.
  private static let maximumNamedRepositories = 100

  /// `repository.renamed` and `repository.transferred`
  func repositoryChange(_ json: [UInt8]) throws(ForgeError) -> WebhookEvent {
    let event = "repository"
    let action = try action(json, event)
    guard action == "renamed" || action == "transferred" else {
      return .ignored(reason: "a repository that is '\(cited(action))' starts nothing")
    }
    let payload: WebhookPayload.RepositoryChange = try decode(json, event)
    let repository = try repository(payload.repository, payload.installation, event)
    let now = try RepositoryName(repository.name)
    let before: String
    if action == "renamed" {
      guard let name = payload.changes?.repository?.name.from else {
        throw ForgeError(.malformed, "the repository event's field 'changes.repository.name.from' is missing")
      }
      before = "\(now.owner)/\(name)"
    } else {
      let from = payload.changes?.owner?.from
      guard let owner = from?.user?.login ?? from?.organization?.login else {
        throw ForgeError(.malformed, "the repository event's field 'changes.owner.from' is missing")
      }
      before = "\(owner)/\(now.name)"
    }
    return .repositoryMoved(from: try RepositoryName(before).description, to: repository)
  }

  /// `installation` and `installation_repositories`, whatever their action.
  func installationChange(
    _ payload: WebhookPayload.InstallationChange, _ event: String
  ) throws(ForgeError) -> WebhookEvent {
    guard let account = payload.installation.account.login ?? payload.installation.account.slug else {
      throw ForgeError(.malformed, "the \(event) event's field 'installation.account.login' is missing")
    }
    let named = (payload.repositories ?? []) + (payload.added ?? []) + (payload.removed ?? [])
    var names: [String] = []
    for repository in named.prefix(Self.maximumNamedRepositories) {
      names.append(try RepositoryName(repository.fullName).description)
    }
    return .installationChanged(
      account: cited(account), action: cited(payload.action), repositories: names)
  }

  /// `workflow_run`, whatever its action: the state is in the payload.
  func workflowRun(_ payload: WebhookPayload.WorkflowRun) throws(ForgeError) -> WebhookEvent {
    let event = "workflow_run"
    let run = payload.workflowRun
    try check(run.id > 0, event, "workflow_run.id")
    try check(GitNames.isObjectName(run.headSHA), event, "workflow_run.head_sha")
    let attempt = run.runAttempt ?? 1
    try check(attempt > 0, event, "workflow_run.run_attempt")
    return .workflowRun(
      .init(
        repository: try repository(payload.repository, payload.installation, event), runID: run.id,
        workflowID: run.workflowID, workflowPath: run.path.map(cited), workflowName: run.name.map(cited),
        title: run.displayTitle.map { WebhookEvent.title(ofMessage: $0) },
        status: cited(run.status ?? payload.action), conclusion: run.conclusion.map(cited),
        headSha: run.headSHA, headBranch: run.headBranch.map(cited), event: cited(run.event),
        attempt: attempt, updatedAt: run.updatedAt.flatMap { Timestamp(rfc3339: $0) }))
  }
}
