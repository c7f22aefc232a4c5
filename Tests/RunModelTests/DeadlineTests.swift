import RunModel
import Testing

@Suite struct DeadlineTests {
  private let limits = Limits(dispatchSeconds: 100, jobSeconds: 1_000, stepSeconds: 200, leaseSeconds: 30)

  @Test func theDeadlineFollowsTheState() {
    var course = Course(limits: limits)
    #expect(course.run.deadline == nil)
    course.dispatched(at: at(10))
    #expect(course.run.deadline == at(110))
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
    course.send(.dispatched(job: "j2", attempt: 1, handle: "h2"))
    #expect(course.run.deadline == at(100))
    course.send(.deadlineReached, at: at(100))
    #expect(course.run.jobs.map(\.state) == [.running, .errored])
    #expect(course.run.state == .running)
    #expect(course.run.deadline == at(1_050))
  }

  @Test func aMomentTooEarlyEndsNothing() {
    var course = Course(limits: limits)
    course.dispatched()
    let almost = Instant(milliseconds: at(100).milliseconds - 1)
    #expect(course.send(.deadlineReached, at: almost).isEmpty)
    #expect(course.run.state == .dispatched)
    course.send(.deadlineReached, at: at(100))
    #expect(course.run.state == .errored)
  }

  @Test func aJobThatTakesTooLongEnds() {
    var course = Course(limits: limits)
    course.begin()
    course.step(0, .exited(code: 0), at: at(10))
    #expect(
      course.send(.deadlineReached, at: at(1_000)) == [
        .status(.error, "error: the job took longer than 1000 s")
      ])
    #expect(course.stepStates == [.succeeded, .skipped])
  }

  @Test func aStepThatTakesTooLongIsStoppedAndItsJobSaysWhich() {
    var course = Course(steps: [.task, .collect("log", .always)], limits: limits)
    course.begin()
    course.send(.stepStarted(job: "j1", attempt: 1, step: 0), at: at(10))
    course.send(.deadlineReached, at: at(210))
    #expect(course.job.command == .stop(step: 0, graceSeconds: 10))
    course.send(.stepFinished(job: "j1", attempt: 1, step: 0, outcome: .exited(code: 143)), at: at(211))
    #expect(course.job.command == .step(1))
    course.step(1, .exited(code: 0), at: at(212))
    #expect(course.run.state == .errored)
    #expect(course.run.reason == "step 'mise run ci' took longer than 200 s")
    #expect(course.stepStates == [.errored, .succeeded])
    #expect(course.job.steps[0].reason == course.run.reason)
    #expect(course.job.steps[0].exitCode == 143)
    #expect(course.job.steps[0].finishedAt == at(211))
  }

  @Test func theRunsTimeStopsAllOfItsJobs() {
    var course = Course(jobs: 2, limits: Limits(runSeconds: 500))
    course.connected(at: at(50))
    course.send(.stepStarted(job: "j1", attempt: 1, step: 0), at: at(60))
    course.send(.dispatched(job: "j2", attempt: 1, handle: "h2"), at: at(60))
    course.send(.workerConnected(job: "j2", attempt: 1, worker: worker), at: at(60))
    course.step(0, .exited(code: 0), at: at(70))
    course.send(.stepStarted(job: "j1", attempt: 1, step: 1), at: at(70))
    #expect(course.run.deadline == at(550))
    #expect(course.send(.deadlineReached, at: at(550)).isEmpty)
    #expect(course.run.jobs.map(\.state) == [.running, .errored])
    course.send(.stepFinished(job: "j1", attempt: 1, step: 1, outcome: .exited(code: 143)), at: at(551))
    #expect(course.run.reason == "ci 1: the run took longer than 500 s")
  }

  @Test func aJobThatTheRunnerHasNotTakenHasNoDeadline() {
    let (run, _) = Run.create(
      id: "r1", number: 1, source: .ofPush,
      plan: Plan(jobs: [JobPlan(name: "ci", steps: [.task])], limits: limits), jobIDs: ["j1"], at: start)
    #expect(run.deadline == nil)
    var admitted = run
    #expect(
      admitted.handle(.admitted(job: "j1", attempt: 1), at: at(900)) == [.dispatch(job: "j1", attempt: 1)])
    #expect(admitted.deadline == nil)
    #expect(admitted.handle(.admitted(job: "j1", attempt: 1), at: at(901)).isEmpty)
  }

  @Test func aWorkerThatNeverComesIsExplainedByTheRunner() {
    var course = Course(limits: limits)
    course.dispatched()
    course.send(.runnerWaits(job: "j1", attempt: 1, reason: "no nodes were eligible"), at: at(5))
    course.send(.deadlineReached, at: at(100))
    #expect(course.run.reason == "no worker connected within 100 s: no nodes were eligible")
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

  @Test func theTimeInWhichTheServerWasAwayDoesNotCountForTheDispatch() {
    var course = Course(limits: limits)
    course.dispatched()
    #expect(course.send(.serverStarted, at: at(99)).isEmpty)
    #expect(course.run.deadline == at(199))
    #expect(course.send(.deadlineReached, at: at(150)).isEmpty)
    #expect(course.run.state == .dispatched)
  }

  @Test func aServerThatStartsGivesEveryWorkerItsLease() {
    var course = Course(jobs: 2, limits: limits)
    course.begin()
    course.send(.workerAway(job: "j1", attempt: 1), at: at(10))
    #expect(course.send(.serverStarted, at: at(500)).isEmpty)
    #expect(course.job.awaySince == at(500))
    #expect(course.run.deadline == at(530))
    #expect(course.run.jobs[1].awaySince == nil)
  }

  @Test func aServerThatStartsGivesAStopItsTime() {
    var course = Course(limits: Limits(leaseSeconds: 600))
    course.begin()
    course.send(.stepStarted(job: "j1", attempt: 1, step: 0), at: at(1))
    course.send(.cancelRequested(by: "ann"), at: at(2))
    #expect(course.run.deadline == at(42))
    course.send(.serverStarted, at: at(100))
    #expect(course.run.deadline == at(140))
  }

  @Test func limitsThatAreTooLongAreForever() {
    var course = Course(limits: Limits(dispatchSeconds: .max))
    course.dispatched()
    #expect(course.run.deadline == Instant(milliseconds: .max))
    let last = Instant(milliseconds: .max)
    #expect(last.adding(seconds: 1) == last)
  }
}
