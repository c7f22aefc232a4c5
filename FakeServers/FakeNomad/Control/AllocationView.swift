extension FakeNomad {
  /// An allocation, as tests look at it.
  public struct AllocationView: Sendable, Hashable {
    public enum Status: String, Sendable, CaseIterable {
      case pending, running, complete, failed, lost
    }

    public let id: String
    public let jobID: String
    public let status: Status
    /// Each task's events in order: type and text.
    public let events: [String: [Event]]
  }

  public struct Event: Sendable, Hashable {
    public let type: String
    public let message: String
  }
}

extension FakeNomad.AllocationView {
  init(_ allocation: Allocation) {
    id = allocation.id
    jobID = allocation.job.id
    status =
      switch allocation.clientStatus {
      case .pending: .pending
      case .running: .running
      case .complete: .complete
      case .failed: .failed
      case .lost: .lost
      }
    events = allocation.tasks.mapValues { task in
      task.events.map { FakeNomad.Event(type: $0.type, message: $0.displayMessage) }
    }
  }
}

extension Allocation.ClientStatus {
  init(_ status: FakeNomad.AllocationView.Status) {
    self =
      switch status {
      case .pending: .pending
      case .running: .running
      case .complete: .complete
      case .failed: .failed
      case .lost: .lost
      }
  }
}
