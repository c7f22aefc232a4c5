import HTTP
import Platform

/// `/_fake/`: what tests in any language seed the fake with and look at it by. No credentials; meant for loopback.
extension Service {
  private static let page = """
    A stand-in for Nomad. Its API is under /v1/; here it is seeded and looked at.

      GET  /_fake/requests                  the requests that came, and how they were answered
      POST /_fake/faults                    {"method": null, "pathPrefix": "/v1/jobs", "times": 1} and one of
                                              "status" (with "body"), "delayMilliseconds", "cut": "before" | "after"
      POST /_fake/allocations/{id}          {"status": "lost" | "failed" | "complete", "description": "..."}
                                              kills what runs of it
      POST /_fake/images                    {"image": "...", "pullFailure": "text"} or
                                              {"image": "...", "outcome": "outOfMemory" | "run"}
      POST /_fake/reset                     kills all tasks; forgets jobs, allocations, logs, faults, requests

    """

  func respond(toControl call: NomadCall) async -> HTTPServerResponse {
    do {
      return try await route(control: call)
    } catch let error as NomadError {
      return .problem(status: error.status, detail: error.message)
    } catch {
      return .problem(status: 500, detail: "\(error)")
    }
  }

  private func route(control call: NomadCall) async throws -> HTTPServerResponse {
    let path = Array(call.request.path.dropFirst().filter { !$0.isEmpty })
    switch (call.method, path.first, path.count) {
    case ("GET", nil, _): return .text(Self.page)
    case ("GET", "requests", 1): return .json(.array(record.withLock(\.requests).map(Self.json)))
    case ("POST", "faults", 1):
      let fault = try PlannedFault(control: GoJSON.object(call.body, as: "fault"))
      record.withLock { $0.faults.append(fault) }
    case ("POST", "allocations", 2):
      let body = try GoJSON.object(call.body, as: "allocation")
      guard let status = body["status"]?.string.flatMap(Allocation.ClientStatus.init(rawValue:)),
        status.isTerminal
      else { throw NomadError.badRequest("'status' must be lost, failed or complete") }
      try settle(path[1], as: status, description: body["description"]?.string ?? "")
    case ("POST", "images", 1):
      let body = try GoJSON.object(call.body, as: "image")
      guard let image = body["image"]?.string else {
        throw NomadError.badRequest("'image' is missing")
      }
      cluster.setImageOutcome(try FakeNomadOptions.ImageOutcome(control: body), of: image)
    case ("POST", "reset", 1): await reset()
    default: throw NomadError.notFound("nothing is at this path; GET /_fake/ says what there is")
    }
    return .json([:])
  }

  /// Sets an allocation's end, and kills what runs of it without another word.
  func settle(
    _ allocationID: String, as status: Allocation.ClientStatus, description: String
  ) throws(NomadError) {
    try cluster.change { (state) throws(NomadError) in
      try state.settle(allocationID, as: status, description: description)
    }
    cluster.kill(allocationID)
  }

  private static func json(_ request: FakeNomad.RecordedRequest) -> JSONValue {
    [
      "method": .string(request.method), "path": .string(request.path),
      "query": .object(request.query.mapValues { .string($0) }),
      "headers": .object(request.headers.mapValues { .string($0) }), "body": .string(request.text),
      "status": request.status.map { .integer(Int64($0)) } ?? .null,
    ]
  }
}

extension PlannedFault {
  init(control body: [String: JSONValue]) throws(NomadError) {
    let fault: FakeNomad.Fault
    if let status = body["status"]?.integer, (100...599).contains(status) {
      fault = .respond(status: Int(status), body: body["body"]?.string ?? "")
    } else if let milliseconds = body["delayMilliseconds"]?.integer, (0...600_000).contains(milliseconds) {
      fault = .delay(milliseconds: Int(milliseconds))
    } else if let cut = body["cut"]?.string, cut == "before" || cut == "after" {
      fault = cut == "before" ? .cut : .cutAfterHandling
    } else {
      throw .badRequest("one of 'status', 'delayMilliseconds' and 'cut' says what goes wrong")
    }
    self.init(
      method: body["method"]?.string, pathPrefix: body["pathPrefix"]?.string ?? "/",
      remaining: Int(clamping: body["times"]?.integer ?? 1), fault: fault)
  }
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
