/// A git folder, bare or inside a work tree.
struct GitRepository: Sendable, Hashable {
  /// The git folder itself: the bare repository, or the work tree's `.git`.
  let path: String

  /// The value of a ref that is not there, and of one that was deleted.
  static let zero = String(repeating: "0", count: 40)

  /// A new bare repository whose HEAD is that branch.
  static func create(at path: String, defaultBranch: String) async throws -> GitRepository {
    try await Git.run(["init", "--quiet", "--bare", "--initial-branch=\(defaultBranch)", path])
    return GitRepository(path: path)
  }

  /// The repository that a folder is in.
  static func open(_ folder: String) async throws -> GitRepository {
    let result = try await Git.attempt(["-C", folder, "rev-parse", "--absolute-git-dir"])
    guard result.exitCode == 0 else {
      throw FakeGitHubError(.invalidArgument, "\(folder) is no git repository")
    }
    return GitRepository(path: result.line)
  }

  /// A bare copy, as a fork is.
  func copy(to path: String) async throws -> GitRepository {
    try await Git.run(["clone", "--quiet", "--bare", self.path, path])
    return GitRepository(path: path)
  }

  @discardableResult
  func run(_ arguments: [String], input: [UInt8] = []) async throws -> Git.Result {
    try await Git.run(["--git-dir=\(path)"] + arguments, input: input)
  }

  func attempt(_ arguments: [String]) async throws -> Git.Result {
    try await Git.attempt(["--git-dir=\(path)"] + arguments)
  }

  /// The branch that HEAD names, whether or not it has a commit.
  func headBranch() async throws -> String {
    let name = try await attempt(["symbolic-ref", "--short", "HEAD"])
    return name.exitCode == 0 ? name.line : "main"
  }

  /// Every ref with its value; an annotated tag's is the tag object.
  func refs() async throws -> [String: String] {
    let lines = try await run(["for-each-ref", "--format=%(refname) %(objectname)"]).line
    let pairs = lines.split(separator: "\n").compactMap { line -> (String, String)? in
      let words = line.split(separator: " ")
      return words.count == 2 ? (String(words[0]), String(words[1])) : nil
    }
    return Dictionary(pairs, uniquingKeysWith: { $1 })
  }

  /// The commit that a branch, a tag, a full ref without `refs/`, or a (shortened) sha stands for.
  func commit(_ name: String) async throws -> String? {
    guard Self.isPlainName(name) else { return nil }
    let isHexadecimal = name.utf8.allSatisfy { $0.isHexadecimalDigit }
    var candidates = ["refs/heads/\(name)", "refs/tags/\(name)", "refs/\(name)"]
    if isHexadecimal, (4...40).contains(name.utf8.count) { candidates.insert(name, at: 0) }
    if name == "HEAD" { candidates = ["HEAD"] }
    for candidate in candidates {
      let result = try await attempt(["rev-parse", "--verify", "--quiet", "\(candidate)^{commit}"])
      if result.exitCode == 0 { return result.line }
    }
    return nil
  }

  /// The branches whose head a commit is, in the order of their names.
  func branches(at sha: String) async throws -> [String] {
    let lines = try await run([
      "for-each-ref", "--format=%(refname:lstrip=2)", "--points-at=\(sha)", "refs/heads/",
    ])
    return lines.line.split(separator: "\n").map(String.init)
  }

  /// The object that a ref (with `refs/`) has, and its type.
  func object(ofRef ref: String) async throws -> (sha: String, type: String)? {
    guard Self.isPlainName(ref) else { return nil }
    let result = try await attempt(["for-each-ref", "--format=%(objectname) %(objecttype)", ref])
    let words = result.line.split(separator: "\n").first?.split(separator: " ") ?? []
    guard result.exitCode == 0, words.count == 2,
      try await attempt(["show-ref", "--verify", "--quiet", ref]).exitCode == 0
    else { return nil }
    return (String(words[0]), String(words[1]))
  }

  /// Sets a ref, or makes it.
  func setRef(_ ref: String, to sha: String) async throws {
    try await run(["update-ref", ref, sha])
  }

  func deleteRef(_ ref: String) async throws {
    try await run(["update-ref", "-d", ref])
  }

  /// Whether git would not read an operator (`..`, `^`, `@{`), a path or an option into the name.
  static func isPlainName(_ name: String) -> Bool {
    !name.isEmpty && name.utf8.count <= 255 && !name.hasPrefix("-") && !name.hasPrefix("/")
      && !name.hasSuffix("/") && !name.hasSuffix(".lock") && !name.contains("..")
      && !name.contains("//") && !name.contains("@{")
      && name.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7f && !Array("~^:?*[\\".utf8).contains($0) }
  }
}

extension UInt8 {
  var isHexadecimalDigit: Bool {
    (0x30...0x39).contains(self) || (0x41...0x46).contains(self) || (0x61...0x66).contains(self)
  }
}
