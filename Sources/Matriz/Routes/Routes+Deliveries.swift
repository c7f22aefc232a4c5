import HTTP
import Platform

/// A delivery as the API shows it.
private struct DeliveryView: Encodable {
  let id: String
  let delivery: String
  let event: String
  @ExplicitNull var repository: String?
  let receivedAt: Timestamp
  let outcome: String
  @ExplicitNull var reason: String?
  @ExplicitNull var run: String?

  init(_ record: DeliveryRecord) {
    id = record.id
    delivery = record.delivery
    event = record.event
    repository = record.repository
    receivedAt = record.receivedAt
    outcome = record.outcome.rawValue
    reason = record.reason
    run = record.runID
  }
}

extension Routes {
  func addDeliveries(to router: inout HTTPRouter) {
    // GET /api/v1/deliveries?cursor=&limit=: what came in and what became of it, newest first.
    onGuarded(&router, "GET", "/api/v1/deliveries") { [inbox] request in
      let page = try Page(request)
      let records = try await inbox.list(before: page.cursor, limit: page.limit)
      return try .json(
        Listing(
          items: records.map(DeliveryView.init), next: records.count == page.limit ? records.last?.id : nil))
    }
  }
}
