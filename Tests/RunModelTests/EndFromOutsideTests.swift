import RunModel
import Testing

@Suite struct EndFromOutsideTests {
  @Test func aCancelledRunSaysSoWhateverItsJobsEndedAs() {
    var course = Course(steps: [.task], jobs: 3)
    course.begin()
    course.step(0, .exited(code: 1))
    course.send(.dispatchFailed(job: "j2", attempt: 1, reason: "no capacity"))
    #expect(course.send(.cancelRequested(by: "bob")) == [.status(.error, "cancelled by bob")])
    #expect(course.run.jobs.map(\.state) == [.failed, .errored, .cancelled])
    #expect(course.run.state == .cancelled)
  }

  @Test func theFirstCancelIsTheOneThatCounts() {
    var course = Course()
    course.send(.cancelRequested(by: "ann"))
    #expect(course.send(.cancelRequested(by: "bob")).isEmpty)
    #expect(course.run.reason == "cancelled by ann")
  }

  @Test func aDispatchThatIsAnsweredAfterTheEndIsStoppedOnce() {
    var course = Course()
    course.send(.cancelRequested(by: "bob"))
    #expect(course.dispatched() == [.stop])
    #expect(course.dispatched().isEmpty)
    #expect(course.run.state == .cancelled)
  }

  @Test func aDispatchThatIsAnsweredAfterItsJobEndedIsStoppedWhileTheRunGoesOn() {
    var course = Course(jobs: 2)
    course.send(.workerConnected(job: "j2", attempt: 1, worker: worker))
    course.send(.dispatchFailed(job: "j1", attempt: 1, reason: "no answer"))
    #expect(course.run.jobs.map(\.state) == [.errored, .running])
    #expect(course.dispatched() == [.stop])
    #expect(course.run.state == .running)
  }

  @Test func aWorkerThatComesTooLateIsSentAway() {
    var course = Course()
    course.dispatched()
    course.send(.deadlineReached, at: at(300))
    #expect(course.connected(at: at(301)).isEmpty)
    #expect(course.job.command == .close)
    #expect(course.job.worker == nil)
  }

  @Test func aRefusalAfterTheRunnerTookTheJobIsThatOfARepeatedDispatch() {
    var course = Course()
    course.begin()
    #expect(course.send(.dispatchFailed(job: "j1", attempt: 1, reason: "no capacity")).isEmpty)
    #expect(course.run.state == .running)
  }
}
