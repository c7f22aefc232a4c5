import Glibc

/// The environment with which the worker's own process was started, as others of the same user can read it in
/// `/proc/PID/environ` (proc(5)).
package enum WorkerProcessEnvironment {
  /// Wipes out the values that commands must not see, where they lie. For the main program, once its options were read
  /// and before anything is started; from then on the variables are empty for this process too.
  package static func hide(token: String, callbackURL: String) {
    hide(token: token, callbackURL: callbackURL, in: environ)
  }

  /// - Parameter entries: `NAME=value` strings that may be written to, ended by a null pointer.
  static func hide(
    token: String, callbackURL: String, in entries: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
  ) {
    var next = entries
    while let entry = next.pointee {
      next += 1
      guard let equals = strchr(entry, Int32(UInt8(ascii: "="))) else { continue }
      let name = String(decoding: UnsafeRawBufferPointer(start: entry, count: equals - entry), as: UTF8.self)
      let value = equals + 1
      if CommandEnvironment.isOwn(name: name, value: String(cString: value), secrets: [token, callbackURL]) {
        memset(value, 0, strlen(value))
      }
    }
  }
}
