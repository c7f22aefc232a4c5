/// Why a matriz cannot start.
package struct MatrizError: Error, Sendable, CustomStringConvertible {
  package enum Code: Sendable, Hashable {
    /// The configuration lacks something that depends on where the servers listen.
    case misconfigured
    case notStarted
  }

  package let code: Code
  package let message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { message }
}
