import Glibc

/// Where a program says everything that is not its result.
package enum StandardError {
  /// Writes a line.
  package static func print(_ text: String) {
    var line = text + "\n"
    line.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }
}
