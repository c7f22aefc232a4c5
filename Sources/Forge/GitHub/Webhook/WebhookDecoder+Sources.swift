internal import Forge
internal import Platform

/// What there may be something to build of: pushes, pull requests, releases.
extension WebhookDecoder {
  func push(_ payload: WebhookPayload.Push) throws(ForgeError) -> WebhookEvent {
    try check(GitNames.isRef(payload.ref), "push", "ref")
    try check(GitNames.isObjectName(payload.after), "push", "after")
    if payload.deleted == true || GitNames.isNull(payload.after) {
      return .ignored(reason: "'\(cited(payload.ref))' was deleted")
    }
    let repository = try repository(payload.repository, payload.installation, "push")
    let message = payload.headCommit?.message ?? ""
    let sender = self.sender(payload.sender)
    let tags = "refs/tags/"
    if payload.ref.hasPrefix("refs/heads/") {
      return .push(
        .init(
          repository: repository, ref: payload.ref, sha: payload.after, message: message, sender: sender,
          pushedAt: payload.repository.pushedAt?.timestamp))
    }
    guard payload.ref.hasPrefix(tags) else {
      return .ignored(reason: "'\(cited(payload.ref))' is neither a branch nor a tag")
    }
    // `after` of an annotated tag is the tag's own object; statuses and checkouts need its commit.
    let sha = payload.headCommit?.id ?? payload.after
    try check(GitNames.isObjectName(sha), "push", "head_commit.id")
    return .tagPush(
      .init(
        repository: repository, ref: payload.ref, tag: String(payload.ref.dropFirst(tags.count)), sha: sha,
        message: message, sender: sender))
  }

  func pullRequest(_ payload: WebhookPayload.PullRequest) throws(ForgeError) -> WebhookEvent {
    guard ["opened", "synchronize", "reopened"].contains(payload.action) else {
      return .ignored(reason: "a pull request that is '\(cited(payload.action))' starts nothing")
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
        title: WebhookEvent.title(ofMessage: content.title), sender: sender(payload.sender),
        fromFork: content.head.repo?.id != payload.repository.id,
        updatedAt: content.updatedAt.flatMap { Timestamp(rfc3339: $0) }))
  }

  func release(_ payload: WebhookPayload.Release) throws(ForgeError) -> WebhookEvent {
    guard payload.action == "published" else {
      return .ignored(reason: "a release that is '\(cited(payload.action))' starts nothing")
    }
    let tag = payload.release.tagName
    try check(GitNames.isRef("refs/tags/\(tag)"), "release", "release.tag_name")
    return .releasePublished(
      .init(
        repository: try repository(payload.repository, payload.installation, "release"), tag: tag,
        sender: sender(payload.sender)))
  }
}
