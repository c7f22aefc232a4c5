import Configuration
import HTTP
import Platform

/// Asks a matriz over its HTTP API, and turns its refusals into errors that a person can act on.
struct APIClient: Sendable {
  /// What every command that asks a server understands.
  static let options: [Command.Option] = [
    .init("url", value: "URL", "The server's address; else MISE_CI_URL.")
  ]
  static let discussion = "The API token is read from MISE_CI_API_TOKEN."

  /// How long a change may take.
  private static let changeSeconds = 60.0
  /// The most items that the server gives in one answer.
  private static let maximumPageItems = 200

  private let origin: String
  private let token: String?
  private let http = HTTPClient()

  init(_ values: CommandLineValues) throws(UsageError) {
    guard let address = values.string("url") ?? Self.variable("MISE_CI_URL") else {
      throw UsageError("\(values.program): say where the server is, with --url URL or MISE_CI_URL")
    }
    do {
      origin = try WebAddress.check(address, allowsPath: true)
    } catch {
      throw UsageError("\(values.program): the server's address must \(error.message), not '\(address)'")
    }
    token = Self.variable("MISE_CI_API_TOKEN")
  }

  /// An empty variable counts as not set.
  private static func variable(_ name: String) -> String? {
    ProcessEnvironment[name].flatMap { $0.isEmpty ? nil : $0 }
  }

  /// `GET path`. Path and query are made of numbers and ids, which need no encoding. Throws `APIError` unless the
  /// answer is a success; its body has no limit of time, only of silence.
  func get(_ path: String, query: [(String, String)] = []) async throws -> HTTPResponse {
    let text = query.map { "\($0)=\($1)" }.joined(separator: "&")
    return try await send(
      HTTPRequest("GET", origin + path + (text.isEmpty ? "" : "?\(text)"), timeoutSeconds: 0))
  }

  /// `POST path` with a JSON body. Throws `APIError` unless the answer is a success.
  func post(_ path: String, _ body: JSONValue = [:]) async throws -> HTTPResponse {
    try await send(
      HTTPRequest(
        "POST", origin + path, headers: ["Content-Type": "application/json"], body: .bytes(body.bytes()),
        timeoutSeconds: Self.changeSeconds))
  }

  private func send(_ request: HTTPRequest) async throws -> HTTPResponse {
    var request = request
    if let token { request.headers["Authorization"] = "Bearer \(token)" }
    let response = try await http.send(request)
    guard response.isSuccess else { throw await APIError(response, isTokenGiven: token != nil) }
    return response
  }

  /// The items of a list, newest first and at most `limit`, from as many pages as that takes.
  func list<Item: Decodable>(_ path: String, limit: Int, of type: Item.Type) async throws -> [Item] {
    var items: [Item] = []
    var cursor: String?
    repeat {
      var query = [("limit", "\(min(limit - items.count, Self.maximumPageItems))")]
      if let cursor { query.append(("cursor", cursor)) }
      let page = try await get(path, query: query).decode(Page<Item>.self)
      items += page.items.prefix(limit - items.count)
      // A page without items would be asked for again and again.
      cursor = page.items.isEmpty ? nil : page.next
    } while cursor != nil && items.count < limit
    return items
  }

  /// Ends the connections. Every command calls it last.
  func close() async {
    await http.shutdown()
  }

  /// Runs `body` with a client for the command line's server, and closes it on every path.
  static func with<T>(
    _ values: CommandLineValues, _ body: (APIClient) async throws -> T
  ) async throws -> T {
    let client = try APIClient(values)
    do {
      let result = try await body(client)
      await client.close()
      return result
    } catch {
      await client.close()
      throw error
    }
  }

  private struct Page<Item: Decodable>: Decodable {
    let items: [Item]
    let next: String?
  }
}
