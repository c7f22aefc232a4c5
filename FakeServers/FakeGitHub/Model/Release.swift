import Platform

/// A release and what is attached to it.
struct Release: Sendable {
  let id: Int64
  let author: Account
  var tag: String
  var target: String
  var name: String?
  var body: String?
  var isDraft: Bool
  var isPrerelease: Bool
  let createdAt: Timestamp
  var publishedAt: Timestamp?
  var assets: [ReleaseAsset] = []
}

/// A file of a release. Its name is taken from the moment that its upload begins.
struct ReleaseAsset: Sendable {
  enum State: String, Sendable {
    /// The upload has begun, or broke off.
    case starter
    case uploaded
  }

  let id: Int64
  let uploader: Account
  var name: String
  var label: String?
  let contentType: String
  var state = State.starter
  var size: Int64 = 0
  /// Lower-case hexadecimal of the bytes' SHA-256, once they are all there.
  var sha256: String?
  /// Where the bytes are.
  let path: String
  let createdAt: Timestamp
  var updatedAt: Timestamp
  var downloads: Int64 = 0
}

extension FakeGitHub {
  /// A release as the fake's Swift interface shows it.
  public struct Release: Sendable, Hashable {
    public let id: Int64
    public let tag: String
    public let name: String?
    public let isDraft: Bool
    public let assets: [Asset]
  }

  /// A release's asset as the fake's Swift interface shows it.
  public struct Asset: Sendable, Hashable {
    public let id: Int64
    public let name: String
    public let contentType: String
    /// `starter` after an upload that broke off, else `uploaded`.
    public let state: String
    public let sizeBytes: Int64
    /// Lower-case hexadecimal, once the asset is whole.
    public let sha256: String?
  }
}

extension FakeGitHub.Release {
  init(_ release: Release) {
    self.init(
      id: release.id, tag: release.tag, name: release.name, isDraft: release.isDraft,
      assets: release.assets.map {
        FakeGitHub.Asset(
          id: $0.id, name: $0.name, contentType: $0.contentType, state: $0.state.rawValue,
          sizeBytes: $0.size, sha256: $0.sha256)
      })
  }
}
