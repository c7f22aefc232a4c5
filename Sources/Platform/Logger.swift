import Glibc
import Synchronization

/// Writes what happens as lines: `2025-03-01T09:30:00.250Z info matriz: run started run=01...`.
///
/// A line is one `write`, so lines of several threads never mix. A field's value is quoted when it has blanks.
/// Secrets are not given to a logger: it masks nothing.
package struct Logger: Sendable {
  package enum Level: Int, Comparable, Sendable, CaseIterable {
    case debug, info, warning, error

    package static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }
  }

  package let label: String
  package let level: Level
  private let sink: @Sendable (String) -> Void

  /// A logger whose lines go to standard error, or to `sink` (without a line end).
  package init(
    label: String, level: Level = .info, sink: (@Sendable (String) -> Void)? = nil
  ) {
    self.label = label
    self.level = level
    self.sink = sink ?? Self.standardError
  }

  /// A logger that drops everything.
  package static let disabled = Logger(label: "", level: .error, sink: { _ in })

  /// The same sink and level under another label.
  package func labelled(_ label: String) -> Logger {
    Logger(label: label, level: level, sink: sink)
  }

  package func debug(_ message: @autoclosure () -> String, _ fields: KeyValuePairs<String, String> = [:]) {
    log(.debug, message, fields)
  }

  package func info(_ message: @autoclosure () -> String, _ fields: KeyValuePairs<String, String> = [:]) {
    log(.info, message, fields)
  }

  package func warning(_ message: @autoclosure () -> String, _ fields: KeyValuePairs<String, String> = [:]) {
    log(.warning, message, fields)
  }

  package func error(_ message: @autoclosure () -> String, _ fields: KeyValuePairs<String, String> = [:]) {
    log(.error, message, fields)
  }

  private func log(_ level: Level, _ message: () -> String, _ fields: KeyValuePairs<String, String>) {
    guard level >= self.level else { return }
    var line = "\(Timestamp.now().rfc3339) \(level) \(label): \(Self.oneLine(message()))"
    for (name, value) in fields {
      line += " \(name)=\(Self.quoted(value))"
    }
    sink(line)
  }

  /// Control characters would let a peer forge lines.
  private static func oneLine(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 }) else { return text }
    return text.unicodeScalars.reduce(into: "") { result, scalar in
      switch scalar {
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      default: result += scalar.value < 32 || scalar.value == 127 ? "?" : String(scalar)
      }
    }
  }

  private static func quoted(_ value: String) -> String {
    let value = oneLine(value)
    guard value.isEmpty || value.contains(where: { $0 == " " || $0 == "\"" }) else { return value }
    return "\"" + value.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\\\"")
      + "\""
  }

  private static func standardError(_ line: String) {
    var text = line + "\n"
    text.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }
}
