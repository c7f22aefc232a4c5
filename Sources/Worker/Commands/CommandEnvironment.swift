/// What a command finds in its environment.
struct CommandEnvironment: Sendable {
  /// The worker's own variables, which no command sees.
  static let ownNames: Set<String> = [
    "MISE_CI_TOKEN", "MISE_CI_TOKEN_FILE", "MISE_CI_CALLBACK", "MISE_CI_CA_FILE", "MISE_CI_SERVER",
  ]

  /// What every command gets, unless the server says otherwise.
  static let defaults = ["CI": "true", "MISE_YES": "1"]

  private let base: [String: String]

  /// Takes the worker's own variables out of what it inherited; and others that repeat their values, as a
  /// scheduler does that hands its parameters to the process under names of its own.
  init(inherited: [String: String], secrets: [String], callbackURL: String) {
    let secrets = secrets + [callbackURL]
    base = inherited.filter { !Self.isOwn(name: $0.key, value: $0.value, secrets: secrets) }
      .merging(Self.defaults) { _, ours in ours }
  }

  /// Whether a variable is the worker's own, or repeats one of the secrets.
  static func isOwn(name: String, value: String, secrets: [String]) -> Bool {
    ownNames.contains(name) || secrets.contains { !$0.isEmpty && value.contains($0) }
  }

  /// The environment of one command; what the server gives wins.
  func adding(_ additions: [String: String]) -> [String: String] {
    base.merging(additions) { _, theirs in theirs }
  }
}
