extension WebhookPayload {
  /// `workflow_run`
  struct WorkflowRun: Decodable {
    var action: String
    var workflowRun: Content
    var repository: Repository
    var installation: Installation?

    enum CodingKeys: String, CodingKey {
      case action, repository, installation
      case workflowRun = "workflow_run"
    }

    struct Content: Decodable {
      var id: Int64
      var workflowID: Int64
      var name: String?
      var path: String?
      var displayTitle: String?
      var status: String?
      var conclusion: String?
      var headSHA: String
      var headBranch: String?
      var event: String
      var runAttempt: Int64?
      var updatedAt: String?

      enum CodingKeys: String, CodingKey {
        case id, name, path, status, conclusion, event
        case workflowID = "workflow_id"
        case displayTitle = "display_title"
        case headSHA = "head_sha"
        case headBranch = "head_branch"
        case runAttempt = "run_attempt"
        case updatedAt = "updated_at"
      }
    }
  }
}
