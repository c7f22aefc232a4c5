package import Forge
internal import HTTP

extension GitHubForge {
  /// `POST /repos/{owner}/{repo}/statuses/{sha}`
  package func updateStatus(
    repository: String, sha: String, status: CommitStatus
  ) async throws(ForgeError) {
    let repository = try RepositoryName(repository)
    try GitNames.check(sha: sha)
    let body = StatusBody(
      state: status.state.rawValue, context: status.context, description: status.description,
      targetURL: status.targetURL)
    let call = APICall(
      "POST", "/repos/\(repository)/statuses/\(sha)", body: .encoding(body), permission: "statuses: write")
    _ = try await withCredential(for: repository) { credential throws(ForgeError) in
      try await api.send(call, as: credential)
    }
  }

  /// `GET /repos/{owner}/{repo}/commits/{ref}/status`: the newest of each context.
  package func shownStatus(
    repository: String, sha: String, context: String
  ) async throws(ForgeError) -> CommitStatus? {
    let repository = try RepositoryName(repository)
    try GitNames.check(sha: sha)
    let call = APICall(
      "GET", "/repos/\(repository)/commits/\(sha)/status?per_page=\(GitHubAPI.itemsPerPage)",
      urgency: .background, permission: "statuses: read")
    return try await withCredential(for: repository) { credential throws(ForgeError) in
      var found: CombinedAnswer.Status?
      try await api.eachPage(of: call, as: credential, maximumPages: Self.maximumStatusPages) {
        (page: CombinedAnswer) in
        found = page.statuses.first { $0.context == context }
        return found == nil
      }
      return found?.status
    }
  }

  /// More contexts are not looked at.
  private static let maximumStatusPages = 10
}

private struct StatusBody: Encodable {
  var state: String
  var context: String
  var description: String
  var targetURL: String?

  enum CodingKeys: String, CodingKey {
    case state, context, description
    case targetURL = "target_url"
  }
}

private struct CombinedAnswer: Decodable, Sendable {
  struct Status: Decodable, Sendable {
    var state: String
    var context: String
    var description: String?
    var targetURL: String?

    enum CodingKeys: String, CodingKey {
      case state, context, description
      case targetURL = "target_url"
    }

    var status: CommitStatus {
      CommitStatus(
        state: CommitStatus.State(rawValue: state) ?? .pending, context: context,
        description: description ?? "", targetURL: targetURL)
    }
  }

  var statuses: [Status]
}
