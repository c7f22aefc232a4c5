import Crypto
import HTTP
import Platform

extension NomadAPI {
  /// Bytes in one frame of a log that is not asked for plainly.
  private static let maximumFrameBytes = 64 * 1_024

  /// `GET /v1/client/fs/logs/:alloc?task=&type=&plain=&origin=&offset=`: what is there now.
  func routeLogs(_ call: NomadCall) throws -> HTTPServerResponse? {
    guard Array(call.path.prefix(3)) == ["client", "fs", "logs"] else { return nil }
    try call.allow("GET")
    let allocationID = call.path.dropFirst(3).joined(separator: "/")
    let query = try LogQuery(call.request, allocationID: allocationID)
    let known = cluster.state.withLock { $0.allocations[allocationID]?.tasks.keys.contains(query.task) }
    guard let known else { throw NomadError.notFound("Unknown allocation \"\(allocationID)\"") }
    guard known else { throw NomadError.badRequest("unknown task name \"\(query.task)\"") }
    let log = cluster.logs[TaskLogKey(allocation: allocationID, task: query.task, stream: query.stream)]
    let position = query.isFromEnd ? log.end - query.offset : query.offset
    let start = max(position, log.droppedBytes)
    let bytes = log.bytes(from: start)
    guard !query.isPlain else {
      return HTTPServerResponse(headers: ["Content-Type": "text/plain"], body: .bytes(bytes))
    }
    return HTTPServerResponse(
      headers: ["Content-Type": "application/json"],
      body: .bytes(frames(of: bytes, from: start, file: "\(query.task).\(query.stream.rawValue).0")))
  }

  /// One JSON object after the other; an offset is the position behind its data.
  private func frames(of bytes: [UInt8], from start: Int, file: String) -> [UInt8] {
    var frames: [UInt8] = []
    var rest = bytes[...]
    var position = start
    while !rest.isEmpty {
      let data = rest.prefix(Self.maximumFrameBytes)
      rest = rest.dropFirst(data.count)
      position += data.count
      let frame: JSONValue = [
        "Data": .string(Base64.encode(data)), "File": .string("alloc/logs/\(file)"),
        "Offset": .integer(Int64(position)),
      ]
      frames += frame.bytes()
    }
    return frames
  }
}

/// The parameters of a log's read, checked in Nomad's order.
struct LogQuery {
  let task: String
  let stream: TaskLogKey.Stream
  let isPlain: Bool
  let isFromEnd: Bool
  let offset: Int

  init(_ request: HTTPServerRequest, allocationID: String) throws(NomadError) {
    guard !allocationID.isEmpty else { throw .badRequest("must provide a valid alloc id") }
    guard let task = request.query("task"), !task.isEmpty else {
      throw .badRequest("must provide task name")
    }
    if let follow = request.query("follow"), !follow.isEmpty, GoJSON.bool(follow) == nil {
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
    self.isFromEnd = origin == "end"
    self.offset = position
  }
}
