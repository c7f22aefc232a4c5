import Glibc
import Platform

/// The executables that the build made, which lie beside the test bundle and beside each other.
package enum BuiltProducts {
  /// The path of a built executable of this package, such as `mise-ci`; `nil` when it was not built.
  package static func path(_ name: String) -> String? {
    let path = "\(folder)/\(name)"
    return access(path, X_OK) == 0 ? path : nil
  }

  /// The folder that the running program or test bundle lies in.
  package static let folder: String = {
    guard let program = ProcessEnvironment.executablePath, let slash = program.lastIndex(of: "/") else {
      return "."
    }
    return String(program[..<slash])
  }()
}
