import Matriz
import Platform
import RunModel

extension SimulatedMatriz {
  // MARK: Events

  /// Applies an event to a run; `then` learns whether it is stored, after the commit.
  func handle(
    _ event: Event, run id: String, when condition: @escaping (Run) -> Bool = { _ in true },
    then: @escaping (Bool) -> Void
  ) {
    transact { [self] tables in
      try ledger.handle(event, run: id, at: clock, in: tables, when: condition).map { [$0] } ?? []
    } then: { changes in
      then(changes != nil)
    }
  }

  /// For what has to be known, however often it takes.
  func handleUntilStored(_ event: Event, run id: String) {
    handle(event, run: id) { [self] isStored in
      if !isStored { act(after: 1_000...5_000) { [self] in handleUntilStored(event, run: id) } }
    }
  }

  /// Applies the event that an effect led to, and forgets the effect, in one commit.
  func finish(_ entry: OutboxEntry, with event: Event?, then: @escaping (Bool) -> Void) {
    if nature.mutation == .effectIsForgottenBeforeItsEvent, let event {
      return transact { tables in
        tables.removeEffect(entry.id)
        return []
      } then: { [self] _ in
        then(true)
        act(after: 100...2_000) { [self] in handle(event, run: entry.runID) { _ in } }
      }
    }
    transact { [self] tables in
      try ledger.finish(entry, with: event, at: clock, in: tables).map { [$0] } ?? []
    } then: { changes in
      then(changes != nil)
    }
  }

  func postpone(_ entry: OutboxEntry, problem: String, then: @escaping (Bool) -> Void) {
    transact { tables in
      tables.postponeEffect(entry, problem: problem)
      return []
    } then: { changes in
      then(changes != nil)
    }
  }

  /// Has a transaction committed; `then` gets what is to be told of it, or `nil` when it is not stored.
  func transact(
    _ apply: @escaping (MemoryTables) throws -> [Ledger.Change],
    then: @escaping ([Ledger.Change]?) -> Void
  ) {
    var changes: [Ledger.Change] = []
    disk.write(crash: crash) { tables in
      changes = try apply(tables)
    } tell: { [self] failure in
      guard isAlive else { return }
      guard failure == nil else { return then(nil) }
      for change in changes { tell(change) }
      then(changes)
    }
  }

  private func tell(_ change: Ledger.Change) {
    let run = change.run
    nature.note("run \(run.id) is \(run.state): \(run.jobs.map { "\($0.id)#\($0.attempt) \($0.state)" })")
    noteDeadline(of: run)
    for key in sessions.keys.sorted() where key.run == run.id { sessions[key]?.runChanged(run) }
    outbox.add(change.entries)
    inquiries.note(run, at: clock)
    inquire()
    if ledger.isLimited { admit() }
  }

  /// Gives free slots to jobs that wait for one: when the matriz starts, and after each change of a run.
  func admit() {
    isAdmissionWanted = true
    guard !isAdmitting else { return }
    isAdmitting = true
    isAdmissionWanted = false
    transact { [self] tables in
      try ledger.admit(at: clock, in: tables)
    } then: { [self] changes in
      let lookAgain = { [self] in
        isAdmitting = false
        if isAdmissionWanted { admit() }
      }
      guard changes == nil else { return lookAgain() }
      isAdmissionWanted = true
      act(after: 5_000...5_000, lookAgain)
    }
  }

  // MARK: Deliveries

  /// Records a delivery with the run that it makes, before it is answered. The same one again changes nothing.
  func receive(_ push: SimulatedPush, answer: @escaping (DeliveryAnswer) -> Void) {
    if nature.mutation == .answersDeliveryBeforeCommit {
      answer(.accepted)
    }
    let plan = plan(of: push)
    transact { [self] tables in
      try insert(push, plan, into: tables)
    } then: { changes in
      answer(changes == nil ? .notStored : .accepted)
    }
  }

  /// A release that was waited for is there: its uploads need not wait for their next try.
  func releasePublished(repository: String, tag: String) {
    let waiting = disk.committed.unfinishedRuns().filter {
      $0.source.repository == repository && $0.source.tag == tag
    }
    outbox.hurryUploads(of: waiting.map(\.id))
  }

  private func insert(
    _ push: SimulatedPush, _ plan: Plan, into tables: MemoryTables
  ) throws -> [Ledger.Change] {
    // What is taken twice is taken as if somebody had asked for it.
    let isTwice = nature.mutation == .takesDeliveryTwice && tables.hasTaken(delivery: push.delivery)
    let taken = try intake.take(
      push.webhook, replayOf: isTwice ? push.delivery : nil, plan: plan, at: clock, in: tables)
    let changes = taken?.changes ?? []
    for change in changes where change.run.cancellation != nil { nature.count(.superseded) }
    return changes
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
    return Plan(jobs: jobs, releaseAssets: ["app"], limits: settings.limits, reports: settings.reports)
  }
}
