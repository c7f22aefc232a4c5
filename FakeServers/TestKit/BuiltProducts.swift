import Glibc

/// The executables that the build made, which lie beside the test bundle and beside each other.
package enum BuiltProducts {
  /// The path of a built executable of this package, such as `mise-ci`; `nil` when it was not built.
  package static func path(_ name: String) -> String? {
    let path = "\(folder)/\(name)"
    return access(path, X_OK) == 0 ? path : nil
  }

  /// The folder that the running program or test bundle lies in.
  package static let folder: String = {
    var path = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink("/proc/self/exe", &path, path.count)
    guard count > 0 else { return "." }
    let bytes = path.prefix(count).map { UInt8(bitPattern: $0) }
    let end = bytes.lastIndex(of: UInt8(ascii: "/")) ?? 0
    return String(decoding: bytes[..<end], as: UTF8.self)
  }()

  /// A variable of this process's environment.
  package static func environment(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
  }
}
