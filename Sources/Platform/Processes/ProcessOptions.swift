/// What is to be started, and with what.
package struct ProcessOptions: Sendable {
  /// Where one of the three standard descriptors of a process leads.
  package enum Stream: Sendable {
    /// `/dev/null`.
    case null
    /// The parent's own.
    case inherited
    /// A descriptor of the parent, which keeps it.
    case descriptor(Int32)
    /// A pipe, whose other end is in `ChildProcess`.
    case pipe
  }

  /// A path, or a name that is looked for in the `PATH` of `environment`.
  package var executable: String
  /// Without the program's own name.
  package var arguments: [String]
  /// All of it: nothing is taken over from the parent.
  package var environment: [String: String]
  package var workingDirectory: String?
  package var input: Stream
  package var output: Stream
  package var error: Stream
  /// The process leads a group of its own, so that it can be signalled with its children.
  package var leadsProcessGroup: Bool

  package init(
    executable: String, arguments: [String] = [], environment: [String: String] = [:],
    workingDirectory: String? = nil, input: Stream = .null, output: Stream = .null, error: Stream = .null,
    leadsProcessGroup: Bool = false
  ) {
    self.executable = executable
    self.arguments = arguments
    self.environment = environment
    self.workingDirectory = workingDirectory
    self.input = input
    self.output = output
    self.error = error
    self.leadsProcessGroup = leadsProcessGroup
  }
}
