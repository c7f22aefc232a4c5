import Forge
import Platform

/// Asks the forge for deliveries that did not reach us: it tries none twice by itself, and lists for three days those
/// that failed. What came while we were down, or could not be stored, comes then.
///
/// A look reads that list, drops what is recorded here, and asks for the others again, the oldest first, so that they
/// come in the order in which they happened. What fails again is asked for again, after twice as many looks each time,
/// `maximumAsks` times in all. Waits are counted in looks, so that a clock that is set makes none of them longer.
actor FailedDeliveries {
  /// As long as GitHub keeps a delivery and sends it again.
  static let maximumAgeSeconds: Int64 = 3 * 86_400
  /// How many deliveries one look asks for; the rest waits for the next one.
  static let maximumAsksAtOnce = 20
  /// How often one delivery is asked for: with a look every five minutes, for more than a day.
  static let maximumAsks = 12
  /// The most looks between two times that one delivery is asked for.
  static let maximumWaitLooks = 72
  /// How many deliveries are remembered; of more, the oldest are left out.
  static let maximumRemembered = 10_000
  /// Every so many looks the whole list is read; the others read what is new since the look before.
  static let looksPerWholeList = 12
  /// What is new begins so much before the last look: attempts are listed when they have ended, and clocks differ.
  private static let overlapSeconds: Int64 = 600
  /// The longest that a forge can make us wait for the next look.
  private static let maximumRetryAfterSeconds: Double = 3_600

  private let inbox: DeliveryInbox
  private let logger: Logger
  private let intervalSeconds: Double
  private let pauseSeconds: Double
  private let now: @Sendable () -> Timestamp

  /// What was reported and is not recorded, by the forge's id of the delivery.
  private var missing: [String: Missing] = [:]
  /// How many looks there were.
  private var looks = 0
  private var lastLookAt: Timestamp?
  private var watch: Task<Void, Never>?

  private struct Missing {
    /// As it was last reported.
    var delivery: FailedDelivery
    var firstAttemptAt: Timestamp
    var asks = 0
    /// The look that may ask for it.
    var dueLook: Int

    /// What was never asked for comes first, or those that fail for ever would keep the others from their turn.
    var rank: (Int, Timestamp, Int64) { (asks, firstAttemptAt, delivery.attemptID) }
  }

  /// - Parameters:
  ///   - intervalSeconds: between two looks.
  ///   - pauseSeconds: between two deliveries that one look asks for; GitHub wants a second between writes.
  init(
    inbox: DeliveryInbox, intervalSeconds: Double, pauseSeconds: Double = 1, logger: Logger,
    now: @escaping @Sendable () -> Timestamp = Timestamp.now
  ) {
    self.inbox = inbox
    self.intervalSeconds = intervalSeconds
    self.pauseSeconds = pauseSeconds
    self.logger = logger
    self.now = now
  }

  /// Begins to look, at once and then again and again.
  func start() {
    watch = watch ?? Task { [weak self] in await self?.keepLooking() }
  }

  func stop() async {
    watch?.cancel()
    await watch?.value
  }

  private func keepLooking() async {
    let backoff = Backoff(firstSeconds: min(5, intervalSeconds), maximumSeconds: intervalSeconds)
    var failures = 0
    while !Task.isCancelled {
      var delay = intervalSeconds
      do {
        try await look()
        failures = 0
      } catch {
        guard !Task.isCancelled else { return }
        failures += 1
        let wanted = (error as? ForgeError)?.retryAfterSeconds.map(Double.init) ?? 0
        delay = max(backoff.delaySeconds(afterTries: failures), min(wanted, Self.maximumRetryAfterSeconds))
        if failures == 1 { logger.warning("failed deliveries were not asked for", ["reason": "\(error)"]) }
      }
      guard (try? await Task.sleep(for: .seconds(delay))) != nil else { return }
    }
  }

  /// Looks once. An error leaves what was not done to the next look.
  func look() async throws {
    let start = now()
    let oldest = start.adding(seconds: -Self.maximumAgeSeconds)
    let isWhole = looks % Self.looksPerWholeList == 0
    let since = isWhole ? oldest : lastLookAt?.adding(seconds: -Self.overlapSeconds) ?? oldest
    remember(try await inbox.forge.failedDeliveries(since: max(since, oldest)))
    missing = missing.filter { $0.value.firstAttemptAt >= oldest }
    for id in try await inbox.recorded(among: Array(missing.keys)) { missing[id] = nil }
    try await ask()
    looks += 1
    lastLookAt = start
  }

  private func remember(_ failed: [FailedDelivery]) {
    for delivery in failed {
      if let known = missing[delivery.deliveryID] {
        // What is new may lack the first attempt.
        missing[delivery.deliveryID]?.firstAttemptAt = min(known.firstAttemptAt, delivery.firstAttemptAt)
        missing[delivery.deliveryID]?.delivery = delivery
      } else if missing.count < Self.maximumRemembered {
        missing[delivery.deliveryID] = Missing(
          delivery: delivery, firstAttemptAt: delivery.firstAttemptAt, dueLook: looks)
      }
    }
  }

  private func ask() async throws {
    let due = missing.values
      .filter { $0.dueLook <= looks && $0.asks < Self.maximumAsks }
      .sorted { $0.rank < $1.rank }
      .prefix(Self.maximumAsksAtOnce)
    for (index, one) in due.enumerated() {
      if index > 0 { try await Task.sleep(for: .seconds(pauseSeconds)) }
      let delivery = one.delivery
      do throws(ForgeError) {
        try await inbox.forge.redeliver(delivery)
        noteAsked(delivery, asks: one.asks + 1)
        logger.info(
          "a failed delivery was asked for",
          [
            "delivery": delivery.deliveryID, "event": delivery.event, "time": "\(one.asks + 1)",
            "problem": delivery.problem,
          ])
      } catch {
        // It is about this one; a forge that is away, or does not want to be asked, ends the look.
        guard error.code == .notFound || error.code == .refused else { throw error }
        noteAsked(delivery, asks: error.code == .notFound ? Self.maximumAsks : one.asks + 1)
        logger.warning(
          "a failed delivery could not be asked for",
          ["delivery": delivery.deliveryID, "reason": error.message])
      }
    }
  }

  private func noteAsked(_ delivery: FailedDelivery, asks: Int) {
    missing[delivery.deliveryID]?.asks = asks
    missing[delivery.deliveryID]?.dueLook = looks + min(1 << (asks - 1), Self.maximumWaitLooks)
  }
}

extension Timestamp {
  fileprivate func adding(seconds: Int64) -> Timestamp {
    Timestamp(milliseconds: milliseconds + seconds * 1_000)
  }
}
