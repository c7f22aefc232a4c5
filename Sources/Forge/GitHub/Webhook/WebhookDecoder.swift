internal import Forge
internal import FoundationEssentials
internal import Platform

/// Turns a verified payload into what it means for CI.
struct WebhookDecoder {
  /// Names and words of a payload, which are cited in reasons and lists, are cut to so many characters.
  private static let maximumCitedCharacters = 100

  /// Base of clone URLs, where the payload's own is not to be used.
  let webURL: String?
  /// The app that we are; `nil` when we are none, and so have no checks.
  let appID: String?

  /// - Parameter name: of the event, as in `X-GitHub-Event`.
  /// - Throws: `malformed`.
  func event(named name: String, json: [UInt8]) throws(ForgeError) -> WebhookEvent {
    switch name {
    case "push": try push(decode(json, name))
    case "pull_request": try pullRequest(decode(json, name))
    case "release": try release(decode(json, name))
    case "check_run": try checkRun(json)
    case "check_suite": try checkSuite(json)
    case "repository": try repositoryChange(json)
    case "installation", "installation_repositories": try installationChange(decode(json, name), name)
    case "workflow_run": try workflowRun(decode(json, name))
    case "create", "delete":
      try ignored(json, name, "'\(name)' starts nothing: the push of that branch or tag does")
    case "ping": try ping(json)
    default: try ignored(json, name, "events of type '\(name)' start nothing")
    }
  }

  func repository(
    _ repository: WebhookPayload.Repository, _ installation: WebhookPayload.Installation?, _ event: String
  ) throws(ForgeError) -> WebhookRepository {
    let name = try RepositoryName(repository.fullName)
    let cloneURL = webURL.map { "\($0)/\(name).git" } ?? repository.cloneURL
    let isHTTP = cloneURL.hasPrefix("https://") || cloneURL.hasPrefix("http://")
    try check(isHTTP && cloneURL.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }, event, "repository.clone_url")
    return WebhookRepository(name: name.description, cloneURL: cloneURL, installationID: installation?.id)
  }

  private func ping(_ json: [UInt8]) throws(ForgeError) -> WebhookEvent {
    let _: WebhookPayload.Unread = try decode(json, "ping")
    return .ping
  }

  /// Nothing of it is read, but it has to be what a payload is.
  private func ignored(_ json: [UInt8], _ event: String, _ reason: String) throws(ForgeError) -> WebhookEvent
  {
    let _: WebhookPayload.Unread = try decode(json, event)
    return .ignored(reason: reason)
  }

  /// Who made it happen, as far as the payload says.
  func sender(_ account: WebhookPayload.Account?) -> String { cited(account?.login ?? "") }

  /// Text of a payload for a reason.
  func cited(_ text: String) -> String { text.cut(toScalars: Self.maximumCitedCharacters) }

  func check(_ isValid: Bool, _ event: String, _ field: String) throws(ForgeError) {
    guard isValid else { throw ForgeError(.malformed, "the \(event) event's field '\(field)' is not valid") }
  }

  /// What happened to the thing that the event is about. Read first, so that actions that are of no interest may come
  /// with whatever they like.
  func action(_ json: [UInt8], _ event: String) throws(ForgeError) -> String {
    let payload: WebhookPayload.Action = try decode(json, event)
    return payload.action
  }

  func decode<Payload: Decodable>(_ json: [UInt8], _ event: String) throws(ForgeError) -> Payload {
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
