import Forge
import RunModel
import TestSupport
import Testing
import WorkerProtocol

@testable import Matriz

@Suite("What a run does", .fewAtOnce)
struct PipelinePlanTests {
  private let pipeline = PipelinePlan(
    tasks: ["lint", "ci"],
    artifacts: [
      .init(path: "out/report.xml", name: "report", type: "test", always: true),
      .init(path: "dist/tool", name: "tool", type: nil, always: false),
    ],
    releaseAssets: ["dist/tool", "dist/other.zip"], limits: Limits())

  @Test("clone, trust, install, the tasks, then what is collected; release assets once")
  func steps() {
    let plan = pipeline.plan
    #expect(
      plan.jobs.map { $0.steps.map(\.name) } == [
        [
          "clone", "mise trust", "mise install", "mise run lint", "mise run ci", "collect out/report.xml",
          "collect dist/tool", "collect dist/other.zip",
        ]
      ])
    #expect(plan.jobs[0].steps.filter { $0.condition == .always }.map(\.name) == ["collect out/report.xml"])
    #expect(plan.releaseAssets == ["tool", "other.zip"])
  }

  @Test("files in SARIF are fetched always, where they are, under names of their own")
  func sarif() {
    var pipeline = pipeline
    pipeline.sarif = ["out/lint.sarif", "out/report", ".sarif", "tool"]
    let steps = pipeline.plan.jobs[0].steps.suffix(4)
    #expect(steps.allSatisfy { $0.condition == .always && $0.isOptional })
    let expected = [
      ("out/lint.sarif", "lint.sarif"), ("out/report", "sarif-report"), (".sarif", "sarif-.sarif"),
      ("tool", "sarif-tool"),
    ]
    #expect(steps.map(\.name) == expected.map { "collect \($0.0)" })
    #expect(
      steps.map(\.action) == expected.map { .collect(path: $0.0, artifact: $0.1, type: "report") })
    #expect(pipeline.plan.jobs[0].steps.dropLast(4).allSatisfy { !$0.isOptional })
  }

  private func commands(_ step: Int, features: Set<String>, pullRequest: Bool = false) -> [ServerMessage] {
    let source = Source(
      repository: "o/r", cloneURL: "http://forge/o/r.git", event: pullRequest ? .pullRequest : .push,
      ref: pullRequest ? "refs/pull/7/merge" : "refs/heads/main", sha: "aaaa", title: "t")
    let (run, _) = Run.create(
      id: "run", number: 1, source: source, plan: pipeline.plan, jobIDs: ["job"], at: Instant(milliseconds: 0)
    )
    let credentials = CloneCredentials(username: "x", password: "hidden", expiresAt: nil)
    return StepCommands(
      step: step, of: run.jobs[0], in: run, features: features, credentials: credentials,
      secrets: JobSecrets([:])
    )
    .messages
  }

  @Test("a worker that knows commits gets one clone")
  func clone() throws {
    let messages = commands(0, features: [WorkerFeature.copyCommit])
    #expect(messages.count == 1)
    guard case .copy(let copy)? = messages.first?.payload else {
      Issue.record("no copy")
      return
    }
    #expect(copy.ref == "refs/heads/main" && copy.commit == "aaaa")
  }

  @Test("a plain worker clones, fetches and checks out; the credentials are in the environment only")
  func plainClone() throws {
    let messages = commands(0, features: [], pullRequest: true)
    let runs = messages.compactMap { if case .run(let run)? = $0.payload { run } else { nil } }
    #expect(
      runs.map(\.args) == [
        ["fetch", "--quiet", "origin", "refs/pull/7/merge"],
        ["checkout", "--quiet", "--detach", "FETCH_HEAD"],
      ])
    #expect(runs.allSatisfy { !$0.args.joined().contains("hidden") && $0.env["GIT_CONFIG_VALUE_0"] != nil })
    #expect(Set(messages.map(\.id)).count == messages.count)
  }

  @Test("ids of commands follow from the step, so that a worker knows them again")
  func ids() {
    #expect(commands(3, features: []).map(\.id) == commands(3, features: [WorkerFeature.resume]).map(\.id))
    let all = (0..<8).flatMap { commands($0, features: []).map(\.id) }
    #expect(Set(all).count == all.count)
    #expect(!all.contains(0))
  }

  @Test("commands find the run in their environment")
  func environment() {
    guard case .run(let run)? = commands(4, features: []).first?.payload else {
      Issue.record("no command")
      return
    }
    #expect(run.cmd == "mise" && run.args == ["run", "ci"])
    #expect(run.env["CI"] == "true" && run.env["MISE_CI_RUN_ID"] == "run" && run.env["MISE_CI_SHA"] == "aaaa")
  }
}
