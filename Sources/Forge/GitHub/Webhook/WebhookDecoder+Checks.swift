internal import Forge

/// What people ask for beside a commit. Where several apps report, each of them may hear of it: what is not about a
/// check of our own is not for us.
extension WebhookDecoder {
  /// Ours are shorter.
  private static let maximumExternalIDBytes = 255
  private static let foreign = WebhookEvent.ignored(reason: "it is about another app's check")

  /// `check_run.rerequested` and `check_run.requested_action`
  func checkRun(_ json: [UInt8]) throws(ForgeError) -> WebhookEvent {
    let event = "check_run"
    let action = try action(json, event)
    guard action == "rerequested" || action == "requested_action" else {
      return .ignored(reason: "a check that is '\(cited(action))' starts nothing")
    }
    let payload: WebhookPayload.CheckRun = try decode(json, event)
    let run = payload.checkRun
    guard isOurs(run.app) else { return Self.foreign }
    try check(GitNames.isObjectName(run.headSHA), event, "check_run.head_sha")
    guard let externalID = run.externalID, (1...Self.maximumExternalIDBytes).contains(externalID.utf8.count)
    else { return .ignored(reason: "the check has no 'external_id' of ours") }
    let repository = try repository(payload.repository, payload.installation, event)
    let sender = self.sender(payload.sender)
    guard action == "requested_action" else {
      return .rerunRequested(
        .init(repository: repository, sha: run.headSHA, externalID: externalID, sender: sender))
    }
    guard let identifier = payload.requestedAction?.identifier else {
      throw ForgeError(.malformed, "the check_run event's field 'requested_action' is missing")
    }
    try check(
      identifier.unicodeScalars.count <= Check.Action.maximumIdentifierCharacters, event,
      "requested_action.identifier")
    return .actionRequested(
      .init(
        repository: repository, sha: run.headSHA, externalID: externalID, identifier: identifier,
        sender: sender))
  }

  /// `check_suite.rerequested`: all that we report about a commit.
  func checkSuite(_ json: [UInt8]) throws(ForgeError) -> WebhookEvent {
    let event = "check_suite"
    let action = try action(json, event)
    guard action == "rerequested" else {
      return .ignored(reason: "a check suite that is '\(cited(action))' starts nothing: the push does")
    }
    let payload: WebhookPayload.CheckSuite = try decode(json, event)
    guard isOurs(payload.checkSuite.app) else { return Self.foreign }
    try check(GitNames.isObjectName(payload.checkSuite.headSHA), event, "check_suite.head_sha")
    return .rerunRequested(
      .init(
        repository: try repository(payload.repository, payload.installation, event),
        sha: payload.checkSuite.headSHA, externalID: nil, sender: sender(payload.sender)))
  }

  private func isOurs(_ app: WebhookPayload.App?) -> Bool {
    guard let app, let appID else { return false }
    return app.isCalled(appID)
  }
}
