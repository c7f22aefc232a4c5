import Platform
import RunModel
import Runner
import Testing

@testable import Matriz

@Suite("Questions to the runner")
struct RunnerInquiriesTests {
  private static let start = Timestamp(milliseconds: 1_000_000)
  private static let worker = WorkerIdentity(
    instance: "i", hostname: "h", system: "linux", architecture: "x86_64", version: "1")

  /// A run whose jobs are dispatched, at second 0.
  private func dispatched(_ id: String = "r", jobs: Int = 1) -> Run {
    let source = Source(
      repository: "o/r", cloneURL: "http://x/o/r", event: .push, ref: "refs/heads/main", sha: "abc",
      title: "t")
    let step = StepPlan(name: "clone", action: .clone)
    let plan = Plan(jobs: (0..<jobs).map { JobPlan(name: "\($0)", steps: [step]) })
    var (run, _) = Run.create(
      id: id, number: 1, source: source, plan: plan, jobIDs: (0..<jobs).map { "\(id)j\($0)" },
      at: Self.start.instant)
    for job in run.jobs.map(\.id) {
      _ = run.handle(.admitted(job: job, attempt: 1), at: Self.start.instant)
      _ = run.handle(.dispatched(job: job, attempt: 1, handle: "h-\(job)"), at: Self.start.instant)
    }
    return run
  }

  private func second(_ seconds: Double) -> Timestamp { Self.start.adding(seconds: seconds) }

  private func send(_ event: Event, to run: inout Run) {
    _ = run.handle(event, at: Self.start.instant)
  }

  @Test("a worker that was dispatched is asked about until it has connected, and again when it is away")
  func whom() {
    var run = dispatched()
    var inquiries = RunnerInquiries()
    inquiries.note(run, at: second(0))
    #expect(inquiries.takeReady(at: second(1.9)).isEmpty)
    #expect(inquiries.nextTime == second(2))
    let first = inquiries.takeReady(at: second(2))
    #expect(first.map(\.handle) == ["h-rj0"])
    #expect(inquiries.takeReady(at: second(60)).isEmpty)
    #expect(inquiries.conclude(first[0], .running, at: second(2), random: 1) == nil)

    send(.workerConnected(job: "rj0", attempt: 1, worker: Self.worker), to: &run)
    inquiries.note(run, at: second(3))
    #expect(inquiries.isEmpty)
    send(.workerAway(job: "rj0", attempt: 1), to: &run)
    inquiries.note(run, at: second(10))
    let again = inquiries.takeReady(at: second(12))
    #expect(again.map(\.hasConnected) == [true])

    send(.cancelRequested(by: "ann"), to: &run)
    send(.workerLost(job: "rj0", attempt: 1, reason: "gone"), to: &run)
    inquiries.note(run, at: second(12))
    #expect(inquiries.isEmpty)
    #expect(inquiries.conclude(again[0], .failed(reason: "x"), at: second(12), random: 1) == nil)
  }

  @Test(
    "what the runner says of a worker is told in its own words",
    arguments: [
      (.pending(reason: nil), nil), (.running, nil), (nil, nil),
      (
        .pending(reason: "no nodes were eligible"),
        .runnerWaits(job: "rj0", attempt: 1, reason: "no nodes were eligible")
      ),
      (
        .failed(reason: "no such image"),
        .workerLost(job: "rj0", attempt: 1, reason: "the worker never connected: no such image")
      ),
      (
        .lost(reason: "node down"),
        .workerLost(job: "rj0", attempt: 1, reason: "the worker never connected: node down")
      ),
    ] as [(RunnerJobState?, Event?)])
  func words(state: RunnerJobState?, event: Event?) {
    var inquiries = RunnerInquiries()
    inquiries.note(dispatched(), at: second(0))
    let asked = inquiries.takeReady(at: second(2))
    #expect(inquiries.conclude(asked[0], state, at: second(2), random: 1) == event)
  }

  @Test(
    "a worker that ended as it should is lost only when it is still missed a while later",
    arguments: [
      (RunnerJobState.finished, "it ended before its job was over"),
      (.gone, "the runner does not know it any more"),
    ])
  func grace(state: RunnerJobState, reason: String) {
    var inquiries = RunnerInquiries()
    inquiries.note(dispatched(), at: second(0))
    let asked = inquiries.takeReady(at: second(2))
    #expect(inquiries.conclude(asked[0], state, at: second(2), random: 1) == nil)
    #expect(inquiries.nextTime == second(2 + RunnerInquiries.graceSeconds))
    let again = inquiries.takeReady(at: second(7))
    #expect(
      inquiries.conclude(again[0], state, at: second(7), random: 1)
        == .workerLost(job: "rj0", attempt: 1, reason: "the worker never connected: \(reason)"))
  }

  @Test("it is asked often at first, rarely later, and about few at once")
  func pace() {
    var inquiries = RunnerInquiries()
    inquiries.note(dispatched(jobs: 6), at: second(0))
    let first = inquiries.takeReady(at: second(2))
    #expect(first.count == RunnerInquiries.maximumAtOnce)
    #expect(inquiries.nextTime == nil)
    for inquiry in first { _ = inquiries.conclude(inquiry, .running, at: second(2), random: 1) }
    #expect(inquiries.takeReady(at: second(2)).count == 2)

    var one = RunnerInquiries()
    one.note(dispatched(), at: second(0))
    var waits: [Int64] = []
    for _ in 0..<7 {
      guard let time = one.nextTime, let inquiry = one.takeReady(at: time).first else { break }
      _ = one.conclude(inquiry, .running, at: time, random: 1)
      waits.append(((one.nextTime?.milliseconds ?? 0) - time.milliseconds) / 1_000)
    }
    #expect(waits == [2, 4, 8, 16, 30, 30, 30])
  }

  @Test("a worker that something has happened to is asked about at once")
  func hurry() {
    var inquiries = RunnerInquiries()
    inquiries.note(dispatched(jobs: 2), at: second(0))
    inquiries.hurry("h-rj1", at: second(0.5))
    inquiries.hurry("h-unknown", at: second(0.5))
    let first = inquiries.takeReady(at: second(0.5))
    #expect(first.map(\.handle) == ["h-rj1"])

    // While it is asked about, something happens again: the answer may be from before.
    inquiries.hurry("h-rj1", at: second(0.6))
    #expect(inquiries.takeReady(at: second(0.6)).isEmpty)
    #expect(inquiries.conclude(first[0], .running, at: second(0.7), random: 1) == nil)
    let again = inquiries.takeReady(at: second(0.7))
    #expect(again.map(\.handle) == ["h-rj1"])
    #expect(inquiries.conclude(again[0], .running, at: second(0.8), random: 1) == nil)
    #expect(inquiries.takeReady(at: second(0.8)).isEmpty)
  }

  @Test("a worker that ended keeps its time to have its last results taken")
  func hurryAfterTheEnd() {
    var inquiries = RunnerInquiries()
    inquiries.note(dispatched(), at: second(0))
    inquiries.hurry("h-rj0", at: second(0))
    let first = inquiries.takeReady(at: second(0))
    #expect(inquiries.conclude(first[0], .finished, at: second(0), random: 1) == nil)
    inquiries.hurry("h-rj0", at: second(1))
    #expect(inquiries.takeReady(at: second(1)).isEmpty)
    #expect(inquiries.takeReady(at: second(RunnerInquiries.graceSeconds)).count == 1)
  }
}
