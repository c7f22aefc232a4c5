import Glibc

/// Makes a folder and those that it lies in, where they are not there yet. Blocks: not for the cooperative pool.
package func makeDirectories(_ path: String, mode: UInt32 = 0o750) throws(SystemError) {
  var folder = path.hasPrefix("/") ? "" : "."
  for part in path.split(separator: "/") {
    folder += "/\(part)"
    if mkdir(folder, mode) != 0, errno != EEXIST { throw .last("make the folder \(folder)") }
  }
}
