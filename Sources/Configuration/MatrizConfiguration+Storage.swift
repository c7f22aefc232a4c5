extension MatrizConfiguration {
  /// Section `storage`: where the database, logs and artifacts are.
  package struct Storage: Sendable {
    package enum Kind: String, Sendable, CaseIterable {
      case filesystem
    }

    package var kind: Kind
    /// The folder of the database and the logs. One matriz at a time uses it.
    package var dataDirectory: String
    /// The folder of artifacts.
    package var basePath: String

    /// - Parameter basePath: `{dataDirectory}/artifacts` when it is left out.
    package init(kind: Kind = .filesystem, dataDirectory: String = "./data", basePath: String? = nil) {
      self.kind = kind
      self.dataDirectory = dataDirectory
      self.basePath = basePath ?? "\(dataDirectory)/artifacts"
    }
  }
}
