import WorkerProtocol

/// What has to be fetched for a clone, and what is checked out of it.
struct GitFetchPlan: Sendable, Equatable {
  /// One attempt to get the commit.
  struct Fetch: Sendable, Equatable {
    /// The options and refspecs behind `git fetch ... <remote>`.
    let options: [String]
    let refspecs: [String]
    /// Another attempt follows, so that this one may fail.
    let isOptional: Bool
  }

  /// In order, until the commit is there. Without a commit there is one.
  let fetches: [Fetch]
  /// The commit, or what the one fetch brought.
  let target: String

  enum Problem: Error, CustomStringConvertible {
    case badRef(String)
    case badCommit(String)

    var description: String {
      switch self {
      case .badRef(let ref): "'\(ref)' is not a ref"
      case .badCommit(let commit): "'\(commit)' is not a commit id"
      }
    }
  }

  init(_ copy: ServerMessage.Copy) throws(Problem) {
    guard copy.commit.isEmpty || Self.isCommit(copy.commit) else { throw .badCommit(copy.commit) }
    guard copy.ref.isEmpty || Self.isRef(copy.ref) else { throw .badRef(copy.ref) }
    let depth = copy.depth > 0 ? ["--depth=\(copy.depth)"] : []
    let ref = Self.refspecs(copy.ref)
    guard !copy.commit.isEmpty else {
      fetches = [Fetch(options: depth, refspecs: ref, isOptional: false)]
      target = "FETCH_HEAD"
      return
    }
    target = copy.commit
    let exact = Fetch(options: depth, refspecs: [copy.commit], isOptional: true)
    if depth.isEmpty {
      // All of the ref's history; and if the ref has moved away from the commit, the commit itself.
      fetches = [
        Fetch(options: [], refspecs: ref, isOptional: false),
        Fetch(options: [], refspecs: [copy.commit], isOptional: true),
      ]
    } else {
      // Servers may refuse to give a commit by its id, and the ref may be ahead of it by more than the depth.
      fetches = [
        exact, Fetch(options: depth, refspecs: ref, isOptional: false),
        Fetch(options: ["--unshallow"], refspecs: ref, isOptional: true),
      ]
    }
  }

  /// The ref under the name that git gives it in a clone. No ref: the default branch alone.
  private static func refspecs(_ ref: String) -> [String] {
    for (prefix, target) in [("refs/heads/", "refs/remotes/origin/"), ("refs/tags/", "refs/tags/")]
    where ref.hasPrefix(prefix) {
      return ["+\(ref):\(target)\(ref.dropFirst(prefix.count))"]
    }
    if ref.hasPrefix("refs/") { return ["+\(ref):refs/remotes/\(ref.dropFirst("refs/".count))"] }
    return [ref.isEmpty ? "HEAD" : ref]
  }

  /// Hexadecimal, of SHA-1 or SHA-256.
  private static func isCommit(_ text: String) -> Bool {
    (text.utf8.count == 40 || text.utf8.count == 64)
      && text.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
      }
  }

  /// What git-check-ref-format(1) allows, as far as it matters here: no option, no refspec, no pattern.
  private static func isRef(_ text: String) -> Bool {
    !text.hasPrefix("-") && !text.hasPrefix("+") && !text.contains("..")
      && text.unicodeScalars.allSatisfy {
        $0.value > 32 && $0.value != 127 && !":^~?*[\\".unicodeScalars.contains($0)
      }
  }
}
