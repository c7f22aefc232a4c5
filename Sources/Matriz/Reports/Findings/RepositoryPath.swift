/// Names files as the repository does.
enum RepositoryPath {
  /// Linux knows no longer ones (`PATH_MAX`).
  static let maximumBytes = 4_096

  /// The path from the repository's root; `nil` for what is not in the repository.
  ///
  /// - Parameters:
  ///   - path: relative to the root, or absolute where the job ran. `.` and `..` are resolved by name.
  ///   - checkout: the folder of the repository where the job ran, where it is known.
  static func relative(_ path: String, checkout: String?) -> String? {
    guard !path.isEmpty, path.utf8.count <= maximumBytes,
      path.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
    else { return nil }
    guard path.hasPrefix("/") else { return resolved(path).map(joined) ?? nil }
    guard let checkout, let root = resolved(checkout), let names = resolved(path), names.starts(with: root)
    else { return nil }
    return joined(names.dropFirst(root.count))
  }

  /// The names on the way; `nil` when it leads above its beginning.
  private static func resolved(_ path: String) -> [Substring]? {
    var names: [Substring] = []
    for name in path.split(separator: "/") where name != "." {
      if name != ".." {
        names.append(name)
      } else if names.popLast() == nil {
        return nil
      }
    }
    return names
  }

  private static func joined(_ names: some Sequence<Substring>) -> String? {
    let path = names.joined(separator: "/")
    return path.isEmpty ? nil : path
  }
}
