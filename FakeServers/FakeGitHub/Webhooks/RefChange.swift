/// A ref that has another value than before.
struct RefChange: Sendable {
  /// With `refs/`.
  let ref: String
  let old: String
  let new: String
  let isForced: Bool
  /// Those that the ref has now and had not before, oldest first; none for a tag.
  let commits: [GitCommit]
  let head: GitCommit?

  var isCreated: Bool { old == GitRepository.zero }
  var isDeleted: Bool { new == GitRepository.zero }
  var isTag: Bool { ref.hasPrefix("refs/tags/") }

  /// The name of the branch or tag.
  var shortName: String {
    ref.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false).last.map(String.init) ?? ref
  }

  /// Looks the commits up in git.
  init(ref: String, from old: String, to new: String, in repository: Repository) async throws {
    let git = repository.git
    let isCreated = old == GitRepository.zero
    let isDeleted = new == GitRepository.zero
    let isTag = ref.hasPrefix("refs/tags/")
    self.ref = ref
    self.old = old
    self.new = new
    if isDeleted {
      (isForced, commits, head) = (false, [], nil)
      return
    }
    // An annotated tag's value is no commit.
    let commit = try await git.run(["rev-parse", "--verify", "\(new)^{commit}"]).line
    head = try await git.details(of: commit)
    isForced = isCreated ? false : !(try await git.isAncestor(old, of: new))
    if isTag {
      commits = []
    } else {
      commits = try await git.commits(
        from: isCreated ? try await Self.known(but: ref, in: repository) : old, to: commit)
    }
  }

  /// A new branch's own commits are those that the default branch has not.
  private static func known(but ref: String, in repository: Repository) async throws -> String {
    if ref == "refs/heads/\(repository.defaultBranch)" { return GitRepository.zero }
    return try await repository.git.commit("heads/\(repository.defaultBranch)") ?? GitRepository.zero
  }
}
