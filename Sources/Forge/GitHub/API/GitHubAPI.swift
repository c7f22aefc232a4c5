internal import Forge
internal import HTTP
internal import Platform

/// Requests to GitHub's REST API and what its answers mean.
///
/// It keeps to GitHub's limits, remembers answers that GitHub can say "unchanged" to, follows what moved, and tries
/// again what may be tried again.
struct GitHubAPI: Sendable {
  /// Answers with more are not from the API.
  static let maximumAnswerBytes = 8 << 20
  /// Bounds the upload of one asset; silence ends it before.
  static let uploadSeconds: Double = 3_600

  let baseURL: String
  let client: HTTPClient
  /// Bounds one request, answer included.
  let requestSeconds: Double
  /// Our own wall clock.
  let now: @Sendable () -> Timestamp
  /// Sleeps for so many seconds, or less when the task is cancelled.
  let pause: @Sendable (Double) async -> Void
  let limits = RateLimits()
  let cache = AnswerCache()
  let serverClock = ServerClock()

  /// GitHub's time, as far as it is known to differ from ours.
  var serverNow: Timestamp { serverClock.time(at: now()) }

  /// Sends a request, perhaps more than once, and reads its answer.
  func send(_ call: APICall, as credential: Credential) async throws(ForgeError) -> APIAnswer {
    for tries in 1..<Retries.maximumTries {
      do throws(ForgeError) {
        return try await sendOnce(call, credential)
      } catch {
        guard call.isRepeatable, Retries.isWorthwhile(after: error) else { throw error }
      }
      await pause(Retries.delaySeconds(afterTries: tries))
    }
    return try await sendOnce(call, credential)
  }

  /// The same with a JSON answer of which only `Answer`'s fields are read.
  func call<Answer: Decodable>(
    _ call: APICall, as credential: Credential, answer: Answer.Type = Answer.self
  ) async throws(ForgeError) -> Answer {
    try await send(call, as: credential).decode()
  }

  /// Sends bytes that can be sent only once, to a place that GitHub named.
  func upload(_ request: HTTPRequest, as credential: Credential, label: String) async throws(ForgeError)
    -> APIAnswer
  {
    try limits.admit(.visible, of: credential.account, at: now(), label)
    let response = try await answer(to: request, credential, label)
    return try await read(response, credential, label, permission: "contents: write")
  }

  private func sendOnce(_ call: APICall, _ credential: Credential) async throws(ForgeError) -> APIAnswer {
    try limits.admit(call.urgency, of: credential.account, at: now(), call.label)
    let key = AnswerCache.Key(account: credential.account, path: call.path)
    let known = call.method == "GET" ? cache[key] : nil
    var request = HTTPRequest(
      call.method, baseURL + call.path, body: call.body, timeoutSeconds: requestSeconds)
    if call.body.length != 0 { request.headers["Content-Type"] = "application/json" }
    request.headers["If-None-Match"] = known?.tag
    let response = try await following(request, credential, call.label)
    if response.status == 304, let known {
      limits.succeeded(credential.account)
      return APIAnswer(headers: known.headers, bytes: known.bytes, label: call.label)
    }
    let answer = try await read(response, credential, call.label, permission: call.permission)
    if call.method == "GET" { cache.keep(answer, for: key) }
    return answer
  }

  /// The answer from where the thing is now: GitHub leads from a repository's old name to its new one.
  private func following(
    _ request: HTTPRequest, _ credential: Credential, _ label: String
  ) async throws(ForgeError) -> HTTPResponse {
    var request = request
    for _ in 0..<Redirection.maximumHops {
      let response = try await answer(to: request, credential, label)
      guard let target = try Redirection.target(of: response, baseURL: baseURL, label) else {
        return response
      }
      request.url = target
    }
    throw ForgeError(.refused, "GitHub sends \(label) from place to place")
  }

  private func answer(
    to request: HTTPRequest, _ credential: Credential, _ label: String
  ) async throws(ForgeError) -> HTTPResponse {
    var request = request
    request.headers["Authorization"] = "Bearer \(credential.bearer)"
    request.headers["Accept"] = "application/vnd.github+json"
    request.headers["X-GitHub-Api-Version"] = "2022-11-28"
    do {
      let response = try await client.send(request)
      serverClock.observe(response.headers["Date"], at: now())
      // Whom GitHub does not know it tells about the limits of strangers.
      if response.status != 401 { limits.observe(response.headers, of: credential.account, at: now()) }
      return response
    } catch {
      throw Self.unreachable(error, label)
    }
  }

  private func read(
    _ response: HTTPResponse, _ credential: Credential, _ label: String, permission: String?
  ) async throws(ForgeError) -> APIAnswer {
    guard response.isSuccess else { throw await failure(response, credential, label, permission) }
    limits.succeeded(credential.account)
    do {
      let bytes = try await response.bytes(upTo: Self.maximumAnswerBytes)
      return APIAnswer(headers: response.headers, bytes: bytes, label: label)
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
