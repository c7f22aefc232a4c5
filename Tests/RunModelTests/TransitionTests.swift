import RunModel
import Testing

/// What changes a run, and how. Whatever is not in here changes nothing.
private struct Transition {
  let stage: Stage
  let happening: Happening
  let run: State
  let job: State
  let effects: [Effect]

  init(_ stage: Stage, _ happening: Happening, _ run: State, _ job: State, _ effects: [Effect] = []) {
    self.stage = stage
    self.happening = happening
    self.run = run
    self.job = job
    self.effects = effects
  }

  private static let superseded = Effect.status(.error, "superseded by run #2")
  private static let taskFailed = "failed in 30s: mise run ci: exit code 143"

  static let all: [Transition] = [
    Transition(.queued, .dispatched, .dispatched, .dispatched),
    Transition(.queued, .dispatchFailed, .errored, .errored, [.status(.error, "error: no capacity")]),
    Transition(.queued, .connected, .running, .running, [.status(.pending, "running")]),
    Transition(.queued, .strangerConnected, .running, .running, [.status(.pending, "running")]),
    Transition(.queued, .lost, .errored, .errored, [.status(.error, "error: out of memory")]),
    Transition(.queued, .cancel, .cancelled, .cancelled, [.status(.error, "cancelled by bob")]),
    Transition(.queued, .superseded, .cancelled, .cancelled, [superseded]),

    Transition(.dispatched, .connected, .running, .running, [.status(.pending, "running")]),
    Transition(.dispatched, .strangerConnected, .running, .running, [.status(.pending, "running")]),
    Transition(.dispatched, .waits, .dispatched, .dispatched),
    Transition(.dispatched, .superseded, .cancelled, .cancelled, [.stop, superseded]),
    Transition(.dispatched, .lost, .errored, .errored, [.stop, .status(.error, "error: out of memory")]),
    Transition(.dispatched, .cancel, .cancelled, .cancelled, [.stop, .status(.error, "cancelled by bob")]),
    Transition(
      .dispatched, .tooLate, .errored, .errored,
      [.stop, .status(.error, "error: no worker connected within 300 s")]),

    Transition(.running, .away, .running, .running),
    Transition(.running, .taskStarted, .running, .running),
    Transition(.running, .taskFinished, .running, .succeeded, [.uploadAsset(name: "app")]),
    Transition(.running, .lost, .errored, .errored, [.stop, .status(.error, "error: out of memory")]),
    Transition(.running, .taskFailed, .failed, .failed, [.status(.failure, taskFailed)]),
    Transition(.running, .cancel, .cancelled, .cancelled, [.status(.error, "cancelled by bob")]),
    Transition(.running, .superseded, .cancelled, .cancelled, [.status(.error, "superseded by run #2")]),
    Transition(
      .running, .tooLate, .errored, .errored,
      [.status(.error, "error: the job took longer than 3600 s")]),

    Transition(.working, .away, .running, .running),
    Transition(.working, .taskFinished, .running, .succeeded, [.uploadAsset(name: "app")]),
    Transition(.working, .taskFailed, .failed, .failed, [.status(.failure, taskFailed)]),
    Transition(.working, .lost, .errored, .errored, [.stop, .status(.error, "error: out of memory")]),
    Transition(
      .working, .cancel, .running, .running, [.status(.pending, "stopping: cancelled by bob")]),
    Transition(
      .working, .superseded, .running, .running, [.status(.pending, "stopping: superseded by run #2")]),
    Transition(.working, .stalled, .running, .running),
    Transition(.working, .tooLate, .running, .running),

    Transition(.stopping, .away, .running, .running),
    Transition(.stopping, .taskFinished, .cancelled, .cancelled, [.status(.error, "cancelled by ann")]),
    Transition(.stopping, .taskFailed, .cancelled, .cancelled, [.status(.error, "cancelled by ann")]),
    Transition(.stopping, .lost, .cancelled, .cancelled, [.stop, .status(.error, "cancelled by ann")]),
    Transition(
      .stopping, .cannotStop, .cancelled, .cancelled, [.stop, .status(.error, "cancelled by ann")]),
    Transition(.stopping, .tooLate, .cancelled, .cancelled, [.stop, .status(.error, "cancelled by ann")]),

    Transition(.away, .connected, .running, .running),
    Transition(.away, .taskStarted, .running, .running),
    Transition(
      .away, .taskFinished, .running, .succeeded, [.stop, .uploadAsset(name: "app")]),
    Transition(.away, .taskFailed, .failed, .failed, [.stop, .status(.failure, taskFailed)]),
    Transition(.away, .superseded, .cancelled, .cancelled, [.stop, superseded]),
    Transition(.away, .lost, .errored, .errored, [.stop, .status(.error, "error: out of memory")]),
    Transition(.away, .cancel, .cancelled, .cancelled, [.stop, .status(.error, "cancelled by bob")]),
    Transition(
      .away, .tooLate, .errored, .errored,
      [.stop, .status(.error, "error: the worker was lost: it did not come back within 60 s")]),

    Transition(.publishing, .uploaded, .succeeded, .succeeded, [.status(.success, "succeeded in 30s")]),
    Transition(.publishing, .uploadFailed, .errored, .succeeded, [.status(.error, "error: no release")]),
    Transition(.publishing, .superseded, .cancelled, .succeeded, [superseded]),
    Transition(.publishing, .cancel, .cancelled, .succeeded, [.status(.error, "cancelled by bob")]),

    Transition(.cancelled, .dispatched, .cancelled, .cancelled, [.stop]),
  ]

