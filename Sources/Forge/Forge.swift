package import Platform

/// A place where repositories live, that tells about pushes and is told how they went.
///
/// Repositories are named `owner/name`. Calls that write may be repeated by the caller after any error: a status
/// or check replaces the one before, and an upload reports that its asset exists.
package protocol Forge: Sendable {
  /// Verifies who sent a webhook; nothing of it is parsed.
  ///
  /// - Throws: `badSignature`, `tooLarge`.
  func authenticate(_ request: WebhookRequest) throws(ForgeError) -> AuthenticWebhook

  /// Says what an authentic webhook is about, when it came or at any time later.
  ///
  /// - Throws: `malformed`, `unsupportedMediaType`.
  func decode(_ webhook: AuthenticWebhook) throws(ForgeError) -> WebhookDelivery

  /// The JSON in an authentic webhook's body, for people to read.
  ///
  /// - Throws: `malformed`, `unsupportedMediaType` where there is none.
  func payload(of webhook: AuthenticWebhook) throws(ForgeError) -> [UInt8]

  /// The deliveries that the forge tried in vain, none of whose attempts was answered well; those are left out whose
  /// last attempt was before `since`. Newest first; of a very long list the oldest may be missing. Empty when our
  /// credentials are of a kind that has no deliveries.
  func failedDeliveries(since: Timestamp) async throws(ForgeError) -> [FailedDelivery]

  /// Asks for a delivery to be sent again; it comes, if it does, some time after the answer.
  ///
  /// - Throws: `notFound` when the forge has it no more.
  func redeliver(_ delivery: FailedDelivery) async throws(ForgeError)

  /// The whole message of a commit.
  ///
  /// - Parameter sha: the commit's full name.
  func commitMessage(repository: String, sha: String) async throws(ForgeError) -> String

  /// Whether somebody may write to the repository: a forge may show its buttons to more people than those.
  ///
  /// - Parameter user: the account's name, as webhooks have it.
  func mayWrite(to repository: String, user: String) async throws(ForgeError) -> Bool

  /// Credentials that can read this one repository for a while.
  func cloneCredentials(repository: String) async throws(ForgeError) -> CloneCredentials

  /// Sets the status of a commit in its context.
  ///
  /// - Parameter sha: the commit's full name.
  func updateStatus(repository: String, sha: String, status: CommitStatus) async throws(ForgeError)

  /// The status that a commit shows in a context; `nil` when it has none there. Background work: it may be refused as
  /// `rateLimited` while what people wait for is still let through.
  func shownStatus(repository: String, sha: String, context: String) async throws(ForgeError) -> CommitStatus?

  /// Whether checks can be made with the credentials that were configured.
  var supportsChecks: Bool { get }

  /// Makes the check of that name and external id on a commit, or replaces what it shows. What is there already is
  /// never set back: a check that is over stays so, and no annotation comes twice, also when the call before this
  /// one failed midway.
  ///
  /// - Throws: `refused` where checks are not supported, or our credentials lack the permission.
  func updateCheck(repository: String, sha: String, check: Check) async throws(ForgeError)

  /// The state of the check of that name and external id; `nil` when there is none. Background work, as `shownStatus`.
  func shownCheck(
    repository: String, sha: String, name: String, externalID: String
  ) async throws(ForgeError) -> Check.State?

  /// The asset of that name on the release of that tag, once its upload is complete; `nil` when there is none.
  ///
  /// - Throws: `notFound` with the message `release with tag 'T' not found`.
  func releaseAsset(repository: String, tag: String, name: String) async throws(ForgeError) -> ReleaseAsset?

  /// Uploads an asset to a release that exists. Never waits for a release, never creates one, never replaces an asset.
  ///
  /// - Parameters:
  ///   - content: of known length; consumed, also when the upload fails.
  ///   - contentType: a media type (`application/gzip`); `nil` takes what the end of the name says.
  /// - Throws: `notFound` with the message `release with tag 'T' not found`; `conflict` when the name is taken.
  @discardableResult
  func uploadReleaseAsset(
    repository: String, tag: String, name: String, content: ByteStream, contentType: String?
  ) async throws(ForgeError) -> ReleaseAsset
}

extension Forge {
  /// Verifies who sent a webhook and says what it is about.
  ///
  /// - Throws: `badSignature` before anything is parsed; `malformed`, `tooLarge`, `unsupportedMediaType`.
  package func decodeWebhook(_ request: WebhookRequest) throws(ForgeError) -> WebhookDelivery {
    try decode(try authenticate(request))
  }
}
