import Forge
import Platform
import RunModel
import Runner

/// What came of carrying out an effect once.
enum SimulatedOutcome {
  case done(Event?)
  case tryAgain(String, afterSeconds: Int64?)
  case impossible(String)

  init(_ error: ForgeError) {
    self =
      error.isTransient
      ? .tryAgain(error.message, afterSeconds: error.retryAfterSeconds) : .impossible(error.message)
  }

  init(_ error: RunnerError) {
    self = error.isTransient ? .tryAgain(error.message, afterSeconds: nil) : .impossible(error.message)
  }
}

/// Carries effects out: lanes side by side, the entries of a lane one after the other.
final class SimulatedOutbox {
  private unowned let matriz: SimulatedMatriz
  private var lanes: [String: [Entry]] = [:]
  private var isBusy: Set<String> = []

  init(matriz: SimulatedMatriz) {
    self.matriz = matriz
  }

  func add(_ entries: [Entry]) {
    for entry in entries {
      lanes[entry.lane, default: []].append(entry)
      start(entry.lane)
    }
  }

  private func start(_ lane: String) {
    guard !isBusy.contains(lane), let entry = lanes[lane]?.first else { return }
    isBusy.insert(lane)
    let delay = max(0, entry.notBefore.milliseconds - matriz.wallClock.milliseconds)
    matriz.act(after: Int(delay)...Int(delay)) { [self] in
      matriz.perform(entry) { [self] outcome in conclude(entry, outcome) }
    }
  }

  private func conclude(_ entry: Entry, _ outcome: SimulatedOutcome) {
    switch outcome {
    case .done(let event): finish(entry, event)
    case .impossible(let problem): finish(entry, matriz.giveUp(entry, problem))
    case .tryAgain(let problem, let seconds):
      let now = matriz.wallClock.milliseconds
      let end = entry.createdAt.milliseconds + Int64(matriz.patienceSeconds(entry)) * 1_000
      if now >= end {
        guard case .dispatch = entry.effect, matriz.isExpected(entry) else {
          return finish(entry, matriz.giveUp(entry, problem))
        }
        // An answer may have been lost: what was dispatched all the same is still to be found and stopped.
        if let event = matriz.giveUp(entry, problem) { matriz.handle(event, run: entry.runID) { _ in } }
      }
      var again = entry
      again.tries += 1
      let step = min(500 << min(again.tries, 7), 60_000)
      let delay = seconds.map { $0 * 1_000 } ?? Int64(matriz.nature.random.number(in: (step / 2)...step))
      again.notBefore = Timestamp(milliseconds: min(now + delay, max(end, now + 50)))
      matriz.postpone(again) { [self] _ in release(again) }
    }
  }

  private func finish(_ entry: Entry, _ event: Event?) {
    matriz.finish(entry, with: event) { [self] isStored in
      guard isStored else {
        var again = entry
        again.tries += 1
        again.notBefore = Timestamp(milliseconds: matriz.wallClock.milliseconds + 1_000)
        return release(again)
      }
      lanes[entry.lane]?.removeFirst()
      isBusy.remove(entry.lane)
      start(entry.lane)
    }
  }

  private func release(_ entry: Entry) {
    lanes[entry.lane]?[0] = entry
    isBusy.remove(entry.lane)
    start(entry.lane)
  }
}

extension SimulatedMatriz {
  func patienceSeconds(_ entry: Entry) -> Int {
    switch entry.effect {
    case .readCommitMessage: 30
    case .dispatch: isExpected(entry) ? settings.limits.dispatchSeconds : 86_400
    case .uploadAsset: settings.releaseWaitSeconds
    case .reportStatus, .stop: 86_400
    }
  }

  /// Whether the attempt of a dispatch still waits for it.
  func isExpected(_ entry: Entry) -> Bool {
    guard case .dispatch(let id, let attempt) = entry.effect,
      let job = disk.committed.runs[entry.runID]?.job(id)
    else { return false }
    return job.attempt == attempt && job.dispatchHandle == nil && !job.state.isFinal
  }

