/// A commit as git has it.
struct GitCommit: Sendable {
  struct Signature: Sendable {
    let name: String
    let email: String
    /// RFC 3339 with the author's own offset.
    let time: String
  }

  let sha: String
  let tree: String
  let parents: [String]
  let author: Signature
  let committer: Signature
  let message: String
  /// Paths against the first parent.
  var added: [String] = []
  var removed: [String] = []
  var modified: [String] = []
}

extension GitRepository {
  /// A push's webhook lists at most so many commits.
  static let maximumListedCommits = 2_048

  /// The commit of that sha with the paths that it changed.
  func details(of sha: String) async throws -> GitCommit {
    guard let commit = try await log(["-1", sha]).first else {
      throw FakeGitHubError(.git, "\(path) has no commit \(sha)")
    }
    return commit
  }

  /// The commits that `new` has and `old` has not, oldest first; all of them when `old` is `zero`.
  func commits(from old: String, to new: String) async throws -> [GitCommit] {
    let range = old == Self.zero ? [new] : [new, "^\(old)"]
    return try await log(["--reverse", "--max-count=\(Self.maximumListedCommits)"] + range)
  }

  func isAncestor(_ old: String, of new: String) async throws -> Bool {
    try await attempt(["merge-base", "--is-ancestor", old, new]).exitCode == 0
  }

  func log(_ arguments: [String]) async throws -> [GitCommit] {
    let fields = ["%H", "%T", "%P", "%an", "%ae", "%aI", "%cn", "%ce", "%cI", "%B"]
    let format = "%x1e" + fields.joined(separator: "%x1f") + "%x1f"
    let output = try await run(
      ["log", "--format=\(format)", "--name-status", "--no-renames", "--diff-merges=first-parent"]
        + arguments)
    return String(decoding: output.output, as: UTF8.self).split(separator: "\u{1e}")
      .compactMap(Self.commit)
  }

  private static func commit(_ record: Substring) -> GitCommit? {
    let fields = record.split(separator: "\u{1f}", omittingEmptySubsequences: false).map(String.init)
    guard fields.count == 11 else { return nil }
    var message = fields[9]
    while message.hasSuffix("\n") { message.removeLast() }
    var commit = GitCommit(
      sha: fields[0], tree: fields[1], parents: fields[2].split(separator: " ").map(String.init),
      author: GitCommit.Signature(name: fields[3], email: fields[4], time: fields[5]),
      committer: GitCommit.Signature(name: fields[6], email: fields[7], time: fields[8]),
      message: message)
    for line in fields[10].split(separator: "\n") {
      let path = String(line.drop { $0 != "\t" }.dropFirst())
      switch line.first {
      case "A": commit.added.append(path)
      case "D": commit.removed.append(path)
      default: commit.modified.append(path)
      }
    }
    return commit
  }
}
