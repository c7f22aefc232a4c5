import Forge

/// What the forge is told of commits, and what it shows of them.
extension SimulatedForge {
  func updateStatus(
    sha: String, of speaker: Speaker, _ status: CommitStatus,
    answer: @escaping (Result<Void, ForgeError>) -> Void
  ) {
    let place = "\(sha) \(status.context)"
    report(place, answer) { [self] isLate in
      nature.note("forge: \(place) is \(status.state.rawValue): \(status.description)")
      statuses[place] = status
      if !isLate { witness.reportArrived(place, of: speaker, isFinal: status.state != .pending) }
    }
  }

  func shownStatus(
    sha: String, context: String, answer: @escaping (Result<CommitStatus?, ForgeError>) -> Void
  ) {
    call("statuses", answer) { [self] in .success(statuses["\(sha) \(context)"]) }
  }

  func updateCheck(
    sha: String, of speaker: Speaker, _ name: String, _ externalID: String, _ state: Check.State,
    answer: @escaping (Result<Void, ForgeError>) -> Void
  ) {
    let place = "\(sha) \(name) \(externalID)"
    report(place, answer) { [self] isLate in
      // What is over stays so, whoever comes late.
      if checks[place]?.isFinal == true { return }
      nature.note("forge: check \(place) is \(state)")
      checks[place] = state
      if !isLate {
        witness.reportArrived("\(sha) check \(name)", of: speaker, isFinal: state.isFinal)
      }
    }
  }

  func shownCheck(
    sha: String, name: String, externalID: String,
    answer: @escaping (Result<Check.State?, ForgeError>) -> Void
  ) {
    call("check runs", answer) { [self] in .success(checks["\(sha) \(name) \(externalID)"]) }
  }

  /// Carries a report to the forge. It may come late: when its sender has given up, or when another process of the
  /// matriz has told more since. It is carried out all the same.
  private func report(
    _ place: String, _ answer: @escaping (Result<Void, ForgeError>) -> Void,
    carryOut: @escaping (_ isLate: Bool) -> Void
  ) {
    guard nature.strikes(.requestLate) else {
      return call(place, answer) { .success(carryOut(false)) }
    }
    nature.after(Int64(Self.timeoutMilliseconds)) {
      answer(.failure(ForgeError(.unavailable, "\(place): timed out")))
    }
    nature.after(1_000...120_000) { [self] in
      if !isDown { carryOut(true) }
    }
  }

  /// Somebody else says something in our place.
  func overwriteStatus() {
    guard let place = nature.random.pick(statuses.keys.sorted()), let status = statuses[place] else { return }
    nature.count(.statusOverwritten)
    nature.note("forge: somebody overwrites \(place)")
    statuses[place] = CommitStatus(
      state: nature.random.pick([.pending, .success, .failure]) ?? .pending, context: status.context,
      description: "by hand")
  }
}
