import Glibc

/// Paths of commands: relative ones lie in the work folder and do not leave it; an absolute one is taken as the
/// server gave it.
struct WorkPath: Sendable {
  /// Absolute, without a slash at its end.
  let folder: String

  enum Problem: Error, CustomStringConvertible {
    case leavesFolder(String)
    case unusable(String)

    var description: String {
      switch self {
      case .leavesFolder(let path): "'\(path)' leads out of the work folder"
      case .unusable(let path): "'\(path)' is not a path"
      }
    }
  }

  /// The absolute path that is meant, without `.` and `..`. Looks at no file.
  func resolve(_ path: String) throws(Problem) -> String {
    guard !path.utf8.contains(0) else { throw .unusable("a path with a NUL") }
    if path.hasPrefix("/") { return path }
    var parts: [Substring] = []
    for part in path.split(separator: "/") where part != "." {
      if part != ".." {
        parts.append(part)
      } else if parts.popLast() == nil {
        throw .leavesFolder(path)
      }
    }
    return parts.isEmpty ? folder : folder + "/" + parts.joined(separator: "/")
  }

  /// Follows the links of a path that was given relative and refuses one whose file lies outside of the folder.
  /// Blocks: for an executor of files.
  func checkLinks(of path: String, resolved: String) throws(Problem) {
    guard !path.hasPrefix("/"), let real = realpath(resolved, nil) else { return }
    defer { free(real) }
    guard let root = realpath(folder, nil) else { return }
    defer { free(root) }
    let (target, base) = (String(cString: real), String(cString: root))
    guard target == base || target.hasPrefix(base + "/") else { throw .leavesFolder(path) }
  }
}
