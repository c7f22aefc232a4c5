import RunModel

/// The moment at which every run of these tests is made.
let start = Instant(milliseconds: 1_700_000_000_000)

/// So many seconds after the run was made.
func at(_ seconds: Int) -> Instant { start.adding(seconds: seconds) }

let worker = WorkerIdentity(
  instance: "w1", hostname: "node-1", system: "linux", architecture: "amd64", version: "1.0.0")

/// Another process that came with the same token.
let stranger = WorkerIdentity(
  instance: "w2", hostname: "node-2", system: "linux", architecture: "amd64", version: "1.0.0")

extension StepPlan {
  static let clone = StepPlan(name: "clone", action: .clone)
  static let task = StepPlan(name: "mise run ci", action: .run(command: "mise", arguments: ["run", "ci"]))

  static func collect(_ artifact: String, _ condition: Condition = .success) -> StepPlan {
    StepPlan(
      name: "collect \(artifact)",
      action: .collect(path: "out/\(artifact)", artifact: artifact, type: nil), condition: condition)
  }
}

extension Source {
  static let ofPush = Source(
    repository: "octo/app", cloneURL: "http://forge.test/octo/app.git", event: .push, ref: "refs/heads/main",
    sha: "aaaa", title: "A change")
  static let ofTag = Source(
    repository: "octo/app", cloneURL: "http://forge.test/octo/app.git", event: .tag, ref: "refs/tags/v1",
    sha: "aaaa", title: "A change")
}

extension Effect {
  static func status(_ state: StatusReport.State, _ description: String) -> Effect {
    .reportStatus(StatusReport(state: state, description: description))
  }

  static let stop = Effect.stop(job: "j1", attempt: 1, handle: "h1")

  var statusReport: StatusReport? {
    if case .reportStatus(let report) = self { report } else { nil }
  }
}

/// A run with everything that it asked for so far.
struct Course {
  private(set) var run: Run
  private(set) var effects: [Effect]

  /// A run with the jobs `j1`, `j2`, ..., each with these steps.
  init(
    steps: [StepPlan] = [.clone, .task], jobs: Int = 1, source: Source = .ofPush, assets: [String] = [],
    limits: Limits = Limits()
  ) {
    let plans = (0..<jobs).map { JobPlan(name: "ci \($0 + 1)", steps: steps) }
    let (run, effects) = Run.create(
      id: "r1", number: 1, source: source,
      plan: Plan(jobs: plans, releaseAssets: assets, limits: limits),
      jobIDs: (0..<jobs).map { "j\($0 + 1)" }, at: start)
    self.run = run
    self.effects = effects
    for job in run.jobs { send(.admitted(job: job.id, attempt: 1)) }
  }

  var job: Job { run.jobs[0] }
  var stepStates: [State] { job.steps.map(\.state) }
  var lastStatus: StatusReport? { effects.compactMap(\.statusReport).last }

  /// Returns what this event alone asked for.
  @discardableResult
  mutating func send(_ event: Event, at now: Instant = start) -> [Effect] {
    let new = run.handle(event, at: now)
    effects += new
    return new
  }

  @discardableResult
  mutating func dispatched(at now: Instant = start) -> [Effect] {
    send(.dispatched(job: "j1", attempt: 1, handle: "h1"), at: now)
  }

  @discardableResult
  mutating func connected(at now: Instant = start) -> [Effect] {
    send(.workerConnected(job: "j1", attempt: 1, worker: worker), at: now)
  }

  /// The worker of the first job is told of a step, and answers.
  @discardableResult
  mutating func step(_ index: Int, _ outcome: StepOutcome, at now: Instant = start) -> [Effect] {
    send(.stepStarted(job: "j1", attempt: 1, step: index), at: now)
      + send(.stepFinished(job: "j1", attempt: 1, step: index, outcome: outcome), at: now)
  }

  /// Dispatched, with its worker there.
  mutating func begin() {
    dispatched()
    connected()
  }
}