  static func find(_ stage: Stage, _ happening: Happening) -> Transition? {
    all.first { $0.stage == stage && $0.happening == happening }
  }
}

@Suite struct TransitionTests {
  @Test(arguments: Stage.allCases, Happening.allCases)
  func aRunChangesAsTheTableSaysAndNotOtherwise(stage: Stage, happening: Happening) {
    let before = stage.run
    var run = before
    let effects = run.handle(happening.event(), at: happening.time)
    guard let expected = Transition.find(stage, happening) else {
      #expect(effects.isEmpty)
      #expect(run == before)
      return
    }
    #expect(effects == expected.effects)
    #expect(run.state == expected.run)
    #expect(run.jobs[0].state == expected.job)
    #expect(run != before)
    #expect((run.finishedAt != nil) == run.state.isFinal)
  }

  @Test(arguments: Stage.allCases, Happening.allCases)
  func whatComesTwiceChangesNothingTheSecondTime(stage: Stage, happening: Happening) {
    var run = stage.run
    _ = run.handle(happening.event(), at: happening.time)
    let once = run
    let effects = run.handle(happening.event(), at: happening.time.adding(seconds: 1))
    #expect(effects.isEmpty)
    #expect(run == once)
  }

  @Test(arguments: Stage.allCases, Happening.allCases.filter(\.isOfJob))
  func anotherJobOrAttemptChangesNothing(stage: Stage, happening: Happening) {
    let before = stage.run
    for event in [
      happening.event(job: "j2"), happening.event(attempt: 2), happening.event(attempt: 0),
    ] {
      var run = before
      #expect(run.handle(event, at: happening.time).isEmpty)
      #expect(run == before)
    }
  }

  @Test(arguments: Stage.allCases, [-1, 0, 2, Int.max, Int.min])
  func aStepThatIsNotTheNextChangesNothing(stage: Stage, step: Int) {
    let before = stage.run
    for event in [
      Event.stepStarted(job: "j1", attempt: 1, step: step),
      .stepFinished(job: "j1", attempt: 1, step: step, outcome: .broke(reason: "no")),
    ] {
      var run = before
      #expect(run.handle(event, at: at(30)).isEmpty)
      #expect(run == before)
    }
  }

  @Test(arguments: Stage.allCases)
  func anAssetThatIsNotOfTheRunChangesNothing(stage: Stage) {
    let before = stage.run
    for event in [Event.assetUploaded(name: "other"), .assetFailed(name: "other", reason: "no")] {
      var run = before
      #expect(run.handle(event, at: at(30)).isEmpty)
      #expect(run == before)
    }
  }

  @Test(arguments: Stage.allCases)
  func whatIsNotOverWaitsForTimeOrForAnEffectThatHasItsOwn(stage: Stage) {
    let run = stage.run
    let isUploading = run.assets.contains { $0.state == .running }
    let isDispatching = run.jobs.contains { $0.state == .queued && $0.holdsSlot }
    #expect(run.state.isFinal == (run.deadline == nil && !isUploading && !isDispatching))
  }
}
