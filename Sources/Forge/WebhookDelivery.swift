package import Platform

/// What one webhook whose sender was verified says.
package struct WebhookDelivery: Sendable, Hashable {
  /// The forge's id of the delivery; a delivery that is sent again keeps it.
  package var id: String
  /// The forge's own name of the event, for the record: `push`.
  package var name: String
  package var event: WebhookEvent

  package init(id: String, name: String, event: WebhookEvent) {
    self.id = id
    self.name = name
    self.event = event
  }
}

/// What a delivery is about, as far as it concerns CI.
package enum WebhookEvent: Sendable, Hashable {
  /// A branch has a new head.
  case push(Push)
  /// A tag was made or moved.
  case tagPush(TagPush)
  /// A pull request was opened, opened again, or has new commits.
  case pullRequest(PullRequest)
  /// A release became visible; its tag may be older.
  case releasePublished(Release)
  /// Somebody wants what was built to be built again.
  case rerunRequested(RerunRequest)
  /// Somebody pressed one of our checks' buttons.
  case actionRequested(ActionRequest)
  /// A repository has another name, or another owner.
  ///
  /// - Parameter from: `owner/name` until now.
  case repositoryMoved(from: String, to: WebhookRepository)
  /// Our app was installed, removed or changed for an account.
  ///
  /// - Parameters:
  ///   - account: the name of the user or organization.
  ///   - action: in the forge's words: `created`, `removed`.
  ///   - repositories: `owner/name` of those that it is about, where the forge tells them.
  case installationChanged(account: String, action: String, repositories: [String])
  /// A run of the forge's own CI has another state.
  case workflowRun(WorkflowRunChange)
  /// The forge tries whether we are there.
  case ping
  /// Nothing to do. The reason is for the record and the answer.
  case ignored(reason: String)

  package struct Push: Sendable, Hashable {
    package var repository: WebhookRepository
    /// `refs/heads/…`
    package var ref: String
    /// The new head.
    package var sha: String
    /// The head commit's message, all of it.
    package var message: String
    /// Who pushed: the account's name.
    package var sender: String
    /// When, by the forge's clock, in whole seconds; `nil` where it does not say.
    package var pushedAt: Timestamp?

    package init(
      repository: WebhookRepository, ref: String, sha: String, message: String, sender: String,
      pushedAt: Timestamp? = nil
    ) {
      self.repository = repository
      self.ref = ref
      self.sha = sha
      self.message = message
      self.sender = sender
      self.pushedAt = pushedAt
    }

    package var title: String { WebhookEvent.title(ofMessage: message) }
  }

  package struct TagPush: Sendable, Hashable {
    package var repository: WebhookRepository
    /// `refs/tags/…`
    package var ref: String
    /// The tag without `refs/tags/`.
    package var tag: String
    /// The commit that the tag stands for, also when the tag is an object of its own.
    package var sha: String
    /// The commit's message, all of it.
    package var message: String
    package var sender: String

    package init(
      repository: WebhookRepository, ref: String, tag: String, sha: String, message: String, sender: String
    ) {
      self.repository = repository
      self.ref = ref
      self.tag = tag
      self.sha = sha
      self.message = message
      self.sender = sender
    }

    package var title: String { WebhookEvent.title(ofMessage: message) }
  }

  package struct PullRequest: Sendable, Hashable {
    /// Where the pull request was made, not where its commits come from.
    package var repository: WebhookRepository
    package var number: Int64
    /// `refs/pull/N/merge`: the result of merging, where the forge could merge.
    package var ref: String
    /// The pull request's head; statuses go here.
    package var sha: String
    /// The merge commit that the forge knew of when it told us. It makes a new one in the background, so this may be
    /// absent or one behind; what `ref` points to when it is fetched is what counts.
    package var mergeSha: String?
    package var title: String
    package var sender: String
    /// The commits come from a repository that its owner does not control; also when that repository is gone.
    package var fromFork: Bool
    /// When it was opened or moved, by the forge's clock, in whole seconds; `nil` where it does not say.
    package var updatedAt: Timestamp?

    package init(
      repository: WebhookRepository, number: Int64, ref: String, sha: String, mergeSha: String?,
      title: String, sender: String, fromFork: Bool, updatedAt: Timestamp? = nil
    ) {
      self.repository = repository
      self.number = number
      self.ref = ref
      self.sha = sha
      self.mergeSha = mergeSha
      self.title = title
      self.sender = sender
      self.fromFork = fromFork
      self.updatedAt = updatedAt
    }
  }

  package struct Release: Sendable, Hashable {
    package var repository: WebhookRepository
    package var tag: String
    package var sender: String

    package init(repository: WebhookRepository, tag: String, sender: String) {
      self.repository = repository
      self.tag = tag
      self.sender = sender
    }
  }
}

extension WebhookEvent {
  /// Longer first lines are cut.
  private static let maximumTitleCharacters = 200

  /// What a commit, or a pull request, is called in lists: the first line, cut.
  package static func title(ofMessage message: String) -> String {
    String(message.prefix { !$0.isNewline }.prefix(maximumTitleCharacters))
  }
}

/// The repository that a webhook speaks of.
package struct WebhookRepository: Sendable, Hashable {
  /// `owner/name`
  package var name: String
  /// Where git finds it, over HTTP.
  package var cloneURL: String
  /// The installation of our app that the webhook came through; `nil` for a repository's own webhook.
  package var installationID: Int64?

  package init(name: String, cloneURL: String, installationID: Int64?) {
    self.name = name
    self.cloneURL = cloneURL
    self.installationID = installationID
  }
}
