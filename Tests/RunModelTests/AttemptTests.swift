import RunModel
import Testing

/// Attempts of jobs and of runs.
@Suite struct AttemptTests {
  private let limits = Limits(dispatchSeconds: 100, leaseSeconds: 30, infrastructureRetries: 1)

  /// What ends an attempt because of the runner or the machine.
  enum Loss: CaseIterable {
    case refused, neverConnected, lost, leaseOver

    func happen(to course: inout Course) {
      if self != .refused { course.dispatched() }
      if self == .lost || self == .leaseOver { course.connected() }
      switch self {
      case .refused: course.send(.dispatchFailed(job: "j1", attempt: 1, reason: "no capacity"))
      case .neverConnected: course.send(.deadlineReached, at: at(100))
      case .lost: course.send(.workerLost(job: "j1", attempt: 1, reason: "out of memory"))
      case .leaseOver:
        course.send(.workerAway(job: "j1", attempt: 1), at: at(5))
        course.send(.deadlineReached, at: at(35))
      }
    }
  }

  @Test(arguments: Loss.allCases) func anotherAttemptFollowsWhereThePolicySaysSo(loss: Loss) {
    var course = Course(limits: limits)
    loss.happen(to: &course)
    #expect(course.job.state == .queued)
    #expect(course.job.attempt == 2)
    #expect(course.job.isWaitingForSlot)
    #expect(course.job.earlierAttempts.map(\.attempt) == [1])
    #expect(course.job.earlierAttempts.first?.state == .errored)
    #expect(course.job.earlierAttempts.first?.reason != nil)
    #expect(course.run.state.isFinal == false)
    #expect(course.effects.contains(.stop) == (loss != .refused))
    #expect(
      course.send(.admitted(job: "j1", attempt: 2), at: at(200)) == [.dispatch(job: "j1", attempt: 2)])
  }

  @Test(arguments: Loss.allCases) func withoutThePolicyTheJobEnds(loss: Loss) {
    var course = Course(limits: Limits(dispatchSeconds: 100, leaseSeconds: 30))
    loss.happen(to: &course)
    #expect(course.run.state == .errored)
    #expect(course.job.attempt == 1)
  }

  @Test func theLastAttemptIsTheLast() {
    var course = Course(limits: limits)
    Loss.lost.happen(to: &course)
    course.send(.admitted(job: "j1", attempt: 2))
    course.send(.workerLost(job: "j1", attempt: 2, reason: "node lost"))
    #expect(course.run.state == .errored)
    #expect(course.run.reason == "node lost")
  }

  @Test func aDispatchOfAnEarlierAttemptThatIsAnsweredLateIsUndone() {
    var course = Course(limits: limits)
    course.send(.dispatchFailed(job: "j1", attempt: 1, reason: "no capacity"))
    #expect(course.job.attempt == 2)
    #expect(course.dispatched() == [.stop])
    #expect(course.job.dispatchHandle == nil)
  }

  @Test func anEarlierAttemptsWordChangesNothing() {
    var course = Course(limits: limits)
    Loss.lost.happen(to: &course)
    let before = course.run
    course.connected()
    course.step(0, .exited(code: 0))
    course.send(.workerLost(job: "j1", attempt: 1, reason: "again"))
    #expect(course.run == before)
  }

  @Test func anotherRunOfEverything() {
    var course = Course(source: .ofTag, assets: ["app"], limits: limits)
    course.begin()
    course.step(0, .exited(code: 0))
    course.step(1, .exited(code: 0))
    course.send(.assetUploaded(name: "app"), at: at(9))
    #expect(course.run.state == .succeeded)
    #expect(
      course.send(.rerunRequested(by: "ann", onlyFailed: false), at: at(20)) == [.status(.pending, "queued")])
    #expect(course.run.attempt == 2)
    #expect(course.run.rerunBy == "ann")
    #expect(course.run.earlierAttempts.map(\.state) == [.succeeded])
    #expect(course.job.attempt == 2)
    #expect(course.run.assets.map(\.state) == [.queued])
    // The retries of a re-run are its own.
    course.send(.admitted(job: "j1", attempt: 2), at: at(20))
    course.send(.workerLost(job: "j1", attempt: 2, reason: "node lost"), at: at(21))
    #expect(course.job.attempt == 3)
    #expect(course.job.state == .queued)
  }

  @Test func onlyWhatDidNotSucceedIsDoneAgain() {
    var course = Course(steps: [.task], jobs: 2)
    course.begin()
    course.step(0, .exited(code: 0))
    course.send(.workerConnected(job: "j2", attempt: 1, worker: worker))
    course.send(.stepFinished(job: "j2", attempt: 1, step: 0, outcome: .exited(code: 1)))
    #expect(course.run.state == .failed)
    course.send(.rerunRequested(by: "ann", onlyFailed: true), at: at(20))
    #expect(course.run.jobs.map(\.state) == [.succeeded, .queued])
    #expect(course.run.jobs.map(\.attempt) == [1, 2])
    #expect(course.run.startedAt == nil)
    course.send(.admitted(job: "j2", attempt: 2), at: at(21))
    course.send(.workerConnected(job: "j2", attempt: 2, worker: worker), at: at(22))
    #expect(course.run.startedAt == at(22))
    course.send(.stepFinished(job: "j2", attempt: 2, step: 0, outcome: .exited(code: 0)), at: at(25))
    #expect(course.run.state == .succeeded)
    #expect(course.lastStatus?.description == "succeeded in 3s")
  }

  @Test func whatIsNotOverOrHasNothingToRepeatIsNotDoneAgain() {
    var course = Course()
    #expect(course.send(.rerunRequested(by: "ann", onlyFailed: false)).isEmpty)
    course.begin()
    course.step(0, .exited(code: 0))
    course.step(1, .exited(code: 0))
    #expect(course.send(.rerunRequested(by: "ann", onlyFailed: true)).isEmpty)
    #expect(course.run.attempt == 1)
  }

  @Test func onlyThePublishingIsDoneAgain() {
    var course = Course(source: .ofTag, assets: ["app"])
    course.begin()
    course.step(0, .exited(code: 0))
    course.step(1, .exited(code: 0))
    course.send(.assetFailed(name: "app", reason: "no release"))
    #expect(
      course.send(.rerunRequested(by: "ann", onlyFailed: true)) == [
        .status(.pending, "queued"), .uploadAsset(name: "app"),
      ])
    #expect(course.job.attempt == 1)
  }
}
