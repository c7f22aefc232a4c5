/// What a program, or one of its subcommands, understands on its command line.
package struct Command: Sendable {
  /// An option: `--name VALUE` or `--name=VALUE`, or a flag without a value.
  package struct Option: Sendable {
    /// Without the dashes.
    package let name: String
    /// What stands for the value in the help text; `nil` makes it a flag.
    package let value: String?
    package let summary: String

    package init(_ name: String, value: String? = nil, _ summary: String) {
      self.name = name
      self.value = value
      self.summary = summary
    }
  }

  /// Something that is given without a name.
  package struct Argument: Sendable {
    package let name: String
    package let summary: String
    package let isRequired: Bool
    package let isRepeated: Bool

    package init(_ name: String, _ summary: String, isRequired: Bool = true, isRepeated: Bool = false) {
      self.name = name
      self.summary = summary
      self.isRequired = isRequired
      self.isRepeated = isRepeated
    }
  }

  package let name: String
  package let summary: String
  /// Paragraphs below the options in the help text.
  package let discussion: String
  package let options: [Option]
  package let arguments: [Argument]
  package let subcommands: [Command]

  package init(
    _ name: String, _ summary: String, discussion: String = "", options: [Option] = [],
    arguments: [Argument] = [],
    subcommands: [Command] = []
  ) {
    self.name = name
    self.summary = summary
    self.discussion = discussion
    self.options = options
    self.arguments = arguments
    self.subcommands = subcommands
  }
}

/// A command line that was wrong; the program prints it to standard error and ends with `exitCode`.
package struct UsageError: Error, Sendable, CustomStringConvertible {
  /// What every program of ours ends with after a wrong command line.
  package static let exitCode: Int32 = 2

  package let message: String

  package init(_ message: String) {
    self.message = message
  }

  package var description: String { message }
}

/// What a command line asked for.
package enum Invocation: Sendable {
  /// `--help` or `help`: print this text and end with 0.
  case help(String)
  case run(CommandLineValues)
}

/// The options and arguments that were given.
package struct CommandLineValues: Sendable {
  /// The names of the subcommands, outermost first; empty for the program itself.
  package let path: [String]
  package let arguments: [String]
  private let values: [String: [String]]
  /// How the program and its subcommand are called, for error texts.
  package let program: String

  init(program: String, path: [String], values: [String: [String]], arguments: [String]) {
    self.program = program
    self.path = path
    self.values = values
    self.arguments = arguments
  }

  /// Whether a flag was given.
  package func has(_ option: String) -> Bool {
    values[option] != nil
  }

  /// The value of an option; the last one when it was given more than once.
  package func string(_ option: String) -> String? {
    values[option]?.last
  }

  /// Every value of an option, in order.
  package func strings(_ option: String) -> [String] {
    values[option] ?? []
  }

  /// The value as a whole number within `range`.
  package func integer(_ option: String, in range: ClosedRange<Int>) throws(UsageError) -> Int? {
    guard let text = string(option) else { return nil }
    guard let value = Int(text), range.contains(value) else {
      throw UsageError(
        "\(program): --\(option) takes a whole number from \(range.lowerBound) to \(range.upperBound), not '\(text)'"
      )
    }
    return value
  }
}
