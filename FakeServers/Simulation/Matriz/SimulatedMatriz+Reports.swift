import Forge
import Matriz
import Platform
import RunModel

/// What the forge is told, and whether it shows it.
extension SimulatedMatriz {
  private static let reconcileMilliseconds = 600_000
  private static let recentSeconds: Int64 = 86_400

  /// Tells the forge how a run is now, unless another one speaks for the commit.
  func report(_ entry: OutboxEntry, _ run: Run, _ then: @escaping (EffectOutcome) -> Void) {
    let speaker = try? disk.committed.speaker(of: entry.effect, in: run)
    guard speaker?.id == run.id || nature.mutation == .olderRunSpeaks else { return then(.done(nil)) }
    let place = OutboxEntry.lane(of: entry.effect, in: run)
    witness.reportBegan(place)
    let ended = answer { [self] (result: Result<Void, ForgeError>) in
      witness.reportEnded(place)
      switch result {
      case .success: then(.done(nil))
      case .failure(let error): then(EffectOutcome(of: error, entry))
      }
    }
    guard let claim = claim(entry.effect, run) else { return ended(.success(())) }
    switch claim {
    case .status(let status), .jobStatus(_, let status):
      forge.updateStatus(sha: run.source.sha, of: Speaker(run), status, answer: ended)
    case .check(let name, let externalID, let state):
      forge.updateCheck(sha: run.source.sha, of: Speaker(run), name, externalID, state, answer: ended)
    }
  }

  /// What the forge is to show once the effect is carried out.
  private func claim(_ effect: Effect, _ run: Run) -> Claim? {
    if case .reportStatus(let old) = effect, nature.mutation == .reportsTheStatusAsItWas {
      let status = reports.status(of: run)
      return .status(
        CommitStatus(
          state: CommitStatus.State(rawValue: old.state.rawValue) ?? .error, context: status.context,
          description: old.description, targetURL: status.targetURL))
    }
    return Claim.all(of: run, reports, supportsChecks: true).first { claim in
      switch (claim, effect) {
      case (.status, .reportStatus), (.check, .reportCheck): true
      case (.jobStatus(let job, _), .reportJobStatus(let other)): job == other
      default: false
      }
    }
  }

  // MARK: Reconciliation

  /// Compares what the forge shows with what is known, now and every now and again.
  func reconcile() {
    guard nature.mutation != .nobodyReconciles else { return }
    let since = Timestamp(milliseconds: clock.milliseconds - Self.recentSeconds * 1_000)
    let runs = disk.committed.shownRuns(since: since, before: nil, limit: .max)
    compare(
      runs.flatMap { run in Claim.all(of: run, reports, supportsChecks: true).map { (run, $0) } }[...])
  }

  private func compare(_ claims: ArraySlice<(Run, Claim)>) {
    guard let (run, claim) = claims.first else {
      return act(after: Self.reconcileMilliseconds...Self.reconcileMilliseconds) { [self] in reconcile() }
    }
    let effect = claim.effect(of: run)
    let isImpatient = nature.mutation == .reconcilesPastTheOutbox
    guard !disk.committed.hasEffects(inLane: OutboxEntry.lane(of: effect, in: run)) || isImpatient else {
      return compare(claims.dropFirst())
    }
    look(at: claim, of: run) { [self] result in
      switch result {
      case .failure(let error):
        let wait = Int(error.retryAfterSeconds ?? 5) * 1_000
        act(after: wait...wait) { [self] in compare(claims) }
      case .success(true): compare(claims.dropFirst())
      case .success(false):
        nature.note("matriz: \(claim) is not what the forge shows")
        tellAgain(claim, effect, of: run, isImpatient: isImpatient) { [self] in compare(claims.dropFirst()) }
      }
    }
  }

  private func look(
    at claim: Claim, of run: Run, then: @escaping (Result<Bool, ForgeError>) -> Void
  ) {
    let sha = run.source.sha
    switch claim {
    case .status(let status), .jobStatus(_, let status):
      forge.shownStatus(
        sha: sha, context: status.context,
        answer: answer { then($0.map { Claim.isMet(status, by: $0) }) })
    case .check(let name, let externalID, let state):
      forge.shownCheck(
        sha: sha, name: name, externalID: externalID,
        answer: answer { then($0.map { Claim.isMet(state, by: $0) }) })
    }
  }

  private func tellAgain(
    _ claim: Claim, _ effect: Effect, of run: Run, isImpatient: Bool, then: @escaping () -> Void
  ) {
    if isImpatient, let now = disk.committed.run(run.id) {
      let entry = OutboxEntry(
        id: 0, runID: run.id, lane: "", effect: effect, notBefore: clock, countsFrom: clock)
      return report(entry, now) { _ in then() }
    }
    transact { [self] tables in
      try ledger.reportAgain(effect, run: run.id, at: clock, in: tables) { [reports] run in
        Claim.all(of: run, reports, supportsChecks: true).contains(claim)
      }.map { [$0] } ?? []
    } then: { _ in
      then()
    }
  }
}
