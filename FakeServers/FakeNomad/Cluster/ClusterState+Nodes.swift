extension ClusterState {
  func node(_ id: String) -> Node? { nodes.first { $0.id == id } }

  /// Whether new work may be placed on a node; what runs there goes on.
  mutating func setEligibility(of id: String, _ isEligible: Bool) throws(NomadError) {
    guard let place = nodes.firstIndex(where: { $0.id == id }) else { throw .notFound("node not found") }
    guard nodes[place].isEligible != isEligible else { return }
    nodes[place].isEligible = isEligible
    noteChange(ofNodeAt: place, "NodeEligibility")
    if isEligible { unblock() }
  }

  /// A node's heartbeats stop or come again. What ran on a node that is down is lost, and placed elsewhere as soon as
  /// there is room.
  mutating func setDown(_ id: String, _ isDown: Bool) throws(NomadError) {
    guard let place = nodes.firstIndex(where: { $0.id == id }) else { throw .notFound("node not found") }
    guard nodes[place].isDown != isDown else { return }
    nodes[place].isDown = isDown
    noteChange(ofNodeAt: place, "NodeRegistration")
    guard isDown else { return unblock() }
    var jobs: [JobKey] = []
    let affected = allocations.values.filter { $0.nodeID == id && !$0.clientStatus.isTerminal }
    for var allocation in affected.sorted(by: { $0.createIndex < $1.createIndex }) {
      allocation.isToBeReplaced = allocation.desiredStatus == "run"
      allocation.clientStatus = .lost
      allocation.desiredStatus = "stop"
      allocation.desiredDescription = "alloc is lost since its node is down"
      put(allocation)
      touch(allocation: allocation.id, nextIndex(), "AllocationUpdated")
      effects.kill.append(allocation.id)
      if !jobs.contains(allocation.job) { jobs.append(allocation.job) }
    }
    for key in jobs { _ = evaluate(key, triggeredBy: "node-update") }
  }

  private mutating func noteChange(ofNodeAt place: Int, _ type: String) {
    let index = nextIndex()
    nodes[place].modifyIndex = index
    tables.nodes = index
    tell(of: nodes[place], type, index)
  }
}
