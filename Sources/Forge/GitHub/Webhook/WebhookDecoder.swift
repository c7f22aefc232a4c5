internal import Forge
internal import FoundationEssentials
internal import Platform

/// Turns a verified payload into what it means for CI.
struct WebhookDecoder {
  /// Base of clone URLs, where the payload's own is not to be used.
  let webURL: String?

  /// - Parameter name: of the event, as in `X-GitHub-Event`.
  /// - Throws: `malformed`.
  func event(named name: String, json: [UInt8]) throws(ForgeError) -> WebhookEvent {
    switch name {
    case "push": try push(decode(json, name))
    case "pull_request": try pullRequest(decode(json, name))
    case "release": try release(decode(json, name))
    case "ping": .ping
    default: .ignored(reason: "events of type '\(name)' start nothing")
    }
  }

  private func push(_ payload: WebhookPayload.Push) throws(ForgeError) -> WebhookEvent {
    try check(GitNames.isRef(payload.ref), "push", "ref")
    try check(GitNames.isObjectName(payload.after), "push", "after")
    if payload.deleted == true || GitNames.isNull(payload.after) {
      return .ignored(reason: "'\(payload.ref)' was deleted")
    }
    let repository = try repository(payload.repository, payload.installation, "push")
    let message = payload.headCommit?.message ?? ""
    let sender = payload.sender?.login ?? ""
    let tags = "refs/tags/"
    if payload.ref.hasPrefix("refs/heads/") {
      return .push(
        .init(
          repository: repository, ref: payload.ref, sha: payload.after, message: message, sender: sender,
          pushedAt: payload.repository.pushedAt?.timestamp))
    }
    guard payload.ref.hasPrefix(tags) else {
      return .ignored(reason: "'\(payload.ref)' is neither a branch nor a tag")
    }
    // `after` of an annotated tag is the tag's own object; statuses and checkouts need its commit.
    let sha = payload.headCommit?.id ?? payload.after
    try check(GitNames.isObjectName(sha), "push", "head_commit.id")
    return .tagPush(
      .init(
        repository: repository, ref: payload.ref, tag: String(payload.ref.dropFirst(tags.count)), sha: sha,
        message: message, sender: sender))
  }

  private func pullRequest(_ payload: WebhookPayload.PullRequest) throws(ForgeError) -> WebhookEvent {
    guard ["opened", "synchronize", "reopened"].contains(payload.action) else {
      return .ignored(reason: "a pull request that is '\(payload.action)' starts nothing")
    }
    let content = payload.pullRequest
    try check(payload.number > 0, "pull_request", "number")
    try check(GitNames.isObjectName(content.head.sha), "pull_request", "pull_request.head.sha")
    try check(
      content.mergeCommitSHA.map(GitNames.isObjectName) ?? true, "pull_request",
      "pull_request.merge_commit_sha")
    return .pullRequest(
      .init(
        repository: try repository(payload.repository, payload.installation, "pull_request"),
        number: payload.number,
        ref: "refs/pull/\(payload.number)/merge", sha: content.head.sha, mergeSha: content.mergeCommitSHA,
        title: WebhookEvent.title(ofMessage: content.title), sender: payload.sender?.login ?? "",
        fromFork: content.head.repo?.id != payload.repository.id,
        updatedAt: content.updatedAt.flatMap { Timestamp(rfc3339: $0) }))
  }

  private func release(_ payload: WebhookPayload.Release) throws(ForgeError) -> WebhookEvent {
    guard payload.action == "published" else {
      return .ignored(reason: "a release that is '\(payload.action)' starts nothing")
    }
    let tag = payload.release.tagName
    try check(GitNames.isRef("refs/tags/\(tag)"), "release", "release.tag_name")
    return .releasePublished(
      .init(
        repository: try repository(payload.repository, payload.installation, "release"), tag: tag,
        sender: payload.sender?.login ?? ""))
  }

  private func repository(
    _ repository: WebhookPayload.Repository, _ installation: WebhookPayload.Installation?, _ event: String
  ) throws(ForgeError) -> WebhookRepository {
    let name = try RepositoryName(repository.fullName)
    let cloneURL = webURL.map { "\($0)/\(name).git" } ?? repository.cloneURL
    let isHTTP = cloneURL.hasPrefix("https://") || cloneURL.hasPrefix("http://")
    try check(isHTTP && cloneURL.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }, event, "repository.clone_url")
    return WebhookRepository(name: name.description, cloneURL: cloneURL, installationID: installation?.id)
  }

  private func check(_ isValid: Bool, _ event: String, _ field: String) throws(ForgeError) {
    guard isValid else { throw ForgeError(.malformed, "the \(event) event's field '\(field)' is not valid") }
  }

  private func decode<Payload: Decodable>(_ json: [UInt8], _ event: String) throws(ForgeError) -> Payload {
    do {
      return try JSONDecoder().decode(Payload.self, from: Data(json))
    } catch let error as DecodingError {
      throw ForgeError(.malformed, "the \(event) event's payload is not valid: \(Self.reason(error))")
    } catch {
      throw ForgeError(.malformed, "the \(event) event's payload cannot be read", cause: error)
    }
  }

  private static func reason(_ error: DecodingError) -> String {
    func path(_ context: DecodingError.Context, _ last: (any CodingKey)? = nil) -> String {
      (context.codingPath + (last.map { [$0] } ?? [])).map(\.stringValue).joined(separator: ".")
    }
    return switch error {
    case .keyNotFound(let key, let context): "'\(path(context, key))' is missing"
    case .valueNotFound(_, let context): "'\(path(context))' is null"
    case .typeMismatch(_, let context): "'\(path(context))' is of another type"
    // The library does not tell these apart.
    default: "it is not JSON, or a number in it does not fit"
    }
  }
}
