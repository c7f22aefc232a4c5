import FoundationEssentials
import RunModel

extension World {
  mutating func carryOutAnEffect() {
    guard let effect = random.pick(outbox) else { return }
    carryOut(effect, isFaulty: random.happens(percent: 25))
  }

  /// A faulty one fails before anything was done, or is done and its answer lost; it stays in the outbox.
  mutating func carryOut(_ effect: Effect, isFaulty: Bool) {
    if isFaulty, random.happens(percent: 50) { return count("effect failed") }
    if isFaulty { count("answer lost") }
    switch effect {
    case .readCommitMessage: answer(.commitMessageRead(skipMarker: nil), isLost: isFaulty)
    case .dispatch(let job, let attempt):
      guard run.job(job)?.state.isFinal == false else { return forget(effect) }
      if random.happens(percent: 3) {
        return answer(.dispatchFailed(job: job, attempt: attempt, reason: "no capacity"), isLost: isFaulty)
      }
      changeWorker(job) { $0.isStarted = true }
      answer(.dispatched(job: job, attempt: attempt, handle: "handle of \(job)"), isLost: isFaulty)
    case .stop(let job, _, _):
      changeWorker(job) { $0.isStopped = true }
      if !isFaulty { forget(effect) }
    case .uploadAsset(let name):
      guard !run.state.isFinal else { return forget(effect) }
      if random.happens(percent: 10) {
        return answer(.assetFailed(name: name, reason: "no release"), isLost: isFaulty)
      }
      uploaded.insert(name)
      answer(.assetUploaded(name: name), isLost: isFaulty)
    case .reportJobStatus, .reportCheck: forget(effect)
    case .reportStatus(let report):
      // Told again after a newer one was told, an older one would stay.
      let isNewest = report == newestStatus
      if isNewest { forgeStatuses.append(report) }
      if !isFaulty || !isNewest { forget(effect) }
    }
  }

  private mutating func forget(_ effect: Effect) {
    outbox.removeAll { $0 == effect }
  }

  private mutating func answer(_ event: Event, isLost: Bool) {
    if !isLost { inFlight.append(event) }
  }

  /// The process is killed and another one starts on the same database, which tells that nobody is connected.
  mutating func crash() {
    count("crash")
    inFlight = []
    do {
      let stored = try JSONDecoder().decode(Run.self, from: JSONEncoder().encode(run))
      law.expect(stored == run, "a run was not the same after it was stored")
      run = stored
    } catch {
      law.expect(false, "a run could not be stored: \(error)")
    }
    for index in workers.indices { workers[index].isConnected = false }
    deliver(.serverStarted)
  }
}

extension Effect {
  /// It is given up when it takes too long, and the run waits for it until then.
  var hasItsOwnTime: Bool {
    if case .dispatch = self { true } else { isUpload }
  }

  var isUpload: Bool {
    if case .uploadAsset = self { true } else { false }
  }
}

extension Event {
  /// The effect that it tells the outcome of.
  var answered: Effect? {
    switch self {
    case .dispatched(let job, let attempt, _), .dispatchFailed(let job, let attempt, _):
      .dispatch(job: job, attempt: attempt)
    case .assetUploaded(let name), .assetFailed(let name, _): .uploadAsset(name: name)
    default: nil
    }
  }
}
