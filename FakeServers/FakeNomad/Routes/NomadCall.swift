import HTTP
import Platform

/// A request to the API: its body read, its parameters named.
struct NomadCall: Sendable {
  /// Bodies may be this long.
  static let maximumBodyBytes = 4 << 20

  let request: HTTPServerRequest
  let body: [UInt8]

  var method: String { request.method }
  /// The path's segments after `/v1`.
  var path: ArraySlice<String> { request.path.dropFirst() }
  var namespace: String { request.query("namespace") ?? "default" }

  /// Refuses every other method.
  func allow(_ methods: String...) throws(NomadError) {
    guard methods.contains(method) else { throw .methodNotAllowed }
  }

  /// The index of a blocking query; 0 answers at once.
  var waitIndex: UInt64 { request.query("index").flatMap { UInt64($0) } ?? 0 }

  /// How long a blocking query waits: five minutes unless it says so, ten at most.
  func waitSeconds() throws(NomadError) -> Double {
    guard let text = request.query("wait") else { return 300 }
    guard let nanoseconds = GoDuration.nanoseconds(text) else { throw .badRequest("Invalid wait time") }
    return min(Double(nanoseconds) / 1e9, 600)
  }
}

/// What a query found, and the index of the last change of it.
struct QueryResult: Sendable {
  var json: JSONValue
  var index: UInt64
}

extension HTTPServerResponse {
  static func nomad(_ error: NomadError) -> HTTPServerResponse {
    .text(error.message, status: error.status)
  }

  /// An answer that carries `X-Nomad-Index`.
  static func nomad(_ result: QueryResult) -> HTTPServerResponse {
    var response = HTTPServerResponse.json(result.json)
    response.headers["X-Nomad-Index"] = "\(result.index)"
    response.headers["X-Nomad-KnownLeader"] = "true"
    response.headers["X-Nomad-LastContact"] = "0"
    return response
  }
}
