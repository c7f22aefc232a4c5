import Platform
import RunModel

/// What a transaction led to.
struct Change {
  var runs: [Run] = []
  var entries: [Entry] = []
}

extension SimulatedMatriz {
  // MARK: Events

  /// Applies an event to a run; `then` learns whether it is stored, after the commit.
  func handle(_ event: Event, run id: String, then: @escaping (Bool) -> Void) {
    transact { [self] stored in
      guard var run = stored.runs[id] else { return Change() }
      let effects = run.handle(event, at: wallClock.instant)
      return store(run, effects, into: &stored)
    } then: { change in
      then(change != nil)
    }
  }

  /// For what has to be known, however often it takes.
  func handleUntilStored(_ event: Event, run id: String) {
    handle(event, run: id) { [self] isStored in
      if !isStored { act(after: 1_000...5_000) { [self] in handleUntilStored(event, run: id) } }
    }
  }

  /// Applies the event that an effect led to, and forgets the effect, in one commit.
  func finish(_ entry: Entry, with event: Event?, then: @escaping (Bool) -> Void) {
    if nature.mutation == .effectIsForgottenBeforeItsEvent, let event {
      return transact { stored in
        stored.remove(entry.id)
        return Change()
      } then: { [self] _ in
        then(true)
        act(after: 100...2_000) { [self] in handle(event, run: entry.runID) { _ in } }
      }
    }
    transact { [self] stored in
      stored.remove(entry.id)
      guard let event, var run = stored.runs[entry.runID] else { return Change() }
      let effects = run.handle(event, at: wallClock.instant)
      return store(run, effects, into: &stored)
    } then: { change in
      then(change != nil)
    }
  }

  func postpone(_ entry: Entry, then: @escaping (Bool) -> Void) {
    transact { stored in
      stored.postpone(entry)
      return Change()
    } then: { change in
      then(change != nil)
    }
  }

  func transact(
    _ apply: @escaping (inout Stored) throws -> Change, then: @escaping (Change?) -> Void
  ) {
    var change = Change()
    disk.write(crash: crash) { stored in
      change = try apply(&stored)
    } tell: { [self] failure in
      guard isAlive else { return }
      guard failure == nil else { return then(nil) }
      for run in change.runs { tell(run) }
      outbox.add(change.entries)
      then(change)
    }
  }

  private func store(_ run: Run, _ effects: [Effect], into stored: inout Stored) -> Change {
    stored.update(run)
    var change = Change(runs: [run], entries: stored.insert(effects, of: run, at: wallClock))
    admit(&stored, &change)
    return change
  }

  private func admit(_ stored: inout Stored, _ change: inout Change) {
    var waiting: [JobQueue.Waiting] = []
    var holding: [String: Int] = [:]
    for id in stored.runIDs {
      guard let run = stored.runs[id] else { continue }
      holding[run.source.repository, default: 0] += run.jobs.count { $0.holdsSlot }
      guard !run.isHeld else { continue }
      waiting += run.jobs.filter(\.isWaitingForSlot).map {
        .init(
          run: id, job: $0.id, attempt: $0.attempt, repository: run.source.repository, queuedAt: $0.queuedAt)
      }
    }
    let limits =
      nature.mutation == .queueIgnoresLimits ? ConcurrencyLimits() : settings.concurrency
    for next in JobQueue.admit(waiting: waiting, holding: holding, limits: limits) {
      guard var run = stored.runs[next.run] else { continue }
      let effects = run.handle(.admitted(job: next.job, attempt: next.attempt), at: wallClock.instant)
      stored.update(run)
      change.entries += stored.insert(effects, of: run, at: wallClock)
      change.runs.removeAll { $0.id == run.id }
      change.runs.append(run)
    }
  }

  private func tell(_ run: Run) {
    nature.note("run \(run.id) is \(run.state): \(run.jobs.map { "\($0.id)#\($0.attempt) \($0.state)" })")
    noteDeadline(of: run)
    for key in sessions.keys.sorted() where key.run == run.id { sessions[key]?.runChanged(run) }
  }

  // MARK: Deliveries

  /// Records a delivery with the run that it makes, before it is answered. The same one again changes nothing.
  func receive(_ push: SimulatedPush, answer: @escaping (DeliveryAnswer) -> Void) {
    if nature.mutation == .answersDeliveryBeforeCommit {
      let plan = plan(of: push)
      transact { [self] stored in
        insert(push, plan, into: &stored)
      } then: { _ in
      }
      return answer(.accepted)
    }
    transact { [self] stored in
      insert(push, plan(of: push), into: &stored)
    } then: { change in
      answer(change == nil ? .notStored : .accepted)
    }
  }

  private func insert(_ push: SimulatedPush, _ plan: Plan, into stored: inout Stored) -> Change {
    if stored.deliveries[push.delivery] != nil, nature.mutation != .takesDeliveryTwice { return Change() }
    let number = stored.runIDs.count + 1
    let source = Source(
      repository: push.repository, cloneURL: "http://forge.test/\(push.repository).git",
      event: push.kind == .tag ? .tag : push.kind == .branch ? .push : .pullRequest, ref: push.ref,
      sha: push.sha, title: "A change")
    let (run, effects) = Run.create(
      id: "r\(number)", number: number, source: source, plan: plan,
      jobIDs: plan.jobs.indices.map { "r\(number)j\($0 + 1)" },
      skipReason: push.kind != .pullRequest ? push.skipMarker.map { "the commit message has \($0)" } : nil,
      readsCommitMessage: push.kind == .pullRequest, at: wallClock.instant)
    stored.insert(run, delivery: push.delivery)
    var change = store(run, effects, into: &stored)
    for id in stored.runIDs where id != run.id {
      guard var older = stored.runs[id], !older.state.isFinal, older.source.ref == push.ref,
        older.source.repository == push.repository, push.kind != .tag
      else { continue }
      nature.count(.superseded)
      let effects = older.handle(.superseded(by: "run #\(number)"), at: wallClock.instant)
      let more = store(older, effects, into: &stored)
      change.runs += more.runs
      change.entries += more.entries
    }
    return change
  }

  private func plan(of push: SimulatedPush) -> Plan {
    let task = StepPlan(name: "mise run ci", action: .run(command: "mise", arguments: ["run", "ci"]))
    let steps = [
      StepPlan(name: "clone", action: .clone), task,
      StepPlan(name: "collect app", action: .collect(path: "app", artifact: "app", type: nil)),
      StepPlan(
        name: "collect log", action: .collect(path: "log", artifact: "log", type: nil), condition: .always),
    ]
    let jobs = (0..<nature.random.number(in: 1...2)).map { index in
      JobPlan(
        name: "job \(index)",
        steps: push.kind == .tag && index == 0
          ? steps : Array(steps.prefix(nature.random.number(in: 1...steps.count))))
    }
    return Plan(jobs: jobs, releaseAssets: ["app"], limits: settings.limits)
  }
}
