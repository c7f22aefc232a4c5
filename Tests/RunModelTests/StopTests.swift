import RunModel
import Testing

/// A job that has to stop before it is done.
@Suite struct StopTests {
  /// A job whose task is under way, with an artifact that is always kept and one that is not.
  private func working(_ limits: Limits = Limits(graceSeconds: 7)) -> Course {
    var course = Course(steps: [.clone, .task, .collect("app"), .collect("log", .always)], limits: limits)
    course.begin()
    course.step(0, .exited(code: 0))
    course.send(.stepStarted(job: "j1", attempt: 1, step: 1), at: at(5))
    return course
  }

  @Test func theCommandIsEndedThenWhatIsAlwaysKeptIsCollected() {
    var course = working()
    #expect(
      course.send(.cancelRequested(by: "bob"), at: at(8)) == [.status(.pending, "stopping: cancelled by bob")]
    )
    #expect(course.run.state == .running)
    #expect(course.run.cancellation?.requestedAt == at(8))
    #expect(course.job.command == .stop(step: 1, graceSeconds: 7))
    course.send(.stepFinished(job: "j1", attempt: 1, step: 1, outcome: .exited(code: 143)), at: at(9))
    #expect(course.job.command == .step(3))
    #expect(course.step(3, .exited(code: 0), at: at(10)) == [.status(.error, "cancelled by bob")])
    #expect(course.stepStates == [.succeeded, .cancelled, .skipped, .succeeded])
    #expect(course.job.steps[1].exitCode == 143)
    #expect(course.run.state == .cancelled)
    #expect(course.job.command == .close)
  }

  @Test func anArtifactThatIsAlwaysKeptIsNotInterrupted() {
    var course = working()
    course.send(.stepFinished(job: "j1", attempt: 1, step: 1, outcome: .exited(code: 1)))
    course.send(.stepStarted(job: "j1", attempt: 1, step: 3))
    course.send(.cancelRequested(by: "bob"))
    #expect(course.job.command == .step(3))
    course.send(.stepFinished(job: "j1", attempt: 1, step: 3, outcome: .exited(code: 0)))
    #expect(course.run.state == .cancelled)
    #expect(course.stepStates == [.succeeded, .failed, .skipped, .succeeded])
  }

  @Test func whatDoesNotStopIsEndedAfterItsGrace() {
    var course = working()
    course.send(.cancelRequested(by: "bob"), at: at(8))
    let deadline = at(8 + 7 + Limits.stopMarginSeconds)
    #expect(course.run.deadline == deadline)
    #expect(course.send(.deadlineReached, at: deadline) == [.stop, .status(.error, "cancelled by bob")])
    #expect(course.stepStates == [.succeeded, .cancelled, .skipped, .skipped])
  }

  @Test func collectingAfterAStopHasItsOwnTime() {
    var course = working(Limits(jobSeconds: 10))
    course.send(.deadlineReached, at: at(10))
    course.send(.stepFinished(job: "j1", attempt: 1, step: 1, outcome: .exited(code: 137)), at: at(12))
    let deadline = at(10 + 10 + Limits.stopMarginSeconds + Limits.wrapUpSeconds)
    #expect(course.run.deadline == deadline)
    #expect(course.send(.deadlineReached, at: at(100)).isEmpty)
    course.send(.deadlineReached, at: deadline)
    #expect(course.run.state == .errored)
    #expect(course.run.reason == "the job took longer than 10 s")
  }

  @Test func aWorkerThatIsAwayMayComeBackToStop() {
    var course = working()
    course.send(.workerAway(job: "j1", attempt: 1), at: at(6))
    course.send(.cancelRequested(by: "bob"), at: at(8))
    course.connected(at: at(20))
    #expect(course.job.command == .stop(step: 1, graceSeconds: 7))
  }

  @Test func aWorkerThatIsLostWhileItStopsLeavesACancelledRun() {
    var course = working(Limits(leaseSeconds: 20, infrastructureRetries: 3))
    course.send(.cancelRequested(by: "bob"), at: at(8))
    course.send(.workerAway(job: "j1", attempt: 1), at: at(9))
    #expect(course.send(.deadlineReached, at: at(29)) == [.stop, .status(.error, "cancelled by bob")])
    #expect(course.job.attempt == 1)
  }

  @Test func aSilentCommandIsStopped() {
    var course = working()
    course.send(.outputStalled(job: "j1", attempt: 1, step: 0, seconds: 30))
    #expect(course.job.stopping == nil)
    course.send(.outputStalled(job: "j1", attempt: 1, step: 1, seconds: 30))
    #expect(course.job.command == .stop(step: 1, graceSeconds: 7))
    #expect(course.job.stopping?.reason == "step 'mise run ci' wrote nothing for 30 s")
  }

  @Test func whatWaitsIsNeverDispatched() {
    var (run, _) = Run.create(
      id: "r1", number: 1, source: .ofPush, plan: Plan(jobs: [JobPlan(name: "ci", steps: [.task])]),
      jobIDs: ["j1"], at: start)
    #expect(run.handle(.cancelRequested(by: "bob"), at: start) == [.status(.error, "cancelled by bob")])
    #expect(run.handle(.admitted(job: "j1", attempt: 1), at: start).isEmpty)
  }
}
