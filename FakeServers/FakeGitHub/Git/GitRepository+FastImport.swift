import Platform

extension GitRepository {
  /// Commits to a branch and gives the commit's sha. A branch that is missing begins at `start`, or with no parent.
  ///
  /// One `git fast-import` does it all: no work tree, no index, and a branch that moved in between is refused.
  func commit(
    files: [String: FakeFile], removing removed: [String], message: String, branch: String,
    startingAt start: String?, author: String, at time: Timestamp
  ) async throws -> String {
    let ref = "refs/heads/\(branch)"
    guard Self.isPlainName(branch) else {
      throw FakeGitHubError(.invalidArgument, "'\(branch)' is no name of a branch")
    }
    let parent = try await commit("heads/\(branch)") ?? start
    var stream: [UInt8] = []
    func line(_ text: String) { stream += Array((text + "\n").utf8) }
    func data(_ bytes: [UInt8]) {
      line("data \(bytes.count)")
      stream += bytes
      line("")
    }
    line("commit \(ref)")
    line("author \(author) <\(author)@users.example> \(time.milliseconds / 1_000) +0000")
    line("committer \(author) <\(author)@users.example> \(time.milliseconds / 1_000) +0000")
    data(Array(message.utf8))
    if let parent { line("from \(parent)") }
    for path in removed { line("D \(Self.quoted(path))") }
    for (path, file) in files.sorted(by: { $0.key < $1.key }) {
      line("M \(file.isExecutable ? "100755" : "100644") inline \(Self.quoted(path))")
      data(file.contents)
    }
    line("done")
    try await run(["fast-import", "--quiet", "--done", "--date-format=raw"], input: stream)
    guard let sha = try await commit("heads/\(branch)") else {
      throw FakeGitHubError(.git, "\(path) has no branch '\(branch)' after a commit to it")
    }
    return sha
  }

  /// Makes an annotated tag when there is a message, else a lightweight one; a tag that is there moves.
  func tag(_ name: String, at sha: String, message: String?) async throws {
    guard Self.isPlainName(name) else {
      throw FakeGitHubError(.invalidArgument, "'\(name)' is no name of a tag")
    }
    let annotation = message.map { ["--annotate", "--message=\($0)"] } ?? []
    try await run(["tag", "--force", "--no-sign"] + annotation + [name, sha])
  }

  /// Brings `refs/heads/branch` of another repository here, under another name, and gives its commit.
  func fetch(branch: String, from other: GitRepository, into ref: String) async throws -> String {
    guard let sha = try await other.commit("heads/\(branch)") else {
      throw FakeGitHubError(.notFound, "there is no branch '\(branch)'")
    }
    try await run(["fetch", "--quiet", "--no-tags", other.path, "+refs/heads/\(branch):\(ref)"])
    return sha
  }

  /// The merge commit of two commits; `nil` when they conflict.
  func merge(base: String, head: String, message: String) async throws -> String? {
    let merged = try await attempt(["merge-tree", "--write-tree", base, head])
    guard merged.exitCode == 0 else {
      if merged.exitCode == 1 { return nil }
      throw FakeGitHubError(.git, "git merge-tree: \(String(decoding: merged.error, as: UTF8.self))")
    }
    return try await run(["commit-tree", merged.line, "-p", base, "-p", head, "-m", message]).line
  }

  /// A path as fast-import reads it, quoted like a C string.
  private static func quoted(_ path: String) -> String {
    let escaped = path.utf8.map { byte -> String in
      switch byte {
      case UInt8(ascii: "\""): "\\\""
      case UInt8(ascii: "\\"): "\\\\"
      case UInt8(ascii: "\n"): "\\n"
      default: byte < 0x80 ? String(UnicodeScalar(byte)) : Self.octal(byte)
      }
    }
    return "\"\(escaped.joined())\""
  }

  private static func octal(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 8)
    return "\\" + String(repeating: "0", count: 3 - digits.count) + digits
  }
}
