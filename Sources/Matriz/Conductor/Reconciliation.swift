import Database
import Forge
import Platform
import RunModel

/// Compares what the forge shows with what we know, when the matriz starts and then every now and again, and has it told
/// again where it differs: of runs that go on, and of those that have ended lately.
///
/// Nothing is told from here: it goes by the outbox, so that it stays in order with what is told anyway.
struct Reconciliation: Sendable {
  /// How long a run is looked at after its end, in seconds.
  static let recentSeconds = 86_400
  /// How many runs are looked at in one go; the next one goes on with older runs.
  static let maximumRunsAtOnce = 100
  /// The forge may be away.
  private static let retryBackoff = Backoff(firstSeconds: 5, maximumSeconds: 300)

  let conductor: Conductor
  let forge: any Forge
  let reports: RunReports
  let intervalSeconds: Int
  let logger: Logger

  /// Until it is cancelled.
  func run() async {
    var place = Place()
    var failures = 0
    while !Task.isCancelled {
      var pause = Double(intervalSeconds)
      do {
        try await look(from: &place)
        failures = 0
      } catch {
        failures += 1
        if failures == 1, !Task.isCancelled {
          logger.info("what the forge shows could not be compared for now", ["error": "\(error)"])
        }
        let backoff = Self.retryBackoff.delaySeconds(afterTries: failures)
        pause = max(backoff, Double((error as? ForgeError)?.retryAfterSeconds ?? 0))
      }
      try? await Task.sleep(for: .seconds(pause))
    }
  }

  /// How far the present round has come: from the newest run to the oldest that is looked at.
  struct Place {
    fileprivate var oldest: String?
  }

  /// Looks at the next runs. An error leaves `place` at the run at which it happened.
  ///
  /// - Throws: `ForgeError` when the forge is away, or wants to be left alone.
  func look(from place: inout Place) async throws {
    let since = Timestamp(milliseconds: conductor.now().milliseconds - Int64(Self.recentSeconds) * 1_000)
    let before = place.oldest
    let runs = try await conductor.database.read { db in
      try db.shownRuns(since: since, before: before, limit: Self.maximumRunsAtOnce)
    }
    for run in runs {
      try await compare(run)
      place.oldest = run.id
    }
    if runs.count < Self.maximumRunsAtOnce { place.oldest = nil }
  }

  private func compare(_ run: Run) async throws {
    for claim in claims(of: run) {
      let effect = claim.effect(of: run)
      let lane = OutboxEntry.lane(of: effect, in: run)
      // What is about to be told need not be looked at.
      if try await conductor.database.read({ db in try db.hasEffects(inLane: lane) }) { continue }
      do throws(ForgeError) {
        if try await isMet(claim, run) { continue }
      } catch {
        guard error.isTransient || error.code == .cancelled else {
          logger.debug("what the forge shows of a run cannot be seen", ["run": run.id, "error": "\(error)"])
          continue
        }
        throw error
      }
      // A run that is another one by now was told of.
      let isTold = try await conductor.reportAgain(effect, run: run.id) { claims(of: $0).contains(claim) }
      if isTold {
        logger.info(
          "the forge shows something else than it was told, and is told again", ["run": run.id, "lane": lane])
      }
    }
  }

  private func claims(of run: Run) -> [Claim] {
    Claim.all(of: run, reports, supportsChecks: forge.supportsChecks)
  }

  private func isMet(_ claim: Claim, _ run: Run) async throws(ForgeError) -> Bool {
    let (repository, sha) = (run.source.repository, run.source.sha)
    switch claim {
    case .status(let status), .jobStatus(_, let status):
      return Claim.isMet(
        status, by: try await forge.shownStatus(repository: repository, sha: sha, context: status.context))
    case .check(let name, let externalID, let state):
      return Claim.isMet(
        state,
        by: try await forge.shownCheck(repository: repository, sha: sha, name: name, externalID: externalID))
    }
  }
}
