import Glibc

/// Makes a folder of its own in `TMPDIR` (else `/tmp`), for the owner only; the caller removes it.
package func makeTemporaryDirectory(prefix: String = "mise-ci") throws(SystemError) -> String {
  let base = ProcessEnvironment["TMPDIR"].flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
  var template = Array("\(base)/\(prefix)-XXXXXX".utf8CString)
  guard mkdtemp(&template) != nil else { throw .last("make a folder in \(base)") }
  return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// Gives `body` a folder of its own and removes it with everything in it afterwards, on every path.
package func withTemporaryDirectory<T>(
  prefix: String = "mise-ci", _ body: (_ path: String) async throws -> T
) async throws -> T {
  let path = try makeTemporaryDirectory(prefix: prefix)
  do {
    let result = try await body(path)
    try? await removeTree(path)
    return result
  } catch {
    try? await removeTree(path)
    throw error
  }
}

/// Removes a file or a folder with everything in it; links are removed, not followed.
package func removeTree(_ path: String) async throws {
  try await BlockingExecutor.files.run { try removeTreeBlocking(path) }
}

private func removeTreeBlocking(_ path: String) throws(SystemError) {
  if unlink(path) == 0 || errno == ENOENT { return }
  guard errno == EISDIR || errno == EPERM else { throw .last("remove \(path)") }
  guard let folder = opendir(path) else { throw .last("remove \(path)") }
  var names: [String] = []
  while let entry = readdir(folder) {
    let name = withUnsafePointer(to: &entry.pointee.d_name) {
      $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
    }
    if name != ".", name != ".." { names.append(name) }
  }
  closedir(folder)
  for name in names { try removeTreeBlocking("\(path)/\(name)") }
  if rmdir(path) != 0, errno != ENOENT { throw .last("remove \(path)") }
}
