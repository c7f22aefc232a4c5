import HTTP

/// A request of the API, with who makes it.
struct APIRequest: Sendable {
  let http: HTTPServerRequest
  let principal: Principal

  static let maximumBodyBytes = 1 << 20

  func parameter(_ name: String) -> String { http.parameters[name] ?? "" }

  /// A number in the path: anything else is not found.
  func number(_ name: String) throws -> Int64 {
    guard let number = Int64(parameter(name)) else { throw APIError.notFound }
    return number
  }

  /// The body as an object; an empty one stands for `{}`.
  func object() async throws -> [String: JSONValue] {
    let bytes = try await http.bytes(upTo: Self.maximumBodyBytes)
    if bytes.isEmpty { return [:] }
    guard let object = (try? JSONValue(parsing: bytes))?.object else { throw APIError.unparsableBody }
    return object
  }

  /// The part of a list that `page` and `per_page` (30, at most 100) ask for, with `Link` to the others.
  func page(_ items: [JSONValue], origin: String, wrap: ([JSONValue]) -> JSONValue = { .array($0) })
    -> HTTPServerResponse
  {
    let size = min(max(http.query("per_page").flatMap { Int($0) } ?? 30, 1), 100)
    let last = max(1, (items.count + size - 1) / size)
    let page = min(max(http.query("page").flatMap { Int($0) } ?? 1, 1), last + 1)
    let start = min((page - 1) * size, items.count)
    var response = HTTPServerResponse.json(wrap(Array(items[start..<min(start + size, items.count)])))
    var links: [String] = []
    func link(_ page: Int, _ relation: String) {
      let others = http.query.filter { $0.name != "page" && $0.name != "per_page" }
        .map { "\($0.name)=\($0.value)&" }.joined()
      links.append(
        "<\(origin)\(http.rawPath)?\(others)per_page=\(size)&page=\(page)>; rel=\"\(relation)\"")
    }
    if page > 1 {
      link(page - 1, "prev")
      link(1, "first")
    }
    if page < last {
      link(page + 1, "next")
      link(last, "last")
    }
    if !links.isEmpty { response.headers["Link"] = links.joined(separator: ", ") }
    return response
  }
}
