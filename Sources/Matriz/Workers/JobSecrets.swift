import Configuration
import Masking

/// The secrets that the configuration names: in the environment of trusted jobs' commands, and masked in all output.
struct JobSecrets: Sendable {
  /// Names to values, for the commands' environment.
  private(set) var environment: [String: String]
  /// Masks them all; the values of a connection are added to a copy.
  let mask: SecretMask
  /// Those that are not masked, in order; the log says so.
  private(set) var unmaskedNames: [String]

  init(_ secrets: [String: Secret]) {
    environment = secrets.mapValues(\.text)
    var mask = SecretMask()
    let unmasked = Set(mask.add(contentsOf: environment.values))
    unmaskedNames = environment.filter { unmasked.contains($0.value) }.map(\.key).sorted()
    self.mask = mask
  }

  /// What code from elsewhere is given: nothing. Should a value show all the same, it is masked.
  var withheld: JobSecrets {
    var secrets = self
    secrets.environment = [:]
    secrets.unmaskedNames = []
    return secrets
  }
}
