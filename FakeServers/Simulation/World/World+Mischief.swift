import Platform
import RunModel

extension World {
  /// Something happens that nobody asked for; and later something else.
  func mischief() {
    guard !nature.isCalm else { return }
    if nature.random.happens(perMille: 60) { rerun() }
    if let fault = nature.random.pick(Self.mischiefs.filter({ nature.isPossible($0) })) { happen(fault) }
    nature.after(500...30_000) { [self] in mischief() }
  }

  private static let mischiefs: [Fault] = [
    .forgeDown, .runnerDown, .diskFull, .allocationLost, .workerKilled, .workerStopped, .connectionCut,
    .connectionCutUnnoticed, .connectionStalled, .crash, .clockForward, .clockBack, .cancel, .cancelInQueue,
    .cancelWhileAway, .statusOverwritten,
  ]

  private func happen(_ fault: Fault) {
    switch fault {
    case .forgeDown: forge.goDown(milliseconds: outage)
    case .runnerDown: runner.goDown(milliseconds: outage)
    case .diskFull: disk.fill(milliseconds: Int64(nature.random.number(in: 1_000...120_000)))
    case .allocationLost: runner.loseAllocation()
    case .workerKilled, .workerStopped, .connectionCut, .connectionCutUnnoticed, .connectionStalled:
      if let worker = nature.random.pick(runner.liveWorkers) { happen(fault, to: worker) }
    case .crash:
      if matriz != nil {
        nature.count(.crash)
        crash()
      }
    case .statusOverwritten: forge.overwriteStatus()
    case .clockForward, .clockBack:
      nature.count(fault)
      let jump = Int64(nature.random.number(in: 1_000...600_000))
      nature.setClock(forward: fault == .clockBack ? -jump : jump)
    default: cancel(fault)
    }
  }

  /// From a hiccup to an hour.
  private var outage: Int64 {
    nature.random.happens(perMille: 200)
      ? Int64(nature.random.number(in: 600_000...3_700_000))
      : Int64(nature.random.number(in: 1_000...120_000))
  }

  private func happen(_ fault: Fault, to worker: SimulatedWorker) {
    guard worker.link != nil || fault == .workerKilled || fault == .workerStopped else { return }
    nature.count(fault)
    worker.note("is the one")
    switch fault {
    case .workerKilled: worker.kill(serverNotices: true)
    case .workerStopped: worker.stop(milliseconds: Int64(nature.random.number(in: 1_000...90_000)))
    case .connectionCut: worker.cut(serverNotices: true, workerNotices: true)
    case .connectionCutUnnoticed:
      let serverNotices = nature.random.happens(perMille: 300)
      worker.cut(serverNotices: serverNotices, workerNotices: !serverNotices)
    default: worker.stallConnection(milliseconds: Int64(nature.random.number(in: 1_000...40_000)))
    }
  }

  // MARK: People

  /// Somebody pushes; a release for a tag may come long after it, or never.
  func push() {
    let number = forge.pushes.count + 1
    let kind = nature.random.pick([SimulatedPush.Kind.branch, .branch, .tag, .pullRequest]) ?? .branch
    let repository = nature.random.pick(["octo/app", "octo/lib"]) ?? "octo/app"
    // A tag may be given to a commit that is known: then it has several runs.
    let known = forge.pushes.filter { $0.repository == repository && $0.kind != .pullRequest }
    let tagged = kind == .tag && nature.random.happens(perMille: 700) ? nature.random.pick(known) : nil
    let ref =
      switch kind {
      case .branch: "refs/heads/main"
      case .tag: "refs/tags/v\(number)"
      case .pullRequest: "refs/pull/7/merge"
      }
    let push = SimulatedPush(
      delivery: "delivery \(number)", kind: kind, repository: repository, ref: ref,
      sha: tagged?.sha ?? "sha\(number)",
      skipMarker: tagged.map(\.skipMarker) ?? (nature.random.happens(perMille: 80) ? "[skip ci]" : nil),
      pushedAt: Timestamp(milliseconds: nature.now / 1_000 * 1_000))
    forge.add(push)
    nature.note("\(push.delivery): \(ref) of \(repository)")
    forge.deliver(push)
    guard let tag = push.tag else { return }
    let isLate = nature.strikes(.releaseLate)
    nature.after(isLate ? 60_000...600_000 : 100...5_000) { [self] in
      if forge.releases["\(repository) \(tag)"] == nil {
        forge.publishRelease(repository: repository, tag: tag)
      }
    }
  }

  private func cancel(_ fault: Fault) {
    let fitting = witness.runIDs.compactMap { witness.runs[$0] }.filter { run in
      switch fault {
      case .cancelInQueue: run.jobs.contains { $0.isWaitingForSlot }
      case .cancelWhileAway: run.jobs.contains { $0.state == .running && $0.awaySince != nil }
      default: !run.state.isFinal
      }
    }
    guard let run = nature.random.pick(fitting), let matriz else { return }
    nature.count(fault)
    matriz.handle(.cancelRequested(by: "ann"), run: run.id) { _ in }
  }

  private func rerun() {
    let ended = witness.runIDs.compactMap { witness.runs[$0] }.filter { $0.state.isFinal && $0.attempt < 4 }
    guard let run = nature.random.pick(ended), let matriz else { return }
    nature.count(.rerun)
    let onlyFailed = nature.random.happens(perMille: 500)
    matriz.handle(.rerunRequested(by: "ann", onlyFailed: onlyFailed), run: run.id) { _ in }
  }
}
