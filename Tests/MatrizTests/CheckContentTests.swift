import Forge
import Platform
import RunModel
import TestSupport
import Testing

@testable import ArtifactStore
@testable import Matriz

@Suite("What a check says", .fewAtOnce)
struct CheckContentTests {
  private static let evil = "<b>|`x`\n@ann ![i](http://x)"

  private static func source(_ text: String = "o/r", event: Source.Event = .push) -> Source {
    Source(repository: text, cloneURL: "c", event: event, ref: "refs/tags/v1", sha: "abc", title: text)
  }

  /// A run that is new.
  private func run(
    jobs: [String] = ["ci"], source: Source = source(), needsApproval: Bool = false,
    skipReason: String? = nil,
    assets: [String] = []
  ) -> Run {
    let steps = [
      StepPlan(name: "clone", action: .clone),
      StepPlan(name: "mise run ci", action: .run(command: "mise", arguments: [])),
    ]
    return Run.create(
      id: "run-1", number: 7, source: source,
      plan: Plan(jobs: jobs.map { JobPlan(name: $0, steps: steps) }, releaseAssets: assets),
      jobIDs: jobs, skipReason: skipReason, needsApproval: needsApproval, at: Instant(milliseconds: 1_000)
    ).run
  }

  private func worker(_ name: String = "w") -> WorkerIdentity {
    WorkerIdentity(instance: name, hostname: name, system: name, architecture: name, version: name)
  }

  /// Has the worker of a job come and its steps end.
  private func carryOut(_ job: String, _ outcomes: [StepOutcome], in run: inout Run) {
    let attempt = run.job(job)?.attempt ?? 0
    _ = run.handle(
      .workerConnected(job: job, attempt: attempt, worker: worker()), at: Instant(milliseconds: 2_000))
    for (step, outcome) in outcomes.enumerated() {
      _ = run.handle(.stepStarted(job: job, attempt: attempt, step: step), at: Instant(milliseconds: 2_000))
      _ = run.handle(
        .stepFinished(job: job, attempt: attempt, step: step, outcome: outcome),
        at: Instant(milliseconds: 67_000))
    }
  }

  private func check(_ run: Run, _ details: CheckDetails = CheckDetails()) -> Check {
    CheckContent.make(run: run, context: "mise-ci", externalURL: "http://ci.test", details: details)
  }

  @Test("a run's state is a check's, to its conclusion")
  func states() {
    var run = run()
    #expect(check(run).state == .queued)
    carryOut("ci", [], in: &run)
    #expect(check(run).state == .inProgress)
    var (good, bad, broken, cancelled, slow) = (run, run, run, run, run)
    carryOut("ci", [.exited(code: 0), .exited(code: 0)], in: &good)
    #expect(check(good).state == .completed(.success))
    carryOut("ci", [.exited(code: 0), .exited(code: 2)], in: &bad)
    #expect(check(bad).state == .completed(.failure))
    _ = broken.handle(.workerLost(job: "ci", attempt: 1, reason: "gone"), at: Instant(milliseconds: 9_000))
    #expect(check(broken).state == .completed(.failure))
    _ = cancelled.handle(.cancelRequested(by: "ann"), at: Instant(milliseconds: 9_000))
    #expect(check(cancelled).state == .completed(.cancelled))
    _ = slow.handle(.stepStarted(job: "ci", attempt: 1, step: 0), at: Instant(milliseconds: 9_000))
    _ = slow.handle(
      .outputStalled(job: "ci", attempt: 1, step: 0, seconds: 5), at: Instant(milliseconds: 9_000))
    _ = slow.handle(
      .stepFinished(job: "ci", attempt: 1, step: 0, outcome: .exited(code: 143)),
      at: Instant(milliseconds: 9_000))
    #expect(check(slow).state == .completed(.timedOut))
    #expect(check(self.run(skipReason: "no")).state == .completed(.skipped))
    #expect(check(self.run(needsApproval: true)).state == .completed(.actionRequired))
  }

  @Test("a check belongs to an attempt of a run, and leads to its page")
  func identity() {
    var run = run()
    #expect(check(run).externalID == "run-1/1")
    #expect(check(run).detailsURL == "http://ci.test/runs/run-1")
    carryOut("ci", [.exited(code: 0), .exited(code: 1)], in: &run)
    #expect(check(run).title == "failed in 1m 05s: mise run ci: exit code 1")
    #expect(check(run).startedAt?.milliseconds == 2_000 && check(run).completedAt?.milliseconds == 67_000)
    _ = run.handle(.rerunRequested(by: "bob", onlyFailed: false), at: Instant(milliseconds: 70_000))
    #expect(check(run).externalID == "run-1/2")
    #expect(check(run).startedAt == nil && check(run).completedAt == nil)
    #expect(check(run).summary.contains("Attempt 2, wanted by bob."))
    #expect(check(run).summary.contains("### Earlier attempts"))
  }

  @Test("what waits for approval is completed, so what follows is another check")
  func approval() {
    var run = run(needsApproval: true)
    #expect(check(run).externalID == "run-1/1/approval")
    _ = run.handle(.approved(by: "ann", sha: run.source.sha), at: Instant(milliseconds: 1_000))
    #expect(check(run).externalID == "run-1/1")
    #expect(check(run).state == .queued)
  }

