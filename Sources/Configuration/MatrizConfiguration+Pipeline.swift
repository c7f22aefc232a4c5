extension MatrizConfiguration {
  /// Section `pipeline`: what a job does, and what is kept of it.
  package struct Pipeline: Sendable {
    /// The mise tasks that are run one after the other. Never empty.
    package var tasks: [String]
    package var artifacts: [ArtifactRule]
    /// Paths in the job's folder that a tag's release gets as assets, named after their last segments.
    package var releaseAssets: [String]
    /// Paths in the job's folder of files in SARIF 2.1.0, whose results are shown at their lines. One that a job does
    /// not write is none.
    package var sarif: [String]

    package init(
      tasks: [String] = ["ci"], artifacts: [ArtifactRule] = [], releaseAssets: [String] = [],
      sarif: [String] = []
    ) {
      self.tasks = tasks
      self.artifacts = artifacts
      self.releaseAssets = releaseAssets
      self.sarif = sarif
    }
  }

  /// A file that is fetched from the worker when a job ends.
  package struct ArtifactRule: Sendable, Hashable {
    /// After which ends of a job the file is fetched.
    package enum Condition: String, Sendable, CaseIterable {
      case success
      case always
    }

    /// A relative path in the job's folder, taken literally.
    package var path: String
    /// The name in the store: one path segment.
    package var name: String
    /// A word that says what the file is, such as `diff`, `log`, `test` or `build`.
    package var type: String?
    package var condition: Condition

    /// - Parameter name: the last segment of `path` when it is left out.
    package init(
      path: String, name: String? = nil, type: String? = nil, condition: Condition = .success
    ) {
      self.path = path
      self.name = name ?? path.split(separator: "/").last.map(String.init) ?? path
      self.type = type
      self.condition = condition
    }
  }

  /// Section `release`.
  package struct Release: Sendable {
    /// How long a tag's release is waited for.
    package var waitSeconds: Int

    package init(waitSeconds: Int = 600) {
      self.waitSeconds = waitSeconds
    }
  }
}
