extension MatrizConfiguration {
  /// Section `forge`: where repositories are and how we prove who we are there.
  package struct Forge: Sendable {
    package enum Kind: String, Sendable, CaseIterable {
      case github
    }

    /// How calls to the forge are authorized.
    package enum Access: Sendable {
      /// A GitHub App: its id, and its private key as PEM.
      case app(id: Int64, privateKey: Secret)
      /// A token that somebody made by hand.
      case token(Secret)
    }

    /// What becomes of pull requests whose commits come from a fork.
    package enum Forks: String, Sendable, CaseIterable {
      /// No run.
      case ignore
      /// A run that waits until somebody says that it may run; its jobs get no secrets.
      case approve
      /// A run at once; its jobs get no secrets.
      case run
    }

    package var kind: Kind
    package var access: Access
    /// Any of these may have signed a webhook, so that a secret can be changed without a gap. Never empty.
    package var webhookSecrets: [Secret]
    /// Base of the API, without a slash at its end; it may have a path (`https://host/api/v3`).
    package var apiURL: String
    package var uploadsURL: String
    /// Base of clone addresses and pages.
    package var webURL: String
    /// Stem of the contexts of commit statuses.
    package var statusContext: String
    /// Between two looks for deliveries that failed, which are asked for again.
    package var redeliverySeconds = 300
    /// Between two looks whether the forge shows what it was told; 0 for none.
    package var reconcileSeconds = 600
    /// A commit status for each job, beside the run's.
    package var perJobStatus = false
    /// A check with details for each run, where the forge takes them from us: a token's are refused.
    package var checks = true
    package var forks = Forks.approve

    package init(
      kind: Kind = .github, access: Access, webhookSecrets: [Secret],
      apiURL: String = "https://api.github.com", uploadsURL: String = "https://uploads.github.com",
      webURL: String = "https://github.com", statusContext: String = "mise-ci"
    ) {
      self.kind = kind
      self.access = access
      self.webhookSecrets = webhookSecrets
      self.apiURL = apiURL
      self.uploadsURL = uploadsURL
      self.webURL = webURL
      self.statusContext = statusContext
    }
  }
}
