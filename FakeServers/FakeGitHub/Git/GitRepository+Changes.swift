/// What differs between commits.
extension GitRepository {
  /// A file that two commits have differently.
  struct Change: Sendable {
    let path: String
    /// GitHub's word: `added`, `removed` or `modified`.
    let status: String
    /// The blob after the change; before it for a file that is gone.
    let sha: String
    /// Lines; 0 for a binary file.
    let additions: Int64
    let deletions: Int64
  }

  /// The empty tree, which the first commit is compared with.
  private static let emptyTree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"

  /// The files that differ, in the order of their paths.
  ///
  /// - Parameter old: a commit; `nil` for nothing at all.
  func changes(from old: String?, to new: String) async throws -> [Change] {
    let listed = try await run(
      ["diff-tree", "-r", "--raw", "--numstat", "--no-renames", "--abbrev=40", old ?? Self.emptyTree, new])
    var raw: [(path: String, status: String, sha: String)] = []
    var lines: [String: (Int64, Int64)] = [:]
    for line in String(decoding: listed.output, as: UTF8.self).split(separator: "\n") {
      let fields = line.split(separator: "\t", maxSplits: 2).map(String.init)
      if line.hasPrefix(":"), fields.count == 2 {
        let words = fields[0].split(separator: " ").map(String.init)
        guard words.count == 5 else { continue }
        switch words[4] {
        case "A": raw.append((fields[1], "added", words[3]))
        case "D": raw.append((fields[1], "removed", words[2]))
        default: raw.append((fields[1], "modified", words[3]))
        }
      } else if fields.count == 3 {
        lines[fields[2]] = (Int64(fields[0]) ?? 0, Int64(fields[1]) ?? 0)
      }
    }
    return raw.map { path, status, sha in
      let count = lines[path] ?? (0, 0)
      return Change(path: path, status: status, sha: sha, additions: count.0, deletions: count.1)
    }
  }

  /// The shas that can be reached from a commit but not from others, newest first.
  ///
  /// - Parameter path: only those that changed something there.
  func history(of commit: String, without others: [String] = [], path: String? = nil) async throws
    -> [String]
  {
    let lines = try await run(
      ["--literal-pathspecs", "rev-list", commit] + others.map { "^\($0)" } + ["--"]
        + (path.map { [$0] } ?? []))
    return lines.line.split(separator: "\n").map(String.init)
  }

  /// Those commits, in that order.
  func details(of shas: [String]) async throws -> [GitCommit] {
    shas.isEmpty ? [] : try await log(["--no-walk=unsorted"] + shas)
  }

  /// The newest commit that both have; `nil` when they have nothing in common.
  func mergeBase(_ first: String, _ second: String) async throws -> String? {
    let found = try await attempt(["merge-base", first, second])
    return found.exitCode == 0 ? found.line : nil
  }
}
