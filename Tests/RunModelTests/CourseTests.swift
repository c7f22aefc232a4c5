import RunModel
import Testing

@Suite struct CourseTests {
  @Test func aPushThatSucceedsReportsItsEndLast() {
    var course = Course(steps: [.clone, .task, .collect("app")])
    #expect(course.job.command == nil)
    course.dispatched(at: at(1))
    #expect(course.job.command == nil)
    course.connected(at: at(5))
    for index in 0..<3 {
      #expect(course.job.command == .step(index))
      course.step(index, .exited(code: 0), at: at(10 + index))
    }
    #expect(course.job.command == .close)
    #expect(
      course.effects == [
        .status(.pending, "queued"), .dispatch(job: "j1", attempt: 1),
        .status(.pending, "running"), .status(.success, "succeeded in 7s"),
      ])
    #expect(course.run.state == .succeeded)
    #expect(course.job.dispatchHandle == "h1")
    #expect(course.job.worker == worker)
    #expect(course.job.startedAt == at(5))
    #expect(course.job.finishedAt == at(12))
    #expect(course.run.startedAt == at(5))
    #expect(course.run.finishedAt == at(12))
  }

  @Test func aWorkerMayBeFasterThanTheRunnersAnswer() {
    var course = Course()
    course.connected(at: at(1))
    #expect(course.dispatched(at: at(2)).isEmpty)
    #expect(course.run.state == .running)
    #expect(course.job.state == .running)
    #expect(course.job.dispatchHandle == "h1")
  }

  @Test func aFailingTaskSkipsWhatNeedsSuccessAndStillCollectsWhatIsAlwaysKept() {
    var course = Course(steps: [.clone, .task, .collect("app"), .collect("log", .always)])
    course.begin()
    course.step(0, .exited(code: 0))
    #expect(course.step(1, .exited(code: 3)).isEmpty)
    #expect(course.stepStates == [.succeeded, .failed, .skipped, .queued])
    #expect(course.job.command == .step(3))
    #expect(
      course.step(3, .exited(code: 0), at: at(65)) == [
        .status(.failure, "failed in 1m 05s: mise run ci: exit code 3")
      ])
    #expect(course.stepStates == [.succeeded, .failed, .skipped, .succeeded])
    #expect(course.run.state == .failed)
    #expect(course.job.steps[1].exitCode == 3)
  }

  @Test func theFirstFailureIsTheReasonWhenCollectingFailsToo() {
    var course = Course(steps: [.clone, .task, .collect("log", .always)])
    course.begin()
    course.step(0, .exited(code: 0))
    course.step(1, .exited(code: 3))
    course.step(2, .refused(reason: "Source path does not exist: out/log"))
    #expect(course.run.state == .failed)
    #expect(course.run.reason == "mise run ci: exit code 3")
  }

  @Test func aMissingFileIsTheUsersFailure() {
    var course = Course(steps: [.clone, .collect("app")])
    course.begin()
    course.step(0, .exited(code: 0))
    course.step(1, .refused(reason: "Source path does not exist: out/app"))
    #expect(course.run.state == .failed)
    #expect(course.run.reason == "collect app: Source path does not exist: out/app")
    #expect(course.lastStatus?.state == .failure)
  }

  @Test(arguments: [
    (StepOutcome.exited(code: 128), "clone: exit code 128"),
    (.refused(reason: "no merge ref"), "clone: no merge ref"),
    (.broke(reason: "connection refused"), "clone: connection refused"),
  ])
  func aCloneThatDoesNotWorkIsOurs(outcome: StepOutcome, reason: String) {
    var course = Course(steps: [.clone, .task])
    course.begin()
    #expect(course.step(0, outcome) == [.status(.error, "error: \(reason)")])
    #expect(course.stepStates == [.errored, .skipped])
    #expect(course.run.state == .errored)
  }

  @Test func aStepThatBreaksIsOurs() {
    var course = Course(steps: [.clone, .task])
    course.begin()
    course.step(0, .exited(code: 0))
    course.step(1, .broke(reason: "no space left on device"))
    #expect(course.run.state == .errored)
    #expect(course.run.reason == "mise run ci: no space left on device")
  }

  @Test func aStepMayEndWithoutItsStartHavingBeenTold() {
    var course = Course()
    course.begin()
    course.send(.stepFinished(job: "j1", attempt: 1, step: 0, outcome: .exited(code: 0)), at: at(4))
    #expect(course.stepStates == [.succeeded, .queued])
    #expect(course.job.steps[0].finishedAt == at(4))
  }

  @Test func aStepThatIsToldAgainKeepsItsStart() {
    var course = Course()
    course.begin()
    course.send(.stepStarted(job: "j1", attempt: 1, step: 0), at: at(3))
    course.send(.stepStarted(job: "j1", attempt: 1, step: 0), at: at(9))
    #expect(course.job.steps[0].startedAt == at(3))
    #expect(course.job.steps[0].state == .running)
  }

  @Test func aRunEndsWithItsLastJobAsTheWorstOfThem() {
    var course = Course(steps: [.task], jobs: 3)
    #expect(
      course.effects.dropFirst() == [
        .dispatch(job: "j1", attempt: 1), .dispatch(job: "j2", attempt: 1), .dispatch(job: "j3", attempt: 1),
      ])
    course.connected()
    course.step(0, .exited(code: 1))
    #expect(course.send(.workerConnected(job: "j2", attempt: 1, worker: stranger)).isEmpty)
    course.send(.dispatchFailed(job: "j3", attempt: 1, reason: "no capacity"))
    #expect(course.run.jobs.map(\.state) == [.failed, .running, .errored])
    #expect(course.run.state == .running)
    #expect(
      course.send(.stepFinished(job: "j2", attempt: 1, step: 0, outcome: .exited(code: 0))) == [
        .status(.error, "error: ci 3: no capacity")
      ])
  }

  @Test func aRunWithoutJobsEndsAtOnceAndIsNotGreen() {
    let course = Course(jobs: 0)
    #expect(course.run.state == .errored)
    #expect(course.effects == [.status(.error, "error: there is nothing to run")])
  }

  @Test func aRunThatCannotHaveAllItsJobsEndsAtOnce() {
    let plan = Plan(jobs: [JobPlan(name: "a", steps: [.task]), JobPlan(name: "b", steps: [.task])])
    let (run, effects) = Run.create(
      id: "r1", number: 1, source: .ofPush, plan: plan, jobIDs: ["j1"], at: start)
    #expect(run.state == .errored)
    #expect(effects.count == 1)
  }

  @Test func aJobWithoutStepsEndsWhenItsWorkerComes() {
    var course = Course(steps: [])
    course.dispatched()
    #expect(course.connected() == [.status(.pending, "running"), .status(.success, "succeeded in 0s")])
    #expect(course.job.command == .close)
  }
}
