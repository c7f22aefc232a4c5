import ArtifactStore
import Database
import Forge
import Platform
import RunModel
import Runner

/// Carries out the effects of runs: at the forge, at the runner, with the artifacts. Each of them may be carried out
/// twice without harm.
struct RunEffects: EffectPerformer {
  /// How long a status or a stop is tried, in seconds: the forge or the runner may be away for days.
  private static let longPatienceSeconds = 604_800

  /// How long the forge is asked for a commit's message, in seconds, before the run goes on without it.
  private static let messagePatienceSeconds = 30

  let conductor: Conductor
  let forge: any Forge
  let runner: any Runner
  let artifacts: ArtifactStore
  let checkDetails: CheckDetailsReader
  let readiness: Readiness
  let settings: Settings
  let logger: Logger
  /// The repositories whose checks the forge refuses.
  let refusedChecks = ToldOnce()

  /// What of the configuration matters here.
  struct Settings: Sendable {
    /// The origin that workers and people are given.
    var externalURL: String
    var statusContext: String
    var tokenSecret: [UInt8]
    var defaultImage: String?
    var dispatchSeconds: Int
    var releaseWaitSeconds: Int

    var reports: RunReports { RunReports(statusContext: statusContext, externalURL: externalURL) }
  }

  func patienceSeconds(_ entry: OutboxEntry) -> Int {
    switch entry.effect {
    case .readCommitMessage: Self.messagePatienceSeconds
    case .dispatch: settings.dispatchSeconds
    case .uploadAsset: settings.releaseWaitSeconds
    case .reportStatus, .reportJobStatus, .reportCheck, .stop: Self.longPatienceSeconds
    }
  }

  func giveUp(_ entry: OutboxEntry, problem: String) -> Event? {
    switch entry.effect {
    case .readCommitMessage: .commitMessageRead(skipMarker: nil)
    case .dispatch(let job, let attempt): .dispatchFailed(job: job, attempt: attempt, reason: problem)
    case .uploadAsset(let name): .assetFailed(name: name, reason: problem)
    case .reportStatus, .reportJobStatus, .reportCheck, .stop: nil
    }
  }

  func perform(_ entry: OutboxEntry) async -> EffectOutcome {
    do {
      guard let run = try await conductor.run(concernedBy: entry) else { return .done(nil) }
      switch entry.effect {
      case .readCommitMessage: return try await readCommitMessage(run)
      case .dispatch(let job, let attempt): return try await dispatch(job, attempt, run)
      case .stop(_, _, let handle): return try await stop(handle)
      case .uploadAsset(let name): return try await upload(name, run)
      case .reportStatus: return try await reportStatus(run)
      case .reportJobStatus(let job): return try await reportJobStatus(job, run)
      case .reportCheck: return try await reportCheck(run, tries: entry.tries)
      }
    } catch let error as ForgeError {
      guard error.isTransient else { return .impossible(problem: error.message) }
      return .tryAgain(
        problem: error.message, afterSeconds: error.retryAfterSeconds.map(Double.init),
        isOutage: entry.effect.waitsForOutages)
    } catch let error as RunnerError {
      guard error.isTransient else { return .impossible(problem: error.message) }
      return .tryAgain(problem: error.message, isOutage: entry.effect.waitsForOutages)
    } catch let error as DatabaseError {
      return .tryAgain(problem: "\(error)", isOutage: entry.effect.waitsForOutages)
    } catch {
      return .tryAgain(problem: "\(error)")
    }
  }

  // MARK: Each effect

  private func readCommitMessage(_ run: Run) async throws -> EffectOutcome {
    guard run.isHeld else { return .done(nil) }
    let message = try await forge.commitMessage(repository: run.source.repository, sha: run.source.sha)
    return .done(.commitMessageRead(skipMarker: SkipMarker.find(in: message)))
  }

