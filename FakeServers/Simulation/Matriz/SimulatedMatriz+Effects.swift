import Forge
import Matriz
import Platform
import RunModel
import Runner

extension SimulatedMatriz {
  func patienceSeconds(_ entry: OutboxEntry) -> Int {
    switch entry.effect {
    case .readCommitMessage: 30
    case .dispatch: settings.limits.dispatchSeconds
    case .uploadAsset: settings.releaseWaitSeconds
    case .reportStatus, .reportJobStatus, .reportCheck, .stop: 604_800
    }
  }

  func giveUp(_ entry: OutboxEntry, _ problem: String) -> Event? {
    switch entry.effect {
    case .readCommitMessage: .commitMessageRead(skipMarker: nil)
    case .dispatch(let job, let attempt): .dispatchFailed(job: job, attempt: attempt, reason: problem)
    case .uploadAsset(let name): .assetFailed(name: name, reason: problem)
    case .reportStatus, .reportJobStatus, .reportCheck, .stop: nil
    }
  }

  func perform(_ entry: OutboxEntry, then: @escaping (EffectOutcome) -> Void) {
    nature.note("matriz: \(entry.effect), try \(entry.tries + 1)")
    guard let run = disk.committed.run(entry.runID) else { return then(.done(nil)) }
    switch entry.effect {
    case .readCommitMessage:
      forge.readCommitMessage(
        sha: run.source.sha,
        answer: answer { result in
          switch result {
          case .success(let marker): then(.done(.commitMessageRead(skipMarker: marker)))
          case .failure(let error): then(EffectOutcome(of: error, entry))
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
          case .failure(let error): then(EffectOutcome(of: error, entry))
          }
        })
    case .uploadAsset(let name): upload(name, run, entry, then)
    case .reportStatus, .reportJobStatus, .reportCheck: report(entry, run, then)
    }
  }

  private func dispatch(_ key: AttemptKey, _ entry: OutboxEntry, _ then: @escaping (EffectOutcome) -> Void) {
    guard let job = disk.committed.run(key.run)?.job(key.job) else { return then(.done(nil)) }
    guard job.attempt == key.attempt, !job.state.isFinal else { return findDispatch(key, entry, then) }
    guard job.dispatchHandle == nil else { return then(.done(nil)) }
    runner.dispatch(
      key,
      answer: answer { result in
        switch result {
        case .success(let handle):
          then(.done(.dispatched(job: key.job, attempt: key.attempt, handle: handle)))
        case .failure(let error): then(EffectOutcome(of: error, entry))
        }
      })
  }

  /// Nobody waits for the worker any more; what was dispatched all the same is to be stopped.
  private func findDispatch(
    _ key: AttemptKey, _ entry: OutboxEntry, _ then: @escaping (EffectOutcome) -> Void
  ) {
    runner.findDispatch(
      key,
      answer: answer { result in
        switch result {
        case .success(let handle):
          then(.done(handle.map { .dispatched(job: key.job, attempt: key.attempt, handle: $0) }))
        case .failure(let error): then(EffectOutcome(of: error, entry))
        }
      })
  }

  private func upload(
    _ name: String, _ run: Run, _ entry: OutboxEntry, _ then: @escaping (EffectOutcome) -> Void
  ) {
    guard !run.state.isFinal, let tag = run.source.tag else { return then(.done(nil)) }
    guard disk.committed.contents.artifacts.contains("\(run.id) \(name)") else {
      return then(.impossible(problem: "there is no artifact \(name)"))
    }
    let fail = { (error: ForgeError) in
      then(
        error.code == .notFound || error.code == .conflict
          ? .tryAgain(problem: error.message) : EffectOutcome(of: error, entry))
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

extension EffectOutcome {
  init(of error: ForgeError, _ entry: OutboxEntry) {
    self =
      error.isTransient
      ? .tryAgain(
        problem: error.message, afterSeconds: error.retryAfterSeconds.map(Double.init),
        isOutage: entry.effect.waitsForOutages)
      : .impossible(problem: error.message)
  }

  fileprivate init(of error: RunnerError, _ entry: OutboxEntry) {
    self =
      error.isTransient
      ? .tryAgain(problem: error.message, isOutage: entry.effect.waitsForOutages)
      : .impossible(problem: error.message)
  }
}

extension Effect {
  /// What the run itself waits for: a forge or a runner that is away is no fault of the run.
  fileprivate var waitsForOutages: Bool {
    switch self {
    case .dispatch, .uploadAsset: true
    case .readCommitMessage, .reportStatus, .reportJobStatus, .reportCheck, .stop: false
    }
  }
}
