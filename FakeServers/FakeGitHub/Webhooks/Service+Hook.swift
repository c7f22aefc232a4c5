import HTTP
import Platform

/// The App's webhook: what was delivered, and delivering it again.
extension Service {
  func addHookRoutes(_ routes: inout Routes) {
    routes.on("GET", "/app/hook/deliveries", listDeliveries)
    routes.on("GET", "/app/hook/deliveries/{id}", getDelivery)
    routes.on("POST", "/app/hook/deliveries/{id}/attempts", redeliverDelivery)
  }

  /// `GET /app/hook/deliveries`: newest first, without the bodies.
  private func listDeliveries(_ request: APIRequest) async throws -> HTTPServerResponse {
    guard case .app = request.principal else { throw APIError.undecodableToken }
    let items = model.withLock { $0.deliveries }.reversed().map { Self.summary($0) }
    return request.page(items, origin: representation.origin)
  }

  /// `GET /app/hook/deliveries/{delivery_id}`
  private func getDelivery(_ request: APIRequest) async throws -> HTTPServerResponse {
    .json(Self.detail(try delivery(request)))
  }

  /// `POST /app/hook/deliveries/{delivery_id}/attempts`
  private func redeliverDelivery(_ request: APIRequest) async throws -> HTTPServerResponse {
    let id = try delivery(request).id
    inBackground { service in _ = try await service.redeliver(id) }
    return .json(JSONValue.object([:]), status: 202)
  }

  private func delivery(_ request: APIRequest) throws -> FakeGitHub.Delivery {
    guard case .app = request.principal else { throw APIError.undecodableToken }
    let id = try request.number("id")
    guard let found = model.withLock({ model in model.deliveries.first { $0.id == id } }) else {
      throw APIError.notFound
    }
    return found
  }

  private static func summary(_ delivery: FakeGitHub.Delivery) -> JSONValue {
    let isGood = delivery.status.map { $0 < 400 } ?? false
    return [
      "id": .integer(delivery.id), "guid": .string(delivery.guid),
      "delivered_at": .string(delivery.deliveredAt), "redelivery": .bool(delivery.isRedelivery),
      "duration": .number(delivery.durationSeconds),
      "status": .string(delivery.failure ?? (isGood ? "OK" : "Invalid HTTP Response")),
      "status_code": .integer(Int64(delivery.status ?? 0)), "event": .string(delivery.event),
      "action": JSONValue(delivery.action),
      "installation_id": delivery.installationID.map { .integer($0) } ?? .null,
      "repository_id": delivery.repositoryID.map { .integer($0) } ?? .null, "throttled_at": nil,
    ]
  }

  static func detail(_ delivery: FakeGitHub.Delivery) -> JSONValue {
    summary(delivery).merging([
      "url": .string(delivery.url),
      "request": [
        "headers": .object(delivery.requestHeaders.mapValues { .string($0) }),
        "payload": (try? JSONValue(parsing: delivery.payload)) ?? .null,
      ],
      "response": [
        "headers": .object(delivery.responseHeaders.mapValues { .string($0) }),
        "payload": .string(delivery.responseText),
      ],
    ])
  }
}
