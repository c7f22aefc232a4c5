import Glibc

/// Makes a folder and those that it lies in, where they are not there yet. Blocks: not for the cooperative pool.
///
/// What is there and is no folder is a `SystemError` with `ENOTDIR`.
package func makeDirectories(_ path: String, mode: UInt32 = 0o750) throws(SystemError) {
  var folder = path.hasPrefix("/") ? "" : "."
  for part in path.split(separator: "/") {
    folder += "/\(part)"
    if mkdir(folder, mode) != 0, errno != EEXIST { throw .last("make the folder \(folder)") }
  }
  var status = stat()
  guard stat(folder.isEmpty ? "/" : folder, &status) == 0 else { throw .last("make the folder \(folder)") }
  guard status.st_mode & S_IFMT == S_IFDIR else {
    throw SystemError(code: ENOTDIR, operation: "make the folder \(folder)")
  }
}

/// The path, seen from the root.
package func absolutePath(_ path: String) throws(SystemError) -> String {
  if path.hasPrefix("/") { return path }
  var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
  guard getcwd(&buffer, buffer.count) != nil else { throw .last("find the working directory") }
  let folder = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  return "\(folder)/\(path.hasPrefix("./") ? String(path.dropFirst(2)) : path)"
}
