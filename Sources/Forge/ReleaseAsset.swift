/// A file that hangs on a release.
package struct ReleaseAsset: Sendable, Hashable {
  /// As the forge calls it, which may differ from what was asked for.
  package let name: String
  package let sizeBytes: Int64
  /// SHA-256 of the content in lower-case hexadecimal, where the forge tells it.
  package let sha256: String?

  package init(name: String, sizeBytes: Int64, sha256: String?) {
    self.name = name
    self.sizeBytes = sizeBytes
    self.sha256 = sha256
  }
}