  @Test("there are buttons for what can be done")
  func buttons() {
    var run = run(jobs: ["a", "b"])
    #expect(check(run).actions == [])
    var failed = run
    for job in ["a", "b"] { carryOut(job, [.exited(code: 1)], in: &failed) }
    #expect(check(failed).actions.map(\.identifier) == ["rerun"])
    carryOut("a", [.exited(code: 0), .exited(code: 0)], in: &run)
    #expect(check(run).actions == [])
    carryOut("b", [.exited(code: 1)], in: &run)
    #expect(check(run).actions.map(\.identifier) == ["rerun", "rerun_failed"])
    #expect(check(self.run(needsApproval: true)).actions.map(\.identifier) == ["approve"])
    #expect(check(self.run(jobs: [])).actions == [])
    for action in CheckAction.allCases {
      let button = action.button
      #expect(button.identifier.count <= 20)
      #expect(!button.label.contains("…") && !button.description.contains("…"))
    }
  }

  @Test("the summary says how it went, step by step")
  func summary() {
    var run = run()
    carryOut("ci", [.exited(code: 0), .exited(code: 2)], in: &run)
    #expect(
      check(run).summary == """
        [o\\/r \\#7](http://ci.test/runs/run-1) **failed** after 1m 05s: mise run ci\\: exit code 2

        ### Jobs

        | Job | State | Duration | Attempt | Reason |
        | --- | --- | --- | --- | --- |
        | ci | failed | 1m 05s | 1 | mise run ci\\: exit code 2 |

        ### Steps of ci

        | Step | State | Duration | Note |
        | --- | --- | --- | --- |
        | clone | succeeded | 1m 05s |  |
        | mise run ci | failed | 1m 05s | exit code 2 |

        """)
  }

  private func artifact(_ name: String) -> Artifact {
    Artifact(
      id: "id-1", number: 1, run: "run-1", job: "ci", attempt: 1, name: name, version: 1, type: nil,
      contentType: "x", size: 12_345, sha256: "", createdAt: .now(), location: "")
  }

  @Test("what was made and what was found stands there, too")
  func details() {
    var run = run(source: Self.source(event: .tag), assets: ["tool.zip"])
    carryOut("ci", [.exited(code: 0), .exited(code: 0)], in: &run)
    var details = CheckDetails()
    details.artifacts = [artifact("tool.zip")]
    details.remarks = [Finding(level: .warning, path: "/etc/x", title: "t", message: "m")]
    details.problems = ["out.sarif: it is no JSON"]
    details.dropped = 1_200
    let summary = check(run, details).summary
    for line in [
      "| [tool\\.zip](http://ci.test/api/artifacts/id-1/download) | 12,345 bytes |",
      "| tool\\.zip | 12,345 bytes | running |",
      "- **warning** ` /etc/x `: t: m", "- out\\.sarif\\: it is no JSON",
      "- 1,200 more findings are not shown.",
    ] { #expect(summary.contains(line), "\(line)") }
  }

  @Test("the text is the end of the failed step's output")
  func text() {
    var details = CheckDetails()
    #expect(check(run(), details).text == nil)
    details.failedStep = CheckDetails.FailedStep(job: "a", name: "mise run ci", lastLines: "x\n```\n@ann")
    #expect(
      check(run(), details).text
        == "The end of the output of ` mise run ci `:\n\n````text\nx\n```\n@ann\n````\n")
    #expect(
      check(run(jobs: ["a", "b"]), details).text?.hasPrefix("The end of the output of a: ` mise") == true)
    details.failedStep = CheckDetails.FailedStep(job: "a", name: "clone", lastLines: "")
    #expect(check(run(), details).text == nil)
  }

  @Test("nothing that comes from elsewhere becomes markup, mentions anybody or loads a picture")
  func escaping() {
    var run = run(jobs: [Self.evil], source: Self.source(Self.evil, event: .tag), assets: [Self.evil])
    let details = CheckDetails(
      failedStep: .init(job: Self.evil, name: Self.evil, lastLines: Self.evil),
      remarks: [Finding(level: .failure, path: Self.evil, title: Self.evil, message: Self.evil)],
      problems: [Self.evil], artifacts: [artifact(Self.evil)])
    _ = run.handle(
      .workerConnected(job: Self.evil, attempt: 1, worker: worker()), at: Instant(milliseconds: 1))
    _ = run.handle(.workerLost(job: Self.evil, attempt: 1, reason: Self.evil), at: Instant(milliseconds: 2))
    _ = run.handle(.rerunRequested(by: Self.evil, onlyFailed: true), at: Instant(milliseconds: 3))
    _ = run.handle(.cancelRequested(by: Self.evil), at: Instant(milliseconds: 3))
    let summary = check(run, details).summary
    // Code is shown as it is: one line of it, in a fence that is longer than any in it.
    let rest = summary.replacing("`` <b>|`x` @ann ![i](http://x) ``", with: "")
    for mark in ["<b>", "@ann", "![", "](http://x)", " |`", "\n@"] {
      #expect(!rest.contains(mark), "\(mark)")
    }
    #expect(rest.contains("\\<b\\>\\|\\`x\\` \\@\u{200B}ann \\!\\[i\\]"))
  }

  @Test("a reason that is very long keeps nothing else from being shown")
  func longReason() {
    var run = run()
    carryOut("ci", [.refused(reason: String(repeating: "@", count: 1_000_000))], in: &run)
    let summary = check(run).summary
    #expect(summary.contains("| mise run ci | skipped |"))
    #expect(!summary.contains("This is not all"))
  }

  @Test("a summary that is too long is cut between its lines, and says so")
  func length() {
    let run = run(jobs: (0..<4_000).map { "job \($0)" })
    let summary = check(run).summary
    #expect(summary.utf8.count <= Check.maximumTextBytes)
    #expect(summary.hasSuffix(" |\n\nThis is not all: see [the run](http://ci.test/runs/run-1).\n"))
  }
}