  func giveUp(_ entry: Entry, _ problem: String) -> Event? {
    switch entry.effect {
    case .readCommitMessage: .commitMessageRead(skipMarker: nil)
    case .dispatch(let job, let attempt): .dispatchFailed(job: job, attempt: attempt, reason: problem)
    case .uploadAsset(let name): .assetFailed(name: name, reason: problem)
    case .reportStatus, .stop: nil
    }
  }

  func perform(_ entry: Entry, then: @escaping (SimulatedOutcome) -> Void) {
    nature.note("matriz: \(entry.effect), try \(entry.tries + 1)")
    guard let run = disk.committed.runs[entry.runID] else { return then(.done(nil)) }
    switch entry.effect {
    case .readCommitMessage:
      forge.readCommitMessage(
        sha: run.source.sha,
        answer: answer { result in
          switch result {
          case .success(let marker): then(.done(.commitMessageRead(skipMarker: marker)))
          case .failure(let error): then(SimulatedOutcome(error))
          }
        })
    case .dispatch(let job, let attempt):
      dispatch(AttemptKey(run: run.id, job: job, attempt: attempt), entry, then)
    case .stop(_, _, let handle):
      runner.cancel(
        handle,
        answer: answer { result in
          switch result {
          case .success: then(.done(nil))
          case .failure(let error): then(SimulatedOutcome(error))
          }
        })
    case .uploadAsset(let name): upload(name, run, then)
    case .reportStatus(let old):
      let report = nature.mutation == .reportsTheStatusAsItWas ? old : run.statusReport
      let status = CommitStatus(
        state: CommitStatus.State(rawValue: report.state.rawValue) ?? .error, context: "mise-ci",
        description: report.description)
      forge.updateStatus(
        sha: run.source.sha, attempt: run.attempt, status,
        answer: answer { result in
          switch result {
          case .success: then(.done(nil))
          case .failure(let error): then(SimulatedOutcome(error))
          }
        })
    }
  }

  private func dispatch(_ key: AttemptKey, _ entry: Entry, _ then: @escaping (SimulatedOutcome) -> Void) {
    guard isExpected(entry) else {
      return runner.findDispatch(
        key,
        answer: answer { result in
          switch result {
          case .success(let handle?):
            then(.done(.dispatched(job: key.job, attempt: key.attempt, handle: handle)))
          case .success(nil): then(.done(nil))
          case .failure(let error): then(SimulatedOutcome(error))
          }
        })
    }
    runner.dispatch(
      key,
      answer: answer { result in
        switch result {
        case .success(let handle):
          then(.done(.dispatched(job: key.job, attempt: key.attempt, handle: handle)))
        case .failure(let error): then(SimulatedOutcome(error))
        }
      })
  }

  private func upload(_ name: String, _ run: Run, _ then: @escaping (SimulatedOutcome) -> Void) {
    guard !run.state.isFinal, let tag = run.source.tag else { return then(.done(nil)) }
    guard disk.committed.artifacts.contains("\(run.id) \(name)") else {
      return then(.impossible("there is no artifact \(name)"))
    }
    let fail = { (error: ForgeError) in
      then(
        error.code == .notFound || error.code == .conflict
          ? .tryAgain(error.message, afterSeconds: nil) : SimulatedOutcome(error))
    }
    let repository = run.source.repository
    forge.releaseAsset(
      repository: repository, tag: tag, name: name,
      answer: answer { [self] result in
        switch result {
        case .success(true): then(.done(.assetUploaded(name: name)))
        case .failure(let error): fail(error)
        case .success(false):
          forge.uploadAsset(
            repository: repository, tag: tag, name: name,
            answer: answer { result in
              switch result {
              case .success: then(.done(.assetUploaded(name: name)))
              case .failure(let error): fail(error)
              }
            })
        }
      })
  }
}
