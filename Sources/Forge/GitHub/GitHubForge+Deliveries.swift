package import Forge
internal import HTTP
package import Platform

/// The log that GitHub keeps of an app's webhook: for three days, and it tries nothing twice by itself.
extension GitHubForge {
  private static let deliveriesPath = "/app/hook/deliveries"
  /// So many pages have as many attempts as a busy app makes in days.
  private static let maximumDeliveryPages = 50

  /// `GET /app/hook/deliveries`
  package func failedDeliveries(since: Timestamp) async throws(ForgeError) -> [FailedDelivery] {
    guard case .app(let tokens) = credentials else { return [] }
    let call = APICall(
      "GET", "\(Self.deliveriesPath)?per_page=\(GitHubAPI.itemsPerPage)", urgency: .background)
    let attempts = try await tokens.asApp { credential throws(ForgeError) in
      var attempts: [Attempt] = []
      try await api.eachPage(of: call, as: credential, maximumPages: Self.maximumDeliveryPages) {
        (page: [AttemptAnswer]) in
        let known = page.compactMap(Attempt.init)
        attempts += known.filter { $0.at >= since }
        // The answers are in order of time, newest first.
        return known.last.map { $0.at >= since } ?? false
      }
      return attempts
    }
    return Attempt.failures(in: attempts)
  }

  /// `POST /app/hook/deliveries/{delivery_id}/attempts`
  package func redeliver(_ delivery: FailedDelivery) async throws(ForgeError) {
    guard case .app(let tokens) = credentials else {
      throw ForgeError(.refused, "only an app can ask for a delivery to be sent again")
    }
    let call = APICall(
      "POST", "\(Self.deliveriesPath)/\(delivery.attemptID)/attempts", urgency: .background)
    _ = try await tokens.asApp { credential throws(ForgeError) in
      try await api.send(call, as: credential)
    }
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
  private struct Attempt: Sendable {
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
