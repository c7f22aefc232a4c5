import HTTP

extension PlannedFault {
  init(control body: [String: JSONValue]) throws(NomadError) {
    let fault: FakeNomad.Fault
    if let status = body["status"]?.integer, (100...599).contains(status) {
      fault = .respond(status: Int(status), body: body["body"]?.string ?? "")
    } else if let milliseconds = body["delayMilliseconds"]?.integer, (0...600_000).contains(milliseconds) {
      fault = .delay(milliseconds: Int(milliseconds))
    } else if let cut = body["cut"]?.string.flatMap({ Self.cuts[$0] }) {
      fault = cut
    } else {
      throw .badRequest("one of 'status', 'delayMilliseconds' and 'cut' says what goes wrong")
    }
    self.init(
      method: body["method"]?.string, pathPrefix: body["pathPrefix"]?.string ?? "/",
      skipping: Int(clamping: body["skipping"]?.integer ?? 0),
      remaining: Int(clamping: body["times"]?.integer ?? 1), fault: fault)
  }

  private static let cuts: [String: FakeNomad.Fault] = [
    "before": .cut, "after": .cutAfterHandling, "body": .truncate,
  ]
}

extension FakeNomadOptions.ImageOutcome {
  init(control body: [String: JSONValue]) throws(NomadError) {
    if let reason = body["pullFailure"]?.string {
      self = .pullFailure(reason)
    } else if body["outcome"] == "outOfMemory" {
      self = .outOfMemory
    } else if body["outcome"] == "run" {
      self = .run
    } else {
      throw .badRequest("'pullFailure' or 'outcome' (outOfMemory, run) says what becomes of the image")
    }
  }
}

extension FakeNomad.RecordedRequest {
  var json: JSONValue {
    [
      "method": .string(method), "path": .string(path),
      "query": .object(query.mapValues { .string($0) }),
      "headers": .object(headers.mapValues { .string($0) }), "body": .string(text),
      "status": status.map { .integer(Int64($0)) } ?? .null,
    ]
  }
}
