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
  /// What a list's ids must begin with.
  var prefix: String { request.query("prefix") ?? "" }

  /// The ACL token (`X-Nomad-Token`, or a bearer token).
  var token: String? {
    if let token = request.headers["X-Nomad-Token"] { return token }
    let scheme = "Bearer "
    guard let value = request.headers["Authorization"], value.hasPrefix(scheme) else { return nil }
    return String(value.dropFirst(scheme.count))
  }

  /// Whether something of a namespace is asked for; `*` asks for all.
  func asks(for namespace: String) -> Bool { self.namespace == "*" || self.namespace == namespace }

  /// Refuses every other method.
  func allow(_ methods: String...) throws(NomadError) {
    guard methods.contains(method) else { throw .methodNotAllowed }
  }

  /// The index of a blocking query; 0 answers at once.
  func waitIndex() throws(NomadError) -> UInt64 {
    guard let text = request.query("index"), !text.isEmpty else { return 0 }
    guard let index = UInt64(text) else { throw .badRequest("Invalid index") }
    return index
  }

  /// How long a blocking query waits: five minutes unless it says so, ten at most.
  func waitSeconds() throws(NomadError) -> Double {
    guard let text = request.query("wait"), !text.isEmpty else { return 300 }
    guard let nanoseconds = GoDuration.nanoseconds(text) else { throw .badRequest("Invalid wait time") }
    return min(Double(nanoseconds) / 1e9, 600)
  }

  /// The id in `/v1/<kind>/:id[/action]`, when it is one.
  ///
  /// - Parameter kind: what Nomad's refusal calls it.
  func id(of kind: String) throws(NomadError) -> String {
    let id = path.dropFirst().first ?? ""
    guard id.utf8.count == 36 else {
      throw .refused("\(kind) lookup failed: index error: UUID must be 36 characters")
    }
    return id
  }
}
