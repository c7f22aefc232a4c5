import Platform

extension FakeNomad {
  /// The nodes' ids, in the order in which work is placed on them.
  public var nodeIDs: [String] { service.cluster.state.withLock { $0.nodes.map(\.id) } }

  /// While it is held, nothing is placed: evaluations say that no node was eligible, and wait. What waits is placed as
  /// soon as it is not held any more.
  public func holdPlacement(_ isHeld: Bool) {
    for id in nodeIDs { try? setNode(id, isEligible: !isHeld) }
  }

  /// Whether a node takes new work.
  ///
  /// - Throws: `FakeNomadError` (`notFound`).
  public func setNode(_ id: String, isEligible: Bool) throws {
    try changeNode { (state) throws(NomadError) in try state.setEligibility(of: id, isEligible) }
  }

  /// A node's heartbeats stop, or come again. What ran there is lost and killed, and placed anew where there is room.
  ///
  /// - Throws: `FakeNomadError` (`notFound`).
  public func setNode(_ id: String, isDown: Bool) throws {
    try changeNode { (state) throws(NomadError) in try state.setDown(id, isDown) }
  }

  private func changeNode(_ body: (inout ClusterState) throws(NomadError) -> Void) throws {
    do {
      try service.cluster.change(body)
    } catch {
      throw FakeNomadError(.notFound, error.message)
    }
  }
}
