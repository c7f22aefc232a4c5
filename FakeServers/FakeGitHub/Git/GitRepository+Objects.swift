/// What lies in git's objects.
extension GitRepository {
  /// A file, folder, link or submodule in a tree.
  struct Entry: Sendable {
    /// Octal, such as `100644`.
    let mode: String
    /// `blob`, `tree` or `commit`.
    let type: String
    let sha: String
    /// Of a blob.
    let bytes: Int64?
    /// From the root.
    let path: String

    var name: String { path.split(separator: "/").last.map(String.init) ?? path }
  }

  /// What is at a path of a commit; `nil` when nothing is. The root is the empty path.
  func entry(at path: String, of commit: String) async throws -> Entry? {
    if path.isEmpty {
      let tree = try await run(["rev-parse", "--verify", "\(commit)^{tree}"]).line
      return Entry(mode: "040000", type: "tree", sha: tree, bytes: nil, path: "")
    }
    return try await entries(["\(commit)", "--", path], below: "").first { $0.path == path }
  }

  /// The entries of a tree, with their paths below a folder.
  func entries(
    ofTree tree: String, below folder: String = "", recursively: Bool = false
  ) async throws -> [Entry] {
    try await entries((recursively ? ["-r", "-t"] : []) + [tree], below: folder)
  }

  private func entries(_ arguments: [String], below folder: String) async throws -> [Entry] {
    let listed = try await run(["--literal-pathspecs", "ls-tree", "-z", "--long"] + arguments)
    return String(decoding: listed.output, as: UTF8.self).split(separator: "\0").compactMap { line in
      let halves = line.split(separator: "\t", maxSplits: 1)
      let words = halves.first?.split(separator: " ") ?? []
      guard halves.count == 2, words.count == 4 else { return nil }
      let path = folder.isEmpty ? String(halves[1]) : "\(folder)/\(halves[1])"
      return Entry(
        mode: String(words[0]), type: String(words[1]), sha: String(words[2]), bytes: Int64(words[3]),
        path: path)
    }
  }

  /// The bytes of a blob; `nil` when there is no such blob.
  func blob(_ sha: String) async throws -> [UInt8]? {
    guard Self.isSHA(sha) else { return nil }
    let result = try await attempt(["cat-file", "blob", sha])
    return result.exitCode == 0 ? result.output : nil
  }

  /// The type of an object; `nil` when there is none.
  func type(of sha: String) async throws -> String? {
    guard Self.isSHA(sha) else { return nil }
    let result = try await attempt(["cat-file", "-t", sha])
    return result.exitCode == 0 ? result.line : nil
  }

  /// An annotated tag's object.
  struct Tag: Sendable {
    let name: String
    let target: String
    let targetType: String
    let tagger: GitCommit.Signature
    let message: String
  }

  /// The tag object of that sha.
  func tag(object sha: String) async throws -> Tag? {
    guard try await type(of: sha) == "tag" else { return nil }
    let text = String(decoding: try await run(["cat-file", "tag", sha]).output, as: UTF8.self)
    let parts = text.split(separator: "\n\n", maxSplits: 1)
    var fields: [Substring: Substring] = [:]
    for line in (parts.first ?? "").split(separator: "\n") {
      let words = line.split(separator: " ", maxSplits: 1)
      if words.count == 2 { fields[words[0]] = words[1] }
    }
    let ref = "%(taggername)%1f%(taggeremail:trim)%1f%(taggerdate:iso-strict)"
    let found = try await run(["for-each-ref", "--format=%(objectname)%1f\(ref)", "refs/tags/"]).line
    let who = found.split(separator: "\n").map { $0.split(separator: "\u{1f}").map(String.init) }
      .first { $0.first == sha && $0.count == 4 }
    return Tag(
      name: String(fields["tag"] ?? ""), target: String(fields["object"] ?? ""),
      targetType: String(fields["type"] ?? ""),
      tagger: GitCommit.Signature(
        name: who?[1] ?? "", email: who?[2] ?? "", time: who?[3] ?? "1970-01-01T00:00:00Z"),
      message: parts.count == 2 ? String(parts[1]) : "")
  }

  /// Whether it is a whole sha, not a name.
  static func isSHA(_ text: String) -> Bool {
    text.utf8.count == 40
      && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
  }
}
