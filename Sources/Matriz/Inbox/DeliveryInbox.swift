import Configuration
import Database
import Forge
import Platform
import RunModel

/// Takes deliveries in: each is recorded once, with the run that it makes, before it is answered. What was recorded can
/// be replayed.
struct DeliveryInbox: Sendable {
  /// What a delivery came to.
  enum Outcome: Hashable, Sendable {
    /// A new run, also one that is skipped.
    case run(id: String)
    case ignored(reason: String)
  }

  /// The most replays of one delivery that are shown.
  private static let maximumShownReplays = 100

  let conductor: Conductor
  let forge: any Forge
  let pipeline: PipelinePlan
  private let intake: Intake
  /// Called when a release was published, with `owner/name` and the tag: uploads may be waiting for it.
  let releasePublished: @Sendable (_ repository: String, _ tag: String) async -> Void

  private let deliveries = DeliveryStore()

  init(
    conductor: Conductor, forge: any Forge, pipeline: PipelinePlan,
    supersede: MatrizConfiguration.Limits.Supersede = .off,
    forks: MatrizConfiguration.Forge.Forks = .approve,
    releasePublished: @escaping @Sendable (_ repository: String, _ tag: String) async -> Void
  ) {
    self.conductor = conductor
    self.forge = forge
    self.pipeline = pipeline
    intake = Intake(ledger: conductor.ledger, supersede: supersede, forks: forks)
    self.releasePublished = releasePublished
  }

  /// Records a webhook, durably, and makes its run. The same delivery again changes nothing.
  ///
  /// - Throws: `ForgeError` when it cannot be read, which is recorded, too, or when the forge had to be asked about it
  ///   and could not; anything else when it could not be recorded.
  func accept(_ webhook: AuthenticWebhook) async throws -> Outcome {
    let delivery: WebhookDelivery
    do throws(ForgeError) {
      delivery = try forge.decode(webhook)
    } catch {
      try await recordRejected(webhook, because: error.message)
      throw error
    }
    return try await take(try await permitted(delivery), .forge(webhook))
  }

  func list(before: String?, limit: Int) async throws -> [DeliveryRecord] {
    try await conductor.database.read { [deliveries] db in
      try deliveries.list(before: before, limit: limit, in: db)
    }
  }

  /// Of these ids of the forge's, those whose delivery is recorded, in whatever way.
  func recorded(among ids: [String]) async throws -> Set<String> {
    try await conductor.database.read { [deliveries] db in
      Set(try ids.filter { try deliveries.find($0, in: db) != nil })
    }
  }

  /// One delivery with all that is known of it.
  struct Detail: Sendable {
    let record: DeliveryRecord
    /// What was kept of it; `nil` when nothing is left.
    let webhook: AuthenticWebhook?
    /// Oldest first.
    let replays: [DeliveryRecord]
  }

  /// - Parameter id: ours or the forge's.
  func detail(_ id: String) async throws -> Detail? {
    try await conductor.database.read { [deliveries] db in
      guard let record = try deliveries.find(id, in: db) else { return nil }
      return Detail(
        record: record, webhook: try deliveries.webhook(of: record, in: db),
        replays: try deliveries.replays(of: record.id, limit: Self.maximumShownReplays, in: db))
    }
  }

  /// What came of a wish to replay a delivery.
  enum Replay: Hashable, Sendable {
    case done(Outcome)
    /// There is no such delivery.
    case unknown
    /// Nothing is left of it that could be replayed.
    case gone
    /// It still cannot be read.
    case unreadable(reason: String)
  }

  /// Reads a recorded delivery again, as a new record, and makes a new run of it though it made one before.
  ///
  /// - Parameter id: ours or the forge's.
  func replay(_ id: String) async throws -> Replay {
    guard let detail = try await detail(id) else { return .unknown }
    guard let webhook = detail.webhook else { return .gone }
    let delivery: WebhookDelivery
    do throws(ForgeError) {
      delivery = try forge.decode(webhook)
    } catch {
      return .unreadable(reason: error.message)
    }
    return .done(
      try await take(
        try await permitted(delivery), .replay(of: detail.record.replayOf ?? detail.record.id)))
  }

  /// The delivery; or that there is nothing to do, where somebody wants to approve a commit who may not write to the
  /// repository. Whom it shows the button the forge decides, and what it stands for we do.
  ///
  /// - Throws: `ForgeError` when the forge cannot be asked: it is to send the delivery again.
  private func permitted(_ delivery: WebhookDelivery) async throws(ForgeError) -> WebhookDelivery {
    guard case .actionRequested(let request) = delivery.event,
      CheckAction(rawValue: request.identifier) == .approve,
      !(try await forge.mayWrite(to: request.repository.name, user: request.sender))
    else { return delivery }
    var delivery = delivery
    delivery.event = .ignored(
      reason: "\(RunRequest.cited(request.sender)) may not approve: only who may write to "
        + "\(request.repository.name)")
    return delivery
  }

  /// Where a delivery comes from: it was sent to us, or it is read again.
  private enum Origin {
    case forge(AuthenticWebhook)
    case replay(of: String)

    var record: String? {
      if case .replay(let id) = self { id } else { nil }
    }
  }

  /// Has a delivery recorded and its run made, in one commit.
  private func take(_ delivery: WebhookDelivery, _ origin: Origin) async throws -> Outcome {
    let now = conductor.now()
    let plan = pipeline.plan
    let taken = try await conductor.database.write { [intake, deliveries] db -> Intake.Taken? in
      guard let taken = try intake.take(delivery, replayOf: origin.record, plan: plan, at: now, in: db) else {
        return nil
      }
      if case .forge(let webhook) = origin { try deliveries.insert(webhook, of: taken.record.id, into: db) }
      FaultPoint.deliveryBeforeCommit.reach()
      return taken
    }
    guard let taken else { return .ignored(reason: "this delivery was seen before") }
    FaultPoint.deliveryCommitted.reach()
    for change in taken.changes { conductor.tell(change) }
    if case .releasePublished(let release) = delivery.event {
      await releasePublished(release.repository.name, release.tag)
    }
    if let run = taken.record.runID { return .run(id: run) }
    return .ignored(reason: taken.record.reason ?? "nothing to do")
  }

  /// The forge learns that it could not be read, and shows it; and so do we, once for each delivery.
  private func recordRejected(_ webhook: AuthenticWebhook, because reason: String) async throws {
    let record = DeliveryRecord(
      id: UUIDv7.generate(), delivery: webhook.deliveryID, event: webhook.eventName, repository: nil,
      receivedAt: .now(), occurredAt: nil, outcome: .rejected, reason: reason, runID: nil, replayOf: nil)
    try await conductor.database.write { [deliveries] db in
      if let id = webhook.deliveryID, try deliveries.hasSeen(delivery: id, rejected: true, in: db) { return }
      try deliveries.insert(record, into: db)
      try deliveries.insert(webhook, of: record.id, into: db)
    }
  }
}
