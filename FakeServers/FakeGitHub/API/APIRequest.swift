import HTTP

/// A request of the API, with who makes it.
struct APIRequest: Sendable {
  let http: HTTPServerRequest
  let principal: Principal
  let permission: NotedPermission

  static let maximumBodyBytes = 1 << 20

  func parameter(_ name: String) -> String { http.parameters[name] ?? "" }

  /// A number in the path: anything else is not found.
  func number(_ name: String) throws -> Int64 {
    guard let number = Int64(parameter(name)) else { throw APIError.notFound }
    return number
  }

  /// The body as an object; an empty one stands for `{}`.
  func object(upTo maximumBytes: Int = maximumBodyBytes) async throws -> [String: JSONValue] {
    let bytes = try await http.bytes(upTo: maximumBytes)
    if bytes.isEmpty { return [:] }
    guard let value = try? JSONValue(parsing: bytes) else { throw APIError.unparsableBody }
    guard let object = value.object else { throw APIError.noObject }
    return object
  }
}
