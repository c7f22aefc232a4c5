import Forge
import HTTP
import Platform

extension Routes {
  /// Longer ids are nobody's.
  private static let maximumDeliveryIDBytes = 128

  func addDeliveries(to router: inout HTTPRouter) {
    // GET /api/v1/deliveries?cursor=&limit=: what came in and what became of it, newest first.
    onGuarded(&router, "GET", "/api/v1/deliveries") { [inbox] request in
      let page = try Page(request)
      let records = try await inbox.list(before: page.cursor, limit: page.limit)
      return try .json(
        Listing(
          items: records.map(DeliveryView.init), next: records.count == page.limit ? records.last?.id : nil))
    }

    // GET /api/v1/deliveries/{delivery}: one of them, by our id or the forge's, with what was sent.
    onGuarded(&router, "GET", "/api/v1/deliveries/{delivery}") { [inbox, forge] request in
      guard let detail = try await inbox.detail(try deliveryID(of: request)) else { throw Self.noDelivery }
      return try .json(DeliveryDetailView(detail, forge: forge))
    }

    // POST /api/v1/deliveries/{delivery}/replay: 202 with the new run, 200 when there is nothing to do.
    onGuarded(&router, "POST", "/api/v1/deliveries/{delivery}/replay") { [inbox, logger] request in
      let replay: DeliveryInbox.Replay
      do {
        replay = try await inbox.replay(try deliveryID(of: request))
      } catch let error as HTTPServerError {
        throw error
      } catch {
        logger.error("a delivery could not be replayed", ["error": "\(error)"])
        return Self.notStored("the replay could not be stored")
      }
      switch replay {
      case .done(let outcome): return outcome.response
      case .unknown: throw Self.noDelivery
      case .gone:
        return .problem(
          status: 410,
          detail: "nothing is kept of this delivery that could be replayed; the forge may have it still")
      case .unreadable(let reason):
        return .problem(status: 409, detail: "this delivery cannot be read: \(reason)")
      }
    }
  }

  private static let noDelivery = HTTPServerError(.notFound, "there is no such delivery")

  private func deliveryID(of request: HTTPServerRequest) throws -> String {
    guard let id = request.parameters["delivery"], !id.isEmpty, id.utf8.count <= Self.maximumDeliveryIDBytes
    else { throw Self.noDelivery }
    return id
  }
}

/// A delivery as the API shows it.
private struct DeliveryView: Encodable {
  let id: String
  @ExplicitNull var delivery: String?
  @ExplicitNull var event: String?
  @ExplicitNull var repository: String?
  let receivedAt: Timestamp
  let outcome: String
  @ExplicitNull var reason: String?
  @ExplicitNull var run: String?
  @ExplicitNull var replayOf: String?

  init(_ record: DeliveryRecord) {
    id = record.id
    delivery = record.delivery
    event = record.event
    repository = record.repository
    receivedAt = record.receivedAt
    outcome = record.outcome.rawValue
    reason = record.reason
    run = record.runID
    replayOf = record.replayOf
  }
}

/// A delivery with what was sent. `payload` is the JSON of it; where there is none in it, the body's text.
private struct DeliveryDetailView: Encodable {
  let delivery: DeliveryView
  /// Names in lower case.
  @ExplicitNull var headers: [String: String]?
  @ExplicitNull var payload: JSONValue?
  let replays: [DeliveryView]

  private enum CodingKeys: String, CodingKey { case headers, payload, replays }

  init(_ detail: DeliveryInbox.Detail, forge: any Forge) {
    delivery = DeliveryView(detail.record)
    headers = detail.webhook?.headers
    payload = detail.webhook.map { webhook in
      let json = (try? forge.payload(of: webhook)).flatMap { try? JSONValue(parsing: $0) }
      return json ?? .string(String(decoding: webhook.body, as: UTF8.self))
    }
    replays = detail.replays.map(DeliveryView.init)
  }

  func encode(to encoder: any Encoder) throws {
    try delivery.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(_headers, forKey: .headers)
    try container.encode(_payload, forKey: .payload)
    try container.encode(replays, forKey: .replays)
  }
}
