import FakeGitHub
import Forge
import ForgeGitHub
import Platform
import TestSupport
import Testing

/// What a user sees of everything that can go wrong between us and GitHub: each row is a call, a fault, and what comes of
/// it.
@Suite(.fewAtOnce)
struct FaultTableTests {
  enum Call: Sendable, CaseIterable {
    case updateStatus, shownStatus, updateCheck, shownCheck, commitMessage, cloneCredentials, releaseAsset
    case uploadReleaseAsset, failedDeliveries, redeliver

    /// The request that the call is about, and that goes wrong.
    var request: (method: String, path: String) {
      switch self {
      case .updateStatus: ("POST", "/repos/acme/widgets/statuses/*")
      case .shownStatus: ("GET", "/repos/acme/widgets/commits/*/status")
      case .updateCheck: ("POST", "/repos/acme/widgets/check-runs")
      case .shownCheck: ("GET", "/repos/acme/widgets/commits/*/check-runs")
      case .commitMessage: ("GET", "/repos/acme/widgets/commits/*")
      case .cloneCredentials: ("POST", "/app/installations/*/access_tokens")
      case .releaseAsset: ("GET", "/repos/acme/widgets/releases/tags/*")
      case .uploadReleaseAsset: ("POST", "/uploads/**")
      case .failedDeliveries: ("GET", "/app/hook/deliveries")
      case .redeliver: ("POST", "/app/hook/deliveries/*/attempts")
      }
    }

    /// Whether a request that came is the one that the call is about.
    func isMeant(_ request: FakeGitHub.RecordedRequest, _ sha: String) -> Bool {
      let end =
        switch self {
        case .updateStatus: "/statuses/\(sha)"
        case .shownStatus: "/commits/\(sha)/status"
        case .updateCheck: "/check-runs"
        case .shownCheck: "/commits/\(sha)/check-runs"
        case .commitMessage: "/commits/\(sha)"
        case .cloneCredentials: "/access_tokens"
        case .releaseAsset: "/releases/tags/v1.0"
        case .uploadReleaseAsset: "/assets"
        case .failedDeliveries: "/app/hook/deliveries"
        case .redeliver: "/attempts"
        }
      return request.method == self.request.method && request.path.hasSuffix(end)
    }

    /// Whether the driver sends it again by itself.
    var isRepeated: Bool { request.method == "GET" || self == .cloneCredentials }

    func make(_ forge: GitHubForge, _ harness: ForgeHarness) async throws {
      let repository = "acme/widgets"
      switch self {
      case .updateStatus:
        try await forge.updateStatus(repository: repository, sha: harness.sha, status: StatusTests.status)
      case .shownStatus:
        _ = try await forge.shownStatus(repository: repository, sha: harness.sha, context: "mise-ci")
      case .updateCheck:
        try await forge.updateCheck(
          repository: repository, sha: harness.sha, check: CheckTests.check(.completed(.success)))
      case .shownCheck:
        _ = try await forge.shownCheck(
          repository: repository, sha: harness.sha, name: "mise-ci", externalID: "run/1")
      case .commitMessage: _ = try await forge.commitMessage(repository: repository, sha: harness.sha)
      case .cloneCredentials: _ = try await forge.cloneCredentials(repository: repository)
      case .releaseAsset: _ = try await forge.releaseAsset(repository: repository, tag: "v1.0", name: "a")
      case .uploadReleaseAsset:
        try await forge.uploadReleaseAsset(
          repository: repository, tag: "v1.0", name: "a", content: .bytes([1, 2, 3]))
      case .failedDeliveries: _ = try await forge.failedDeliveries(since: Timestamp(milliseconds: 0))
      case .redeliver:
        guard let failed = try await forge.failedDeliveries(since: Timestamp(milliseconds: 0)).first else {
          throw ForgeError(.notFound, "no delivery failed")
        }
        try await forge.redeliver(failed)
      }
    }
  }

