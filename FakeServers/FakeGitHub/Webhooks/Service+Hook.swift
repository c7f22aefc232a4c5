import HTTP
import Platform

/// The App's webhook: what was delivered, and delivering it again.
extension Service {
  func addHookRoutes(_ routes: inout Routes) {
    let config = "/app/hook/config"
    routes.on(
      "GET", config, getHookConfiguration, page: "apps/webhooks#get-a-webhook-configuration-for-an-app")
    routes.on(
      "PATCH", config, updateHookConfiguration,
      page: "apps/webhooks#update-a-webhook-configuration-for-an-app")
    routes.on(
      "GET", "/app/hook/deliveries", listDeliveries, page: "apps/webhooks#list-deliveries-for-an-app-webhook")
    routes.on(
      "GET", "/app/hook/deliveries/{id}", getDelivery, page: "apps/webhooks#get-a-delivery-for-an-app-webhook"
    )
    routes.on(
      "POST", "/app/hook/deliveries/{id}/attempts", redeliverDelivery,
      page: "apps/webhooks#redeliver-a-delivery-for-an-app-webhook")
  }

  /// `GET /app/hook/deliveries`: newest first, without the bodies. There are no numbered pages: `Link` names the next
  /// one by a cursor, the delivery that it begins with.
  private func listDeliveries(_ request: APIRequest) async throws -> HTTPServerResponse {
    guard case .app = request.principal else { throw APIError.undecodableToken }
    let size = try Self.pageSize(request.http.query("per_page"))
    var deliveries = model.withLock { $0.deliveries }.sorted { $0.id > $1.id }
    if let cursor = request.http.query("cursor") {
      guard let first = Self.delivery(ofCursor: cursor) else {
        throw APIError(status: 400, message: "The cursor is not valid")
      }
      deliveries.removeAll { $0.id > first }
    }
    var response = HTTPServerResponse.json(.array(deliveries.prefix(size).map { Self.summary($0) }))
    if deliveries.count > size {
      let cursor = "\(Self.cursorPrefix)\(deliveries[size].id)"
      response.headers["Link"] =
        "<\(representation.origin)\(request.http.rawPath)?per_page=\(size)&cursor=\(cursor)>; rel=\"next\""
    }
    return response
  }

  /// `GET /app/hook/config`
  private func getHookConfiguration(_ request: APIRequest) async throws -> HTTPServerResponse {
    try requireApp(request)
    return .json(hookConfiguration)
  }

  /// `PATCH /app/hook/config`
  private func updateHookConfiguration(_ request: APIRequest) async throws -> HTTPServerResponse {
    try requireApp(request)
    let fields = SchemaObject(try await request.object())
    let url = try fields.text("url")
    let secret = try fields.text("secret")
    let contentType: FakeGitHub.WebhookContentType? = try fields.choice("content_type")
    model.withLock { model in
      model.webhookURL = url ?? model.webhookURL
      model.webhookSecret = secret ?? model.webhookSecret
      model.webhookContentType = contentType ?? model.webhookContentType
    }
    return .json(hookConfiguration)
  }

  private var hookConfiguration: JSONValue {
    model.withLock { model in
      var configuration: [String: JSONValue] = [
        "content_type": .string(model.webhookContentType.rawValue), "insecure_ssl": "0",
        "url": .string(model.webhookURL ?? ""),
      ]
      // Nobody is told the secret itself.
      if model.webhookSecret != nil { configuration["secret"] = "********" }
      return .object(configuration)
    }
  }

  private static let cursorPrefix = "v1_"

  private static func delivery(ofCursor cursor: String) -> Int64? {
    cursor.hasPrefix(cursorPrefix) ? Int64(cursor.dropFirst(cursorPrefix.count)) : nil
  }

  private static func pageSize(_ text: String?) throws -> Int {
    guard let text else { return 30 }
    guard let size = Int(text), size >= 1 else {
      throw APIError(status: 422, message: "per_page must be a positive number")
    }
    return min(size, 100)
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
