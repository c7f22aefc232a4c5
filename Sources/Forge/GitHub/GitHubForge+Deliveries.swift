package import Forge
internal import HTTP
package import Platform

/// The log that GitHub keeps of an app's webhook: for three days, and it tries nothing twice by itself.
extension GitHubForge {
  private static let deliveriesPath = "/app/hook/deliveries"
  /// GitHub gives at most 100 in one answer; with so many answers this sees as many attempts as a busy app has in days.
  private static let deliveriesPerPage = 100
  private static let maximumDeliveryPages = 50

  /// `GET /app/hook/deliveries`
  package func failedDeliveries(since: Timestamp) async throws(ForgeError) -> [FailedDelivery] {
    guard case .app(let tokens) = credentials else { return [] }
    var attempts: [Attempt] = []
    var cursor: String?
    for _ in 1...Self.maximumDeliveryPages {
      let path = "\(Self.deliveriesPath)?per_page=\(Self.deliveriesPerPage)"
      let label = "GET \(Self.deliveriesPath)"
      let response = try await api.send(
        "GET", path + (cursor.map { "&cursor=\(URLText.encode($0))" } ?? ""),
        bearer: try await tokens.appToken())
      let next = LinkHeader.next(response.headers.values(of: "Link")).flatMap(LinkHeader.cursor)
      let page: [AttemptAnswer] = try await api.decode(response, label: label)
      let known = page.compactMap(Attempt.init)
      attempts += known.filter { $0.at >= since }
      // The answers are in order of time, newest first. One that goes in circles is not followed.
      guard let next, next != cursor, let last = known.last, last.at >= since else { break }
      cursor = next
    }
    return Attempt.failures(in: attempts)
  }

  /// `POST /app/hook/deliveries/{delivery_id}/attempts`
  package func redeliver(_ delivery: FailedDelivery) async throws(ForgeError) {
    guard case .app(let tokens) = credentials else {
      throw ForgeError(.refused, "only an app can ask for a delivery to be sent again")
    }
    _ = try await api.send(
      "POST", "\(Self.deliveriesPath)/\(delivery.attemptID)/attempts", bearer: try await tokens.appToken())
  }

  private struct AttemptAnswer: Decodable {
    var id: Int64
    var guid: String
    var deliveredAt: String
    var status: String?
    var statusCode: Int?
    var event: String?

    enum CodingKeys: String, CodingKey {
      case id, guid, status, event
      case deliveredAt = "delivered_at"
      case statusCode = "status_code"
    }
  }

  /// One attempt to deliver something.
  private struct Attempt {
    let id: Int64
    let deliveryID: String
    let event: String
    let at: Timestamp
    let problem: String
    let isGood: Bool

    init?(_ answer: AttemptAnswer) {
      guard let at = Timestamp(rfc3339: answer.deliveredAt) else { return nil }
      id = answer.id
      deliveryID = answer.guid
      event = answer.event ?? ""
      self.at = at
      // Without an answer the code is 0, and the text says why.
      let code = answer.statusCode ?? 0
      isGood = (200..<400).contains(code)
      problem = code == 0 ? answer.status ?? "no answer" : "status \(code)"
    }

    /// What has no good attempt, in the order of the newest attempts.
    static func failures(in attempts: [Attempt]) -> [FailedDelivery] {
      let delivered = Set(attempts.filter(\.isGood).map(\.deliveryID))
      let failed = attempts.filter { !delivered.contains($0.deliveryID) }
      let grouped = Dictionary(grouping: failed, by: \.deliveryID)
      var seen: Set<String> = []
      return failed.compactMap { newest in
        guard seen.insert(newest.deliveryID).inserted, let all = grouped[newest.deliveryID] else {
          return nil
        }
        return FailedDelivery(
          attemptID: newest.id, deliveryID: newest.deliveryID, event: newest.event, problem: newest.problem,
          lastAttemptAt: newest.at, firstAttemptAt: all.map(\.at).min() ?? newest.at, attemptCount: all.count)
      }
    }
  }
}
