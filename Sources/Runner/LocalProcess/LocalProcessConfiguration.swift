package import Platform

/// How workers are started on this machine.
package struct LocalProcessConfiguration: Sendable {
  /// The program `mise-ci`, whose command `worker` is run: a path.
  package var program: String
  /// Holds a folder for each worker; an absolute path.
  package var folder: String
  /// How many workers there are at most at one time.
  package var maximumWorkers: Int
  /// What each of a worker's processes may use.
  package var limits = ResourceLimits()
  /// What a worker and its commands inherit; see `inherited(from:)`.
  package var environment: [String: String]

  package init(program: String, folder: String, maximumWorkers: Int, environment: [String: String]) {
    self.program = program
    self.folder = folder
    self.maximumWorkers = maximumWorkers
    self.environment = environment
  }

  private static let inheritedNames: Set<String> = [
    "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR",
    "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
    "SSL_CERT_FILE", "SSL_CERT_DIR", "LD_LIBRARY_PATH", "MISE_CI_CA_FILE",
  ]
  private static let inheritedPrefixes = ["LC_", "MISE_", "XDG_"]
  /// The server's own settings, secrets among them.
  private static let ownPrefix = "MISE_CI_"

  /// What of a server's environment its workers may see: a person's settings of the shell, of mise and of proxies.
  /// What is not known to be harmless is left out, for it may be a key.
  package static func inherited(from environment: [String: String]) -> [String: String] {
    environment.filter { name, _ in
      inheritedNames.contains(name)
        || !name.hasPrefix(ownPrefix) && inheritedPrefixes.contains { name.hasPrefix($0) }
    }
  }
}
