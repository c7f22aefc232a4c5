import Database
import Forge
import Platform
import RunModel

/// Takes deliveries in: each is recorded once, with the run that it makes, before it is answered.
struct DeliveryInbox: Sendable {
  /// What a delivery came to.
  enum Outcome: Hashable, Sendable {
    case run(id: String)
    case ignored(reason: String)
  }

  let conductor: Conductor
  let pipeline: PipelinePlan
  /// Called when a release was published, with `owner/name` and the tag: uploads may be waiting for it.
  let releasePublished: @Sendable (_ repository: String, _ tag: String) async -> Void

  private let deliveries = DeliveryStore()

  init(
    conductor: Conductor, pipeline: PipelinePlan,
    releasePublished: @escaping @Sendable (_ repository: String, _ tag: String) async -> Void
  ) {
    self.conductor = conductor
    self.pipeline = pipeline
    self.releasePublished = releasePublished
  }

  /// Records a delivery, durably, and makes its run. The same delivery again changes nothing.
  func accept(_ delivery: WebhookDelivery) async throws -> Outcome {
    let now = Timestamp.now()
    let source = Self.source(of: delivery.event)
    let reason = Self.reasonToIgnore(delivery.event)
    let pipeline = self.pipeline
    let (outcome, change) = try await conductor.database.write {
      [conductor, deliveries] db -> (Outcome, Conductor.Change?) in
      if try deliveries.find(delivery: delivery.id, in: db) != nil {
        return (.ignored(reason: "this delivery was seen before"), nil)
      }
      let change: Conductor.Change? =
        if let source {
          try conductor.ledger.insert(source: source, plan: pipeline.plan, at: now, into: db)
        } else {
          nil
        }
      try deliveries.insert(
        DeliveryRecord(
          id: UUIDv7.generate(), delivery: delivery.id, event: delivery.name,
          repository: Self.repository(of: delivery.event), receivedAt: now,
          outcome: change == nil ? .ignored : .run,
          reason: reason, runID: change?.run.id),
        into: db)
      FaultPoint.deliveryBeforeCommit.reach()
      guard let change else { return (.ignored(reason: reason ?? "nothing to do"), nil) }
      return (.run(id: change.run.id), change)
    }
    FaultPoint.deliveryCommitted.reach()
    if let change { conductor.tell(change) }
    if case .releasePublished(let release) = delivery.event {
      await releasePublished(release.repository.name, release.tag)
    }
    return outcome
  }

  func list(before: String?, limit: Int) async throws -> [DeliveryRecord] {
    try await conductor.database.read { [deliveries] db in
      try deliveries.list(before: before, limit: limit, in: db)
    }
  }

  // MARK: Rules

  /// What is to be built because of an event; `nil` for nothing.
  private static func source(of event: WebhookEvent) -> Source? {
    switch event {
    case .push(let push):
      Source(
        repository: push.repository.name, cloneURL: push.repository.cloneURL, event: .push, ref: push.ref,
        sha: push.sha, title: push.title)
    case .tagPush(let push):
      Source(
        repository: push.repository.name, cloneURL: push.repository.cloneURL, event: .tag, ref: push.ref,
        sha: push.sha, title: push.title)
    case .pullRequest(let request):
      request.fromFork
        ? nil
        : Source(
          repository: request.repository.name, cloneURL: request.repository.cloneURL, event: .pullRequest,
          ref: request.ref, sha: request.sha, mergeSha: request.mergeSha, title: request.title)
    case .releasePublished, .ping, .ignored: nil
    }
  }

  private static func reasonToIgnore(_ event: WebhookEvent) -> String? {
    switch event {
    case .push, .tagPush: nil
    case .pullRequest(let request): request.fromFork ? "the pull request comes from a fork" : nil
    case .releasePublished: "a release makes no run: its tag's push does"
    case .ping: "ping"
    case .ignored(let reason): reason
    }
  }

  private static func repository(of event: WebhookEvent) -> String? {
    switch event {
    case .push(let push): push.repository.name
    case .tagPush(let push): push.repository.name
    case .pullRequest(let request): request.repository.name
    case .releasePublished(let release): release.repository.name
    case .ping, .ignored: nil
    }
  }
}
