internal import Forge
internal import HTTP
internal import Platform

/// Requests to GitHub's REST API and what its answers mean.
struct GitHubAPI: Sendable {
  /// Answers with more are not from the API.
  static let maximumAnswerBytes = 8 << 20
  static let requestSeconds: Double = 30
  /// Bounds the upload of one asset; silence ends it before.
  static let uploadSeconds: Double = 3_600

  let baseURL: String
  let client: HTTPClient
  let now: @Sendable () -> Timestamp

  /// Sends a request and gives the answer if its status is in the 200s.
  ///
  /// - Parameter path: behind the base, percent-encoded: `/repos/o/r`.
  func send(
    _ method: String, _ path: String, bearer: String, body: HTTPBody = .empty
  ) async throws(ForgeError) -> HTTPResponse {
    var request = HTTPRequest(method, baseURL + path, body: body, timeoutSeconds: Self.requestSeconds)
    if body.length != 0 { request.headers["Content-Type"] = "application/json" }
    // A repository that was renamed answers reads with its new place. A write is not led elsewhere.
    request.followsRedirects = method == "GET"
    return try await send(request, bearer: bearer, label: "\(method) \(path)")
  }

  /// The same with a JSON body, and a JSON answer of which only `Answer`'s fields are read.
  func call<Answer: Decodable>(
    _ method: String, _ path: String, bearer: String, body: HTTPBody = .empty,
    as answer: Answer.Type = Answer.self
  ) async throws(ForgeError) -> Answer {
    try await decode(try await send(method, path, bearer: bearer, body: body), label: "\(method) \(path)")
  }

  /// - Parameter label: says in errors what was asked, without the query.
  func send(_ request: HTTPRequest, bearer: String, label: String) async throws(ForgeError) -> HTTPResponse {
    var request = request
    request.headers["Authorization"] = "Bearer \(bearer)"
    request.headers["Accept"] = "application/vnd.github+json"
    request.headers["X-GitHub-Api-Version"] = "2022-11-28"
    let response: HTTPResponse
    do {
      response = try await client.send(request)
    } catch {
      throw Self.unreachable(error, label)
    }
    guard response.isSuccess else { throw await failure(response, label) }
    return response
  }

  func decode<Answer: Decodable>(_ response: HTTPResponse, label: String) async throws(ForgeError) -> Answer {
    do {
      return try await response.decode(Answer.self, upTo: Self.maximumAnswerBytes)
    } catch {
      throw Self.unreachable(error, label)
    }
  }

  private static func unreachable(_ error: any Error, _ label: String) -> ForgeError {
    switch (error as? HTTPClientError)?.code {
    case .cancelled: ForgeError(.cancelled, "\(label) was cancelled", cause: error)
    case .badURL, .badRequest: ForgeError(.refused, "\(label) cannot be sent", cause: error)
    default: ForgeError(.unavailable, "GitHub did not answer \(label)", cause: error)
    }
  }
}
