import HTTP
import Platform

extension NomadAPI {
  /// `GET /v1/client/fs/logs/:alloc?task=&type=&plain=&follow=&origin=&offset=`: what is there now; with `follow` also
  /// what comes, until the client leaves.
  func routeLogs(_ call: NomadCall) throws -> HTTPServerResponse? {
    guard Array(call.path.prefix(3)) == ["client", "fs", "logs"] else { return nil }
    try call.allow("GET")
    let allocationID = call.path.dropFirst(3).joined(separator: "/")
    let query = try LogQuery(call.request, allocationID: allocationID)
    try checkStarted(query.task, of: allocationID)
    let key = TaskLogKey(allocation: allocationID, task: query.task, stream: query.stream)
    let reader = TaskLogReader(logs: cluster.logs, key: key, query)
    var response = HTTPServerResponse(
      headers: ["Content-Type": query.isPlain ? "text/plain" : "application/json"])
    response.headers["Vary"] = "Accept-Encoding, Origin"
    response.body = query.follows ? .stream(reader.following) : .bytes(reader.rest())
    return response
  }

  private func checkStarted(_ task: String, of allocationID: String) throws(NomadError) {
    guard let allocation = cluster.state.withLock({ $0.allocations[allocationID] }) else {
      throw .notFound("Unknown allocation \"\(allocationID)\"")
    }
    guard let state = allocation.tasks[task] else { throw .badRequest("unknown task name \"\(task)\"") }
    guard state.startedAt != nil else {
      throw .notFound("task \"\(task)\" not started yet. No logs available")
    }
  }
}

/// The parameters of a log's read, checked in Nomad's order.
struct LogQuery: Sendable {
  let task: String
  let stream: TaskLogKey.Stream
  let isPlain: Bool
  let follows: Bool
  let isFromEnd: Bool
  let offset: Int

  init(_ request: HTTPServerRequest, allocationID: String) throws(NomadError) {
    guard !allocationID.isEmpty else { throw .badRequest("must provide a valid alloc id") }
    guard let task = request.query("task"), !task.isEmpty else {
      throw .badRequest("must provide task name")
    }
    let follow = request.query("follow") ?? ""
    guard let follows = follow.isEmpty ? false : GoJSON.bool(follow) else {
      throw .badRequest(
        "failed to parse follow field to boolean: strconv.ParseBool: parsing \"\(follow)\": invalid syntax")
    }
    guard let stream = request.query("type").flatMap(TaskLogKey.Stream.init(rawValue:)) else {
      throw .badRequest("must provide log type (stdout/stderr)")
    }
    let offset = request.query("offset") ?? ""
    guard let position = offset.isEmpty ? 0 : Int(offset), position >= 0 else {
      throw .badRequest(
        "error parsing offset: strconv.ParseInt: parsing \"\(offset)\": invalid syntax")
    }
    let origin = request.query("origin") ?? ""
    guard ["", "start", "end"].contains(origin) else {
      throw .badRequest("origin must be start or end")
    }
    self.task = task
    self.stream = stream
    self.isPlain = request.query("plain").flatMap(GoJSON.bool) ?? false
    self.follows = follows
    self.isFromEnd = origin == "end"
    self.offset = position
  }
}
