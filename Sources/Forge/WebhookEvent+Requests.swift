extension WebhookEvent {
  /// Somebody asked the forge, beside a commit, for what was built there to be built again.
  package struct RerunRequest: Sendable, Hashable {
    package var repository: WebhookRepository
    package var sha: String
    /// Of the check that it was asked for at; `nil` stands for all that we report about the commit.
    package var externalID: String?
    /// Who asked: the account's name.
    package var sender: String

    package init(repository: WebhookRepository, sha: String, externalID: String?, sender: String) {
      self.repository = repository
      self.sha = sha
      self.externalID = externalID
      self.sender = sender
    }
  }

  /// Somebody pressed a button of one of our own checks.
  package struct ActionRequest: Sendable, Hashable {
    package var repository: WebhookRepository
    package var sha: String
    /// Of the check.
    package var externalID: String
    /// Of the button: `Check.Action.identifier`.
    package var identifier: String
    package var sender: String

    package init(
      repository: WebhookRepository, sha: String, externalID: String, identifier: String, sender: String
    ) {
      self.repository = repository
      self.sha = sha
      self.externalID = externalID
      self.identifier = identifier
      self.sender = sender
    }
  }
}
