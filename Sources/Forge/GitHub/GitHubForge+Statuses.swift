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
    try await withToken(for: repository) { token throws(ForgeError) in
      _ = try await api.send(
        "POST", "/repos/\(repository)/statuses/\(sha)", bearer: token, body: .encoding(body))
    }
  }

  /// `GET /repos/{owner}/{repo}/commits/{ref}/status`: the newest of each context.
  package func shownStatus(
    repository: String, sha: String, context: String
  ) async throws(ForgeError) -> CommitStatus? {
    let repository = try RepositoryName(repository)
    try GitNames.check(sha: sha)
    return try await withToken(for: repository) { token throws(ForgeError) -> CommitStatus? in
      for page in 1...Self.maximumStatusPages {
        let answer: CombinedAnswer = try await api.call(
          "GET", "/repos/\(repository)/commits/\(sha)/status?per_page=\(Self.statusesPerPage)&page=\(page)",
          bearer: token)
        if let found = answer.statuses.first(where: { $0.context == context }) { return found.status }
        if answer.statuses.count < Self.statusesPerPage { return nil }
      }
      return nil
    }
  }

  private static let statusesPerPage = 100
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
