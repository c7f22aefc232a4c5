/// Runs that a push makes.
extension Service {
  /// A run of every workflow of the pushed commit that says `on: push` and wants that branch or tag. A commit whose message
  /// says `[skip ci]` makes none.
  func runWorkflows(for change: RefChange, in repository: Repository, by sender: Account) async throws {
    guard options.actions.runsOnPush, let head = change.head, !head.message.contains("[skip ci]") else {
      return
    }
    for file in try await workflowFiles(at: head.sha, in: repository) {
      let isEnabled = repository.actions.workflow(file.path)?.isEnabled ?? true
      guard isEnabled, file.error != nil || file.pushFilter?.matches(change.ref) ?? false else { continue }
      _ = try makeRun(
        of: file, RunRequest(event: "push", ref: change.ref, head: head, actor: sender), in: repository)
    }
  }
}
