import Glibc

/// Which file a command's name means, as a shell would tell it.
enum ExecutableLookup: Equatable {
  case found(String)
  /// There, but not to be executed: exit code 126.
  case notExecutable
  /// Exit code 127.
  case notFound

  /// A name with a slash is a path, from `folder`; any other is looked up in `path`, whose relative and empty
  /// entries are passed over. Blocks: for an executor of files.
  init(_ name: String, path: String, folder: String) {
    var candidates: [String]
    if name.contains("/") {
      candidates = [name.hasPrefix("/") ? name : "\(folder)/\(name)"]
    } else {
      candidates = path.split(separator: ":").filter { $0.hasPrefix("/") }.map { "\($0)/\(name)" }
    }
    if name.isEmpty { candidates = [] }
    self = .notFound
    for candidate in candidates {
      var status = stat()
      guard stat(candidate, &status) == 0 else { continue }
      if status.st_mode & S_IFMT == S_IFREG, access(candidate, X_OK) == 0 {
        self = .found(candidate)
        return
      }
      self = .notExecutable
    }
  }
}
