import FoundationEssentials
import RunModel
import Testing

/// What the forge is told beside the run's status, and when.
@Suite struct ReportTests {
  private func make(_ reports: Reports, jobs: Int = 2, steps: [StepPlan] = [.clone, .task]) -> (Run, [Effect])
  {
    Run.create(
      id: "r1", number: 1, source: .ofPush,
      plan: Plan(
        jobs: (1...jobs).map { JobPlan(name: "ci \($0)", steps: steps) }, reports: reports),
      jobIDs: (1...jobs).map { "j\($0)" }, at: start)
  }

  private let all = Reports(jobStatuses: true, checks: true)

  @Test(arguments: [
    (Reports(), [Effect]()),
    (Reports(jobStatuses: true), [.reportJobStatus(job: "j1"), .reportJobStatus(job: "j2")]),
    (Reports(checks: true), [.reportCheck]),
    (
      Reports(jobStatuses: true, checks: true),
      [.reportJobStatus(job: "j1"), .reportJobStatus(job: "j2"), .reportCheck]
    ),
  ])
  func aNewRunIsToldAsThePlanHasIt(reports: Reports, effects: [Effect]) {
    #expect(make(reports).1 == effects + [.status(.pending, "queued")])
  }

  @Test func onlyWhatLooksDifferentIsToldAgain() {
    var (run, _) = make(all)
    #expect(run.handle(.admitted(job: "j1", attempt: 1), at: start) == [.dispatch(job: "j1", attempt: 1)])
    #expect(run.handle(.dispatched(job: "j1", attempt: 1, handle: "h1"), at: start).isEmpty)
    #expect(
      run.handle(.workerConnected(job: "j1", attempt: 1, worker: worker), at: start) == [
        .reportJobStatus(job: "j1"), .reportCheck, .status(.pending, "running"),
      ])
    #expect(run.handle(.stepStarted(job: "j1", attempt: 1, step: 0), at: start).isEmpty)
    #expect(
      run.handle(.stepFinished(job: "j1", attempt: 1, step: 0, outcome: .exited(code: 0)), at: start).isEmpty)
    #expect(
      run.handle(.stepFinished(job: "j1", attempt: 1, step: 1, outcome: .exited(code: 1)), at: at(3)) == [
        .reportJobStatus(job: "j1"), .reportCheck,
      ])
    #expect(
      run.jobStatusReport("j1")
        == StatusReport(state: .failure, description: "failed in 3s: mise run ci: exit code 1"))
    #expect(run.jobStatusReport("j2") == StatusReport(state: .pending, description: "queued"))
    #expect(run.jobStatusReport("j3") == nil)
  }

  @Test func theStatusOfTheRunIsTheLastToBeTold() {
    var (run, _) = make(all, jobs: 1, steps: [.task])
    _ = run.handle(.workerConnected(job: "j1", attempt: 1, worker: worker), at: start)
    let effects = run.handle(
      .stepFinished(job: "j1", attempt: 1, step: 0, outcome: .exited(code: 0)), at: at(1))
    #expect(
      effects == [.reportJobStatus(job: "j1"), .reportCheck, .status(.success, "succeeded in 1s")])
  }

  @Test func anotherAttemptIsToldFromTheStart() {
    var (run, _) = make(all, jobs: 1)
    _ = run.handle(.cancelRequested(by: "ann"), at: start)
    #expect(
      run.handle(.rerunRequested(by: "ann", onlyFailed: false), at: at(9)) == [
        .reportJobStatus(job: "j1"), .reportCheck, .status(.pending, "queued"),
      ])
  }

  @Test func aPlanOfAnEarlierVersionAsksForTheRunsStatusOnly() throws {
    let stored = #"{"jobs":[],"releaseAssets":[],"limits":LIMITS}"#
      .replacing(
        "LIMITS", with: String(decoding: try JSONEncoder().encode(Limits()), as: UTF8.self))
    #expect(try JSONDecoder().decode(Plan.self, from: Data(stored.utf8)).reports == Reports())
  }

  @Test(arguments: [false, true])
  func aRepositoryThatMovedKeepsItsRuns(hasEnded: Bool) {
    var (run, _) = make(all)
    if hasEnded { _ = run.handle(.cancelRequested(by: "ann"), at: start) }
    let effects = run.handle(
      .repositoryMoved(to: "octo/new", cloneURL: "http://forge.test/octo/new.git"), at: at(1))
    #expect(effects.isEmpty)
    #expect(run.source.repository == "octo/new")
    #expect(run.source.cloneURL == "http://forge.test/octo/new.git")
  }
}

/// Steps that need not have anything to do.
@Suite struct OptionalStepTests {
  private static let report = StepPlan(
    name: "collect lint.sarif",
    action: .collect(path: "lint.sarif", artifact: "lint.sarif", type: "report"), condition: .always,
    isOptional: true)

  @Test(arguments: [
    (StepOutcome.refused(reason: "file not found"), State.skipped, State.succeeded),
    (.exited(code: 0), .succeeded, .succeeded), (.broke(reason: "cut off"), .errored, .errored),
  ])
  func aFileThatIsNotThereIsNoFault(outcome: StepOutcome, step: State, job: State) {
    var course = Course(steps: [.task, Self.report])
    course.begin()
    course.step(0, .exited(code: 0))
    course.step(1, outcome)
    #expect(course.stepStates == [.succeeded, step])
    #expect(course.job.state == job)
  }

  @Test func whatComesAfterItIsStillDone() {
    var course = Course(steps: [Self.report, .task])
    course.begin()
    course.step(0, .refused(reason: "file not found"))
    #expect(course.job.command == .step(1))
  }
}