  private func dispatch(_ id: String, _ attempt: Int, _ run: Run) async throws -> EffectOutcome {
    guard let job = run.job(id) else { return .done(nil) }
    guard job.attempt == attempt, !job.state.isFinal else { return try await findDispatch(id, attempt, run) }
    guard job.dispatchHandle == nil else { return .done(nil) }
    let token = WorkerToken(runID: run.id, jobID: id, attempt: attempt, at: conductor.now())
    let request = DispatchRequest(
      callbackURL: settings.externalURL, token: try token.signed(secret: settings.tokenSecret),
      image: job.image ?? settings.defaultImage, runID: run.id, jobID: id, attempt: attempt)
    do throws(RunnerError) {
      FaultPoint.dispatchBegun.reach()
      let handle = try await runner.dispatch(request)
      FaultPoint.dispatchAnswered.reach()
      // A runner that takes a job is there, whatever the last try to register with it said.
      readiness.set("runner", nil)
      return .done(.dispatched(job: id, attempt: attempt, handle: handle))
    } catch {
      guard error.code == .notFound else { throw error }
      // The runner forgot the job that is dispatched, or never had it.
      try await runner.prepare()
      return .tryAgain(problem: error.message, afterSeconds: 0)
    }
  }

  /// Nobody waits for the worker any more. The answer to an earlier try may have been lost: the run is told of what was
  /// dispatched all the same, and has it stopped.
  private func findDispatch(_ job: String, _ attempt: Int, _ run: Run) async throws -> EffectOutcome {
    let handle = try await runner.findDispatch(runID: run.id, jobID: job, attempt: attempt)
    return .done(handle.map { .dispatched(job: job, attempt: attempt, handle: $0) })
  }

  /// Stopped is what the runner says has ended, not what it was asked to end.
  private func stop(_ handle: String) async throws(RunnerError) -> EffectOutcome {
    FaultPoint.stopBegun.reach()
    try await runner.cancel(handle)
    FaultPoint.stopAnswered.reach()
    if try await runner.state(handle).isTerminal { return .done(nil) }
    return .tryAgain(problem: "the worker has not stopped yet")
  }

  /// Uploads an artifact to the tag's release, unless it is there already with the same bytes.
  private func upload(_ name: String, _ run: Run) async throws -> EffectOutcome {
    guard !run.state.isFinal else { return .done(nil) }
    guard let tag = run.source.tag else { return .impossible(problem: "the run has no tag") }
    let repository = run.source.repository
    do {
      let (artifact, content) = try await artifacts.get(run: run.id, name: name)
      if let there = try await forge.releaseAsset(repository: repository, tag: tag, name: name) {
        guard there.sizeBytes == artifact.size, there.sha256 == nil || there.sha256 == artifact.sha256 else {
          return .impossible(
            problem:
              "release '\(tag)' has another asset '\(name)' already (\(there.sizeBytes) bytes, ours has \(artifact.size))"
          )
        }
        return .done(.assetUploaded(name: name))
      }
      FaultPoint.uploadBegun.reach()
      try await forge.uploadReleaseAsset(
        repository: repository, tag: tag, name: name, content: content, contentType: artifact.contentType)
      FaultPoint.uploadAnswered.reach()
      return .done(.assetUploaded(name: name))
    } catch let error as ForgeError where error.code == .notFound {
      // The release may come later than its tag.
      return .tryAgain(problem: error.message)
    } catch let error as ForgeError where error.code == .conflict {
      // Perhaps our own upload, whose answer was lost: the next try compares.
      return .tryAgain(problem: error.message)
    }
  }
}

extension Effect {
  /// What the run itself waits for: a forge or a runner that is away is no fault of the run, which goes on when it is
  /// back; or somebody cancels it.
  fileprivate var waitsForOutages: Bool {
    switch self {
    case .dispatch, .uploadAsset: true
    case .readCommitMessage, .reportStatus, .reportJobStatus, .reportCheck, .stop: false
    }
  }
}
