import Glibc

/// A call to the operating system that failed.
package struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The value of `errno`.
  package let code: Int32
  /// What was tried, in words for a person: `open /data/mise-ci.db`.
  package let operation: String

  package init(code: Int32, operation: String) {
    self.code = code
    self.operation = operation
  }

  /// The error of the call that was just made on this thread.
  package static func last(_ operation: String) -> SystemError {
    SystemError(code: errno, operation: operation)
  }

  package var description: String {
    "\(operation): \(Self.text(of: code))"
  }

  package static func text(of code: Int32) -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    // A code that nobody knows gives a text as well.
    guard strerror_r(code, &buffer, buffer.count) == 0 else { return "error \(code)" }
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
