import HTTP
import Platform

extension NomadAPI {
  /// `GET /v1/event/stream?topic=Topic[:key]&index=&namespace=`: one JSON object a line, `{}` when nothing happens. From
  /// an index on what is kept of the past comes first.
  func routeEvents(_ call: NomadCall) throws -> HTTPServerResponse? {
    guard Array(call.path) == ["event", "stream"] else { return nil }
    try call.allow("GET")
    let text = call.request.query("index") ?? ""
    guard let index = text.isEmpty ? 0 : Int(text), index >= 0 else {
      throw NomadError.badRequest(
        "Unable to parse index: strconv.Atoi: parsing \"\(text)\": invalid syntax")
    }
    let topics = try call.request.query.filter { $0.name == "topic" }.map { try EventTopic($0.value) }
    let first = index > 0 ? UInt64(index) : cluster.state.withLock(\.index) + 1
    let stream = EventStream(cluster: cluster, from: first, topics: topics, call)
    return HTTPServerResponse(
      headers: ["Content-Type": "application/json", "Cache-Control": "no-cache"], body: .stream(stream.lines))
  }
}

/// What a reader of events wants: `Job:web`, `Allocation`, `*`.
struct EventTopic: Sendable {
  let name: String
  let key: String

  init(_ text: String) throws(NomadError) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard parts.count <= 2 else {
      throw .badRequest(
        "Invalid topic query: error parsing topics: Invalid key value pair for topic, topic: \(text)")
    }
    name = parts[0]
    key = parts.count == 2 ? parts[1] : "*"
  }

  func matches(_ event: ClusterEvent) -> Bool {
    guard name == "*" || name == event.topic.rawValue else { return false }
    return key == "*" || key == event.key || event.filterKeys.contains(key)
  }
}
