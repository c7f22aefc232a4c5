import RunModel
import Testing

/// Runs that are not to be.
@Suite struct SkipTests {
  private func make(skipReason: String? = nil, readsCommitMessage: Bool = false) -> (Run, [Effect]) {
    Run.create(
      id: "r1", number: 1, source: .ofPush, plan: Plan(jobs: [JobPlan(name: "ci", steps: [.task])]),
      jobIDs: ["j1"], skipReason: skipReason, readsCommitMessage: readsCommitMessage, at: start)
  }

  @Test func aSkippedRunIsOverAtOnceAndTheForgeLearnsIt() {
    var (run, effects) = make(skipReason: "the commit message has [skip ci]")
    #expect(run.state == .skipped)
    #expect(run.jobs.map(\.state) == [.skipped])
    #expect(effects == [.status(.success, "skipped: the commit message has [skip ci]")])
    #expect(run.handle(.admitted(job: "j1", attempt: 1), at: start).isEmpty)
  }

  @Test func aRunWaitsForTheMessageThatMaySkipIt() {
    var (run, effects) = make(readsCommitMessage: true)
    #expect(effects == [.status(.pending, "queued"), .readCommitMessage])
    #expect(run.handle(.admitted(job: "j1", attempt: 1), at: start).isEmpty)
    var skipped = run
    #expect(
      skipped.handle(.commitMessageRead(skipMarker: "[ci skip]"), at: start)
        == [.status(.success, "skipped: the commit message has [ci skip]")])
    #expect(run.handle(.commitMessageRead(skipMarker: nil), at: start).isEmpty)
    #expect(run.handle(.commitMessageRead(skipMarker: "[ci skip]"), at: start).isEmpty)
    #expect(
      run.handle(.admitted(job: "j1", attempt: 1), at: start) == [.dispatch(job: "j1", attempt: 1)])
  }

  @Test func aSkippedRunCanBeRunAllTheSame() {
    var (run, _) = make(skipReason: "the commit message has [skip ci]")
    _ = run.handle(.rerunRequested(by: "ann", onlyFailed: false), at: at(5))
    #expect(run.state == .queued)
    #expect(run.jobs[0].isWaitingForSlot)
  }

  @Test(arguments: [Event.cancelRequested(by: "ann"), .superseded(by: "run #2")])
  func aRunThatEndedBeforeItsMessageWasReadCanBeRunAgain(end: Event) {
    var (run, _) = make(readsCommitMessage: true)
    _ = run.handle(end, at: at(1))
    #expect(run.state == .cancelled)
    _ = run.handle(.rerunRequested(by: "ann", onlyFailed: false), at: at(5))
    #expect(run.handle(.commitMessageRead(skipMarker: "[skip ci]"), at: at(6)).isEmpty)
    #expect(
      run.handle(.admitted(job: "j1", attempt: 2), at: at(7)) == [.dispatch(job: "j1", attempt: 2)])
  }
}
