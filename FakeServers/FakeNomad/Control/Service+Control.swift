import HTTP
import Platform
import Synchronization

/// `/_fake/`: what tests in any language seed the fake with and look at it by. No credentials; meant for loopback.
extension Service {
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
    case ("GET", nil, _): return .text(controlPage)
    case ("GET", "requests", 1): return .json(.array(record.withLock(\.requests).map(\.json)))
    case ("GET", "nodes", 1):
      return .json(.array(cluster.state.withLock { $0.nodes.map { $0.stub(withResources: true) } }))
    case ("POST", "faults", 1):
      let fault = try PlannedFault(control: GoJSON.object(call.body, as: "fault"))
      record.withLock { $0.faults.append(fault) }
    case ("DELETE", "faults", 1): record.withLock { $0.faults = [] }
    case ("POST", "leader", 1): try setLeader(GoJSON.object(call.body, as: "leader"))
    case ("POST", "restart", 1): try await restart(GoJSON.object(call.body, as: "restart"))
    case ("POST", "nodes", 1): try setNodes(GoJSON.object(call.body, as: "node"))
    case ("POST", "allocations", 2):
      try settle(path[1], GoJSON.object(call.body, as: "allocation"))
    case ("POST", "images", 1): try setImage(GoJSON.object(call.body, as: "image"))
    case ("POST", "reset", 1): await reset()
    default: throw NomadError.notFound("nothing is at this path; GET /_fake/ says what there is")
    }
    return .json([:])
  }

  private func setLeader(_ body: [String: JSONValue]) throws(NomadError) {
    guard let isElected = body["elected"]?.bool else {
      throw .badRequest("'elected' says whether there is a leader")
    }
    cluster.state.withLock { $0.hasLeader = isElected }
  }

  private func restart(_ body: [String: JSONValue]) async throws(NomadError) {
    guard let seconds = body["downSeconds"]?.number, (0...600).contains(seconds) else {
      throw .badRequest("'downSeconds' says for how long, 600 at most")
    }
    let restart = restartServer.withLock { $0 }
    await restart?(seconds)
  }

  private func setNodes(_ body: [String: JSONValue]) throws(NomadError) {
    guard body["eligible"]?.bool != nil || body["down"]?.bool != nil else {
      throw .badRequest("'eligible' or 'down' says what becomes of the nodes")
    }
    try cluster.change { (state) throws(NomadError) in
      let ids = body["id"]?.string.map { [$0] } ?? state.nodes.map(\.id)
      for id in ids {
        if let isEligible = body["eligible"]?.bool { try state.setEligibility(of: id, isEligible) }
        if let isDown = body["down"]?.bool { try state.setDown(id, isDown) }
      }
    }
  }

  private func settle(_ allocationID: String, _ body: [String: JSONValue]) throws(NomadError) {
    guard let status = body["status"]?.string.flatMap(Allocation.ClientStatus.init(rawValue:)),
      status.isTerminal
    else { throw .badRequest("'status' must be lost, failed or complete") }
    try settle(allocationID, as: status, description: body["description"]?.string ?? "")
  }

  private func setImage(_ body: [String: JSONValue]) throws(NomadError) {
    guard let image = body["image"]?.string else { throw .badRequest("'image' is missing") }
    cluster.setImageOutcome(try FakeNomadOptions.ImageOutcome(control: body), of: image)
  }

  /// Sets an allocation's end, and kills what runs of it without another word.
  func settle(
    _ allocationID: String, as status: Allocation.ClientStatus, description: String
  ) throws(NomadError) {
    try cluster.change { (state) throws(NomadError) in
      try state.settle(allocationID, as: status, description: description)
    }
  }
}
