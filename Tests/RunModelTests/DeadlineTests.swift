import RunModel
import Testing

@Suite struct DeadlineTests {
  private let limits = Limits(dispatchSeconds: 100, jobSeconds: 1_000, stepSeconds: 200, leaseSeconds: 30)

  @Test func theDeadlineFollowsTheState() {
    var course = Course(limits: limits)
    #expect(course.run.deadline == at(100))
    course.dispatched(at: at(10))
    #expect(course.run.deadline == at(100))
    course.connected(at: at(50))
    #expect(course.run.deadline == at(1_050))
    course.send(.stepStarted(job: "j1", attempt: 1, step: 0), at: at(60))
    #expect(course.run.deadline == at(260))
    course.send(.workerAway(job: "j1", attempt: 1), at: at(70))
    #expect(course.run.deadline == at(100))
    course.connected(at: at(80))
    #expect(course.run.deadline == at(260))
    course.step(0, .exited(code: 0), at: at(90))
    #expect(course.run.deadline == at(1_050))
    course.step(1, .exited(code: 0), at: at(95))
    #expect(course.run.deadline == nil)
  }

  @Test func theRunsDeadlineIsThatOfTheJobThatIsLateFirst() {
    var course = Course(jobs: 2, limits: limits)
    course.connected(at: at(50))
    #expect(course.run.deadline == at(100))
    course.send(.deadlineReached, at: at(100))
    #expect(course.run.jobs.map(\.state) == [.running, .errored])
    #expect(course.run.state == .running)
    #expect(course.run.deadline == at(1_050))
  }

  @Test func aMomentTooEarlyEndsNothing() {
    var course = Course(limits: limits)
    let almost = Instant(milliseconds: at(100).milliseconds - 1)
    #expect(course.send(.deadlineReached, at: almost).isEmpty)
    #expect(course.run.state == .queued)
    course.send(.deadlineReached, at: at(100))
    #expect(course.run.state == .errored)
  }

  @Test func aJobThatTakesTooLongEnds() {
    var course = Course(limits: limits)
    course.begin()
    course.step(0, .exited(code: 0), at: at(10))
    #expect(
      course.send(.deadlineReached, at: at(1_000)) == [
        .stop, .status(.error, "error: the job took longer than 1000 s"),
      ])
    #expect(course.stepStates == [.succeeded, .skipped])
  }

  @Test func aStepThatTakesTooLongEndsItsJobAndSaysWhich() {
    var course = Course(steps: [.task, .collect("log", .always)], limits: limits)
    course.begin()
    course.send(.stepStarted(job: "j1", attempt: 1, step: 0), at: at(10))
    course.send(.deadlineReached, at: at(210))
    #expect(course.run.state == .errored)
    #expect(course.run.reason == "step 'mise run ci' took longer than 200 s")
    #expect(course.stepStates == [.errored, .skipped])
    #expect(course.job.steps[0].reason == course.run.reason)
    #expect(course.job.steps[0].finishedAt == at(210))
  }

  @Test func aWorkerMayGoAndComeBackWithinItsLease() {
    var course = Course(limits: limits)
    course.begin()
    course.send(.workerAway(job: "j1", attempt: 1), at: at(10))
    course.connected(at: at(39))
    #expect(course.job.awaySince == nil)
    #expect(course.job.startedAt == start)
    #expect(course.send(.deadlineReached, at: at(40)).isEmpty)
    #expect(course.run.state == .running)
  }

  @Test func theLeaseCountsFromTheFirstWordOfItsAbsence() {
    var course = Course(limits: limits)
    course.begin()
    course.send(.workerAway(job: "j1", attempt: 1), at: at(10))
    course.send(.workerAway(job: "j1", attempt: 1), at: at(30))
    course.send(.deadlineReached, at: at(40))
    #expect(course.run.reason == "the worker was lost: it did not come back within 30 s")
  }

  @Test func anotherProcessDoesNotKeepTheLeaseOfTheWorker() {
    var course = Course(limits: limits)
    course.begin()
    course.send(.workerAway(job: "j1", attempt: 1), at: at(10))
    course.send(.workerConnected(job: "j1", attempt: 1, worker: stranger), at: at(20))
    #expect(course.job.worker == worker)
    #expect(course.run.deadline == at(40))
  }

  @Test func limitsThatAreTooLongAreForever() {
    let course = Course(limits: Limits(dispatchSeconds: .max))
    #expect(course.run.deadline == Instant(milliseconds: .max))
    let last = Instant(milliseconds: .max)
    #expect(last.adding(seconds: 1) == last)
  }
}
