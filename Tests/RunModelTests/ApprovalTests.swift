import RunModel
import Testing

/// Runs that wait until somebody says that they may run.
@Suite struct ApprovalTests {
  private func waiting(readsCommitMessage: Bool = false) -> Run {
    Run.create(
      id: "r1", number: 1, source: .ofPush, plan: Plan(jobs: [JobPlan(name: "ci", steps: [.task])]),
      jobIDs: ["j1"], readsCommitMessage: readsCommitMessage, needsApproval: true, at: start
    ).run
  }

  @Test func nothingHappensBeforeTheApproval() {
    var run = waiting()
    #expect(run.state == .waiting)
    #expect(run.jobs.map(\.state) == [.waiting])
    #expect(run.deadline == nil)
    #expect(run.statusReport == StatusReport(state: .pending, description: "waiting for approval"))
    let before = run
    #expect(run.handle(.admitted(job: "j1", attempt: 1), at: at(1)).isEmpty)
    #expect(run.handle(.workerConnected(job: "j1", attempt: 1, worker: worker), at: at(1)).isEmpty)
    #expect(run.handle(.deadlineReached, at: at(1_000_000)).isEmpty)
    #expect(run == before)
  }

  @Test func anApprovedRunIsQueuedFromThenOn() {
    var run = waiting()
    #expect(
      run.handle(.approved(by: "ann", sha: "aaaa"), at: at(500)) == [.status(.pending, "queued")])
    #expect(run.approvedBy == "ann")
    #expect(run.jobs[0].queuedAt == at(500))
    #expect(
      run.handle(.admitted(job: "j1", attempt: 1), at: at(500)) == [.dispatch(job: "j1", attempt: 1)])
    #expect(run.handle(.approved(by: "bob", sha: "aaaa"), at: at(501)).isEmpty)
  }

  @Test func anApprovalIsForOneCommit() {
    var run = waiting()
    #expect(run.handle(.approved(by: "ann", sha: "bbbb"), at: at(5)).isEmpty)
    #expect(run.state == .waiting)
  }

  @Test func theMessageIsReadAfterTheApproval() {
    var run = waiting(readsCommitMessage: true)
    #expect(
      run.handle(.approved(by: "ann", sha: "aaaa"), at: at(5)) == [
        .status(.pending, "queued"), .readCommitMessage,
      ])
    #expect(run.handle(.admitted(job: "j1", attempt: 1), at: at(5)).isEmpty)
    _ = run.handle(.commitMessageRead(skipMarker: nil), at: at(6))
    #expect(!run.handle(.admitted(job: "j1", attempt: 1), at: at(6)).isEmpty)
  }

  @Test func whatWaitsCanBeCancelledOrSuperseded() {
    for event in [Event.cancelRequested(by: "ann"), .superseded(by: "run #2")] {
      var run = waiting()
      #expect(run.handle(event, at: at(5)).count == 1)
      #expect(run.state == .cancelled)
      #expect(run.handle(.approved(by: "ann", sha: "aaaa"), at: at(6)).isEmpty)
      // To want it again is not to approve it.
      _ = run.handle(.rerunRequested(by: "eve", onlyFailed: false), at: at(7))
      #expect(run.state == .waiting)
      #expect(!run.handle(.approved(by: "ann", sha: "aaaa"), at: at(8)).isEmpty)
      #expect(run.jobs.map(\.state) == [.queued])
    }
  }
}
