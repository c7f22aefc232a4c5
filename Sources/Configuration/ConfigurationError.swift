/// All that is wrong with a configuration, in the order of its keys.
package struct ConfigurationError: Error, Sendable, CustomStringConvertible {
  package enum Code: Sendable, Hashable {
    /// The file, or one that a value names, cannot be read.
    case unreadable
    /// The file is not YAML.
    case syntax
    case unknownKey
    /// The key or value is one of ours, but this version does not have what it asks for.
    case notBuilt
    case badValue
    /// A key that has no default is not set.
    case missing
    /// Two keys that exclude each other are both set.
    case conflict
  }

  package struct Problem: Sendable, Hashable, CustomStringConvertible {
    package let code: Code
    /// Where the value stands: `matriz.yaml:3:5`, or the name of a variable; `nil` for what is missing.
    package let place: String?
    package let message: String

    package var description: String {
      place.map { "\($0): \(message)" } ?? message
    }
  }

  /// Never empty.
  package let problems: [Problem]

  /// One line for each problem.
  package var description: String {
    problems.map(\.description).joined(separator: "\n")
  }
}
