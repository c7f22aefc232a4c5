import Platform

/// A repository of a `FakeGitHub`, to commit to, tag and release from code.
///
/// What is named after git (`commit`, `tag`) changes git only; what is named after an event (`push`, `pushTag`, ...) also
/// delivers it, and returns once the receiver has answered.
public struct FakeRepository: Sendable {
  /// `owner/name`.
  public let fullName: String
  let service: Service

  /// The git folder. Real git can be used on it.
  public var gitFolder: String { get throws { try record.git.path } }

  /// Where git clones it from; a private one wants a token.
  public var cloneURL: String { "\(service.representation.origin)/\(fullName).git" }

  public var defaultBranch: String { get throws { try record.defaultBranch } }

  /// What came of a push: the commit, and what the webhook's receiver answered (`nil` without a webhook).
  public struct Push: Sendable, Hashable {
    public let sha: String
    public let delivery: FakeGitHub.Delivery?
  }

  /// Commits files to a branch (the default one when none is named) and gives the commit's sha. A new branch begins
  /// at the default one.
  ///
  /// - Parameters:
  ///   - files: contents by path; files that are not named stay as they are.
  ///   - removing: paths of files or folders that go.
  @discardableResult
  public func commit(
    files: [String: FakeFile], removing: [String] = [], message: String = "Change", branch: String? = nil,
    author: String = "alice"
  ) async throws -> String {
    try await service.commit(
      to: fullName, files: files, removing: removing, message: message, branch: branch, author: author)
  }

  /// A commit and the `push` event of it.
  @discardableResult
  public func push(
    files: [String: FakeFile], removing: [String] = [], message: String = "Change", branch: String? = nil,
    author: String = "alice"
  ) async throws -> Push {
    try await service.push(
      to: fullName, files: files, removing: removing, message: message, branch: branch, author: author)
  }

  /// Tags a commit; annotated when there is a message.
  public func tag(_ name: String, at sha: String, message: String? = nil) async throws {
    try await record.git.tag(name, at: sha, message: message)
  }

  /// A tag and its `push` event.
  @discardableResult
  public func pushTag(_ name: String, at sha: String, message: String? = nil) async throws -> Push {
    try await service.pushTag(name, at: sha, message: message, to: fullName)
  }

  /// Deletes a branch (`heads/x`) or tag (`tags/x`) and delivers the `push` that says so.
  @discardableResult
  public func pushDeletion(of ref: String) async throws -> Push {
    try await service.pushDeletion(of: ref, in: fullName)
  }

  /// The commit that a branch, tag or sha stands for.
  public func sha(of ref: String) async throws -> String? {
    try await record.git.commit(ref)
  }

  /// Opens a pull request and delivers `opened`. Head and base are branches; the head's is in `fork` where one is named.
  public func openPullRequest(
    head: String, base: String? = nil, title: String = "A change", fromFork fork: FakeRepository? = nil,
    author: String = "alice"
  ) async throws -> FakeGitHub.PullRequest {
    try await service.openPullRequest(
      in: fullName, head: head, base: base, title: title, fork: fork?.fullName, author: author)
  }

  /// Takes over what was committed to the head branch since, and delivers `synchronize`.
  public func synchronizePullRequest(_ number: Int64) async throws -> FakeGitHub.PullRequest {
    try await service.synchronizePullRequest(number, in: fullName)
  }

  /// Closes a pull request and delivers `closed`; `reopen` the other way.
  public func closePullRequest(_ number: Int64) async throws -> FakeGitHub.PullRequest {
    try await service.setPullRequest(number, isOpen: false, in: fullName)
  }

  public func reopenPullRequest(_ number: Int64) async throws -> FakeGitHub.PullRequest {
    try await service.setPullRequest(number, isOpen: true, in: fullName)
  }

  /// Makes a release, its tag too where that is missing; and delivers `published` unless it is a draft.
  @discardableResult
  public func publishRelease(
    tag: String, name: String? = nil, target: String? = nil, isDraft: Bool = false
  ) async throws -> FakeGitHub.Release {
    try await service.publishRelease(in: fullName, tag: tag, name: name, target: target, isDraft: isDraft)
  }

  /// The releases, oldest first.
  public var releases: [FakeGitHub.Release] {
    get throws { try record.releases.map { FakeGitHub.Release($0) } }
  }

  /// The bytes of an asset that was uploaded whole. Meant for small ones: they are read into memory.
  public func assetContents(_ name: String, ofTag tag: String) async throws -> [UInt8] {
    try await service.assetContents(name, tag: tag, in: fullName)
  }

  /// Every status of a sha, in the order in which they came.
  public func statuses(of sha: String) throws -> [FakeGitHub.CommitStatus] {
    try record.statuses.filter { $0.sha == sha }
  }

  private var record: Repository {
    get throws {
      guard let record = service.model.withLock({ $0.repository(fullName) }) else {
        throw FakeGitHubError(.notFound, "there is no repository '\(fullName)'")
      }
      return record
    }
  }
}
