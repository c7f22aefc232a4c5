package import Platform

/// A place where repositories live, that tells about pushes and is told how they went.
///
/// Repositories are named `owner/name`. Calls that write may be repeated by the caller after any error: a status
/// replaces the one before, and an upload reports that its asset exists.
package protocol Forge: Sendable {
  /// Verifies who sent a webhook and says what it is about.
  ///
  /// - Throws: `badSignature` before anything is parsed; `malformed`, `tooLarge`, `unsupportedMediaType`.
  func decodeWebhook(_ request: WebhookRequest) throws(ForgeError) -> WebhookDelivery

  /// Credentials that can read this one repository for a while.
  func cloneCredentials(repository: String) async throws(ForgeError) -> CloneCredentials

  /// Sets the status of a commit in its context.
  ///
  /// - Parameter sha: the commit's full name.
  func updateStatus(repository: String, sha: String, status: CommitStatus) async throws(ForgeError)

  /// The asset of that name on the release of that tag, once its upload is complete; `nil` when there is none.
  ///
  /// - Throws: `notFound` with the message `release with tag 'T' not found`.
  func releaseAsset(repository: String, tag: String, name: String) async throws(ForgeError) -> ReleaseAsset?

  /// Uploads an asset to a release that exists. Never waits for a release, never creates one, never replaces an asset.
  ///
  /// - Parameters:
  ///   - content: of known length; consumed, also when the upload fails.
  ///   - contentType: a media type (`application/octet-stream`).
  /// - Throws: `notFound` with the message `release with tag 'T' not found`; `conflict` when the name is taken.
  @discardableResult
  func uploadReleaseAsset(
    repository: String, tag: String, name: String, content: ByteStream, contentType: String
  ) async throws(ForgeError) -> ReleaseAsset
}
