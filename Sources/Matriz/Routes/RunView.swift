import Platform
import RunModel

/// A run as the API shows it.
struct RunView: Encodable {
  let id: String
  let number: Int
  let repository: String
  let event: String
  let ref: String
  let sha: String
  @ExplicitNull var mergeSha: String?
  let title: String
  let state: State
  @ExplicitNull var reason: String?
  let attempt: Int
  /// Who said that it may run, where somebody had to.
  @ExplicitNull var approvedBy: String?
  /// Who wanted this attempt, if it is not the first.
  @ExplicitNull var rerunBy: String?
  /// Who wanted the run to stop, and when; its state says whether it has.
  @ExplicitNull var cancellation: CancellationView?
  let createdAt: Timestamp
  @ExplicitNull var startedAt: Timestamp?
  @ExplicitNull var finishedAt: Timestamp?
  /// The attempts before this one, oldest first.
  let earlierAttempts: [AttemptView]
  let jobs: [JobView]

  init(_ run: Run) {
    id = run.id
    number = run.number
    repository = run.source.repository
    event = run.source.event.rawValue
    ref = run.source.ref
    sha = run.source.sha
    mergeSha = run.source.mergeSha
    title = run.source.title
    state = run.state
    reason = run.reason
    attempt = run.attempt
    approvedBy = run.approvedBy
    rerunBy = run.rerunBy
    cancellation = run.cancellation.map(CancellationView.init)
    createdAt = run.createdAt.timestamp
    startedAt = run.startedAt?.timestamp
    finishedAt = run.finishedAt?.timestamp
    earlierAttempts = run.earlierAttempts.map(AttemptView.init)
    jobs = run.jobs.map(JobView.init)
  }
}

/// A job as the API shows it.
struct JobView: Encodable {
  let id: String
  let name: String
  let state: State
  @ExplicitNull var reason: String?
  let attempt: Int
  @ExplicitNull var worker: String?
  let createdAt: Timestamp
  @ExplicitNull var startedAt: Timestamp?
  @ExplicitNull var finishedAt: Timestamp?
  /// The attempts before this one, oldest first; each has its own log.
  let earlierAttempts: [AttemptView]
  let steps: [StepView]

  init(_ job: Job) {
    id = job.id
    name = job.name
    state = job.state
    reason = job.reason
    attempt = job.attempt
    worker = job.worker?.hostname
    createdAt = job.queuedAt.timestamp
    startedAt = job.startedAt?.timestamp
    finishedAt = job.finishedAt?.timestamp
    earlierAttempts = job.earlierAttempts.map(AttemptView.init)
    steps = job.steps.map(StepView.init)
  }
}

/// An attempt that is over, of a run or a job, as the API shows it.
struct AttemptView: Encodable {
  let attempt: Int
  let state: State
  @ExplicitNull var reason: String?
  @ExplicitNull var startedAt: Timestamp?
  @ExplicitNull var finishedAt: Timestamp?

  init(_ attempt: RunAttempt) {
    self.attempt = attempt.attempt
    state = attempt.state
    reason = attempt.reason
    startedAt = attempt.startedAt?.timestamp
    finishedAt = attempt.finishedAt?.timestamp
  }

  init(_ attempt: JobAttempt) {
    self.attempt = attempt.attempt
    state = attempt.state
    reason = attempt.reason
    startedAt = attempt.startedAt?.timestamp
    finishedAt = attempt.finishedAt?.timestamp
  }
}

/// That a run is to stop, as the API shows it.
struct CancellationView: Encodable {
  let reason: String
  let requestedAt: Timestamp

  init(_ cancellation: Cancellation) {
    reason = cancellation.reason
    requestedAt = cancellation.requestedAt.timestamp
  }
}

/// A step as the API shows it.
struct StepView: Encodable {
  let name: String
  let state: State
  @ExplicitNull var exitCode: Int?
  @ExplicitNull var reason: String?
  @ExplicitNull var startedAt: Timestamp?
  @ExplicitNull var finishedAt: Timestamp?

  init(_ step: Step) {
    name = step.plan.name
    state = step.state
    exitCode = step.exitCode
    reason = step.reason
    startedAt = step.startedAt?.timestamp
    finishedAt = step.finishedAt?.timestamp
  }
}

/// A page of a list; `next` is the cursor of the following page.
struct Listing<Item: Encodable>: Encodable {
  let items: [Item]
  @ExplicitNull var next: String?

  init(items: [Item], next: String?) {
    self.items = items
    _next = ExplicitNull(wrappedValue: next)
  }
}

/// An optional value that is written as `null` when there is none, so that a reader sees every field.
@propertyWrapper
struct ExplicitNull<Value: Encodable>: Encodable {
  var wrappedValue: Value?

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if let wrappedValue { try container.encode(wrappedValue) } else { try container.encodeNil() }
  }
}
