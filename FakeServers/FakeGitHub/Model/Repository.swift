import Platform

/// A repository: its git folder, and what GitHub knows of it beside.
struct Repository: Sendable {
  let id: Int64
  var owner: Account
  var name: String
  let git: GitRepository
  let defaultBranch: String
  let isPrivate: Bool
  /// Whether the App may see it.
  var isInstalled: Bool
  /// The repository that this one is a fork of.
  var parent: String?
  let createdAt: Timestamp
  var pushedAt: Timestamp
  /// In order of their making.
  var statuses: [FakeGitHub.CommitStatus] = []
  var releases: [Release] = []
  var pullRequests: [PullRequest] = []
  var checkSuites: [CheckSuite] = []
  var checkRuns: [FakeGitHub.CheckRun] = []
  var actions = ActionsState()
  /// `read`, `write` or `admin`, by login in lower case.
  var collaborators: [String: String] = [Service.defaultUser: "write"]

  var fullName: String { "\(owner.login)/\(name)" }

  /// What somebody may do with it: `none`, `read`, `write` or `admin`.
  func permission(of account: Account) -> String {
    if account.id == owner.id { return "admin" }
    return collaborators[account.login.lowercased()] ?? (isPrivate ? "none" : "read")
  }

  func release(id: Int64) -> Release? { releases.first { $0.id == id } }

  mutating func updateAsset<T>(_ id: Int64, _ body: (inout ReleaseAsset) -> T) -> T? {
    for release in releases.indices {
      guard let asset = releases[release].assets.firstIndex(where: { $0.id == id }) else { continue }
      return body(&releases[release].assets[asset])
    }
    return nil
  }

  mutating func removeAsset(_ id: Int64) -> ReleaseAsset? {
    for release in releases.indices {
      guard let asset = releases[release].assets.firstIndex(where: { $0.id == id }) else { continue }
      return releases[release].assets.remove(at: asset)
    }
    return nil
  }
}