  struct Row: Sendable, CustomTestStringConvertible {
    var calls = Call.allCases
    var fault: FakeGitHub.Fault
    /// So many of the call's requests go wrong.
    var times = 1
    /// What the caller gets; `nil`: the call succeeds.
    var code: ForgeError.Code?
    var named = ""
    var retrySeconds: ClosedRange<Int64>?
    /// How often the request is sent, where the driver repeats it and where it does not.
    var repeated: ClosedRange<Int> = 1...1
    var single: ClosedRange<Int> = 1...1
    /// Bounds one request, in seconds.
    var requestSeconds: Double = 30
    var testDescription: String { "\(fault) x \(times)" }
  }

  static let always = 20
  static let repeated = Call.allCases.filter(\.isRepeated)
  static let onRepository: [Call] = [
    .updateStatus, .shownStatus, .updateCheck, .shownCheck, .commitMessage, .releaseAsset,
  ]
  static let notFound = onRepository.filter { $0 != .releaseAsset } + [.redeliver]
  static let refusable = Call.allCases.filter { $0 != .cloneCredentials }

  // A connection that was kept and turns out to be dead is no answer to anything: then the client itself sends the
  // request again, once. So a cut connection may cost one request more.
  static let rows = [
    // What may be asked again is, and nobody notices.
    Row(calls: repeated, fault: .respond(status: 500), repeated: 2...2),
    Row(calls: repeated, fault: .respond(status: 502, body: "<html>"), times: 2, repeated: 3...3),
    Row(calls: repeated, fault: .cut, repeated: 2...2),
    Row(calls: repeated, fault: .cutAfterHandling, repeated: 2...2),
    Row(calls: repeated, fault: .truncate(afterBytes: 1), repeated: 2...2),
    Row(fault: .trickle(bytes: 400, everyMilliseconds: 0)),
    Row(fault: .delay(milliseconds: 1)),
    // GitHub is away, or fails.
    Row(
      fault: .respond(status: 500), times: always, code: .unavailable, named: "GitHub answered 500 to",
      repeated: 3...3),
    Row(
      fault: .respond(status: 502, body: "<html>"), times: always, code: .unavailable,
      named: "GitHub answered 502 to", repeated: 3...3),
    Row(
      fault: .respond(status: 503, headers: ["Retry-After": "5"]), code: .unavailable, retrySeconds: 5...5),
    Row(
      fault: .cut, times: always, code: .unavailable, named: "did not answer", repeated: 3...4, single: 1...2),
    Row(
      calls: repeated, fault: .truncate(afterBytes: 1), times: always, code: .unavailable,
      named: "did not answer", repeated: 3...3),
    Row(
      calls: [.updateStatus, .updateCheck, .uploadReleaseAsset], fault: .truncate(afterBytes: 1),
      code: .unavailable, named: "did not answer"),
    Row(
      calls: [.uploadReleaseAsset], fault: .abandonUpload(afterBytes: 1), times: 2, code: .unavailable,
      named: "the upload of release asset 'a'"),
    Row(
      calls: [.updateStatus, .commitMessage, .cloneCredentials], fault: .delay(milliseconds: 600_000),
      times: always, code: .unavailable, named: "did not answer", requestSeconds: 2),
    Row(
      calls: [.commitMessage], fault: .trickle(bytes: 1, everyMilliseconds: 100), times: always,
      code: .unavailable, named: "did not answer", requestSeconds: 2),
    Row(
      calls: onRepository.filter { $0 != .updateStatus }, fault: .respond(status: 200, body: "null"),
      code: .unavailable,
      named: "not what was expected"),
    // GitHub wants less of us.
    Row(
      fault: .secondaryRateLimit(retryAfterSeconds: 7), code: .rateLimited, named: "secondary rate limit",
      retrySeconds: 7...7),
    Row(
      fault: .secondaryRateLimit(retryAfterSeconds: nil, status: 429), code: .rateLimited,
      retrySeconds: 60...60),
    Row(
      fault: .primaryRateLimit(resetSeconds: 900), code: .rateLimited, named: "API rate limit exceeded",
      retrySeconds: 890...901),
    Row(
      fault: .primaryRateLimit(resetSeconds: 900, status: 429), code: .rateLimited, retrySeconds: 890...901),
    // GitHub will not.
    Row(
      calls: refusable,
      fault: .respond(status: 403, body: #"{"message":"Resource not accessible by integration"}"#),
      code: .refused, named: "not accessible"),
    Row(
      calls: [.updateStatus], fault: .respond(status: 403, body: #"{"message":"Resource not accessible"}"#),
      code: .refused, named: "(this takes the permission 'statuses: write')"),
    Row(
      calls: [.uploadReleaseAsset],
      fault: .respond(status: 403, headers: ["X-Accepted-GitHub-Permissions": "contents=write"]),
      code: .refused, named: "(this takes the permission 'contents: write')"),
    Row(
      calls: refusable, fault: .respond(status: 422, body: #"{"message":"Validation Failed"}"#),
      code: .refused, named: "Validation Failed"),
    // Whether the repository has another name is looked up, by another token.
    Row(
      calls: [.cloneCredentials], fault: .respond(status: 422, body: #"{"message":"No such repository"}"#),
      code: .refused, named: "No such repository", repeated: 2...2),
    Row(calls: refusable, fault: .respond(status: 451), code: .refused),
    Row(
      calls: notFound, fault: .respond(status: 404, body: #"{"message":"Not Found"}"#), code: .notFound,
      named: "Not Found"),
    Row(
      calls: [.releaseAsset], fault: .respond(status: 404), code: .notFound,
      named: "release with tag 'v1.0' not found"),
    Row(
      calls: [.uploadReleaseAsset],
      fault: .respond(
        status: 422, body: #"{"message":"Validation Failed","errors":[{"code":"already_exists"}]}"#),
      code: .conflict, named: "release 'v1.0' already has an asset named 'a'"),
    // GitHub does not know us.
    Row(calls: onRepository, fault: .respond(status: 401), repeated: 2...2, single: 2...2),
    Row(
      calls: onRepository, fault: .respond(status: 401, body: #"{"message":"Bad credentials"}"#),
      times: always, code: .unauthorized, named: "Bad credentials", repeated: 2...2, single: 2...2),
    Row(
      calls: [.cloneCredentials, .failedDeliveries, .redeliver, .uploadReleaseAsset],
      fault: .respond(status: 401), times: always, code: .unauthorized),
  ]

  @Test("a fault shows as what it is", arguments: rows)
  func row(row: Row) async throws {
    try await withForge(requestSeconds: row.requestSeconds) { harness in
      try await harness.repository.publishRelease(tag: "v1.0")
      if row.calls.contains(.redeliver) || row.calls.contains(.failedDeliveries) {
        harness.github.setWebhook(url: "http://127.0.0.1:1/", secret: nil)
        await harness.github.ping()
      }
      for call in row.calls { try await check(row, call, harness) }
    }
  }

  private func check(_ row: Row, _ call: Call, _ harness: ForgeHarness) async throws {
    let sentBefore = harness.github.requests.count { call.isMeant($0, harness.sha) }
    let request = call.request
    harness.github.plan(row.fault, method: request.method, path: request.path, times: row.times)
    var found: ForgeError?
    do {
      // Each with a driver of its own, which knows nothing of the calls before.
      try await call.make(harness.anotherForge(), harness)
    } catch {
      found = try #require(error as? ForgeError)
    }
    let what: Comment = "\(call): \(found?.message ?? "no error")"
    #expect(found?.code == row.code, what)
    #expect(found?.message.contains(row.named) ?? true, what)
    if let range = row.retrySeconds {
      #expect(found?.retryAfterSeconds.map(range.contains) == true, what)
    } else {
      #expect(found?.retryAfterSeconds == nil, what)
    }
    #expect(found == nil || found?.isTransient == [.unavailable, .rateLimited].contains(row.code), what)
    // A request that is never answered is in no record, but its fault was taken.
    let sent = max(
      harness.github.requests.count { call.isMeant($0, harness.sha) } - sentBefore,
      row.times - harness.github.plannedFaults)
    #expect((call.isRepeated ? row.repeated : row.single).contains(sent), "\(what), sent \(sent) times")
    harness.github.clearFaults()
  }
}
