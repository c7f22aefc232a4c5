package import Platform

extension WebhookEvent {
  /// What a run of the forge's own CI is like now. Deliveries overtake each other: `attempt` and `updatedAt` tell the
  /// newer of two.
  package struct WorkflowRunChange: Sendable, Hashable {
    package var repository: WebhookRepository
    /// The forge's number of the run.
    package var runID: Int64
    /// The forge's number of the workflow.
    package var workflowID: Int64
    /// The workflow's file in the repository, and its name; `nil` where the forge does not say.
    package var workflowPath: String?
    package var workflowName: String?
    /// What the run is called in lists; `nil` where the forge does not say.
    package var title: String?
    /// In the forge's words: `queued`, `in_progress`, `completed`.
    package var status: String
    /// In the forge's words, once it is completed: `success`, `failure`.
    package var conclusion: String?
    package var headSha: String
    /// `nil` when it runs for no branch.
    package var headBranch: String?
    /// What made the run: `workflow_dispatch`.
    package var event: String
    /// From 1.
    package var attempt: Int64
    package var updatedAt: Timestamp?

    package init(
      repository: WebhookRepository, runID: Int64, workflowID: Int64, workflowPath: String?,
      workflowName: String?, title: String?, status: String, conclusion: String?, headSha: String,
      headBranch: String?, event: String, attempt: Int64, updatedAt: Timestamp?
    ) {
      self.repository = repository
      self.runID = runID
      self.workflowID = workflowID
      self.workflowPath = workflowPath
      self.workflowName = workflowName
      self.title = title
      self.status = status
      self.conclusion = conclusion
      self.headSha = headSha
      self.headBranch = headBranch
      self.event = event
      self.attempt = attempt
      self.updatedAt = updatedAt
    }
  }
}
