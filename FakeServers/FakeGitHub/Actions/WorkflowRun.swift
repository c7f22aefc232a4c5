import Platform

extension FakeGitHub {
  /// Where a workflow run, a job or a step is.
  public enum WorkflowStatus: String, Sendable, Hashable, CaseIterable {
    case requested, waiting, pending, queued
    case inProgress = "in_progress"
    case completed
  }

  /// How a workflow run, a job or a step ended.
  public enum WorkflowConclusion: String, Sendable, Hashable, CaseIterable {
    case success, failure, neutral, cancelled, skipped
    case timedOut = "timed_out"
    case actionRequired = "action_required"
    case stale
    case startupFailure = "startup_failure"
  }

  /// A run of a workflow with all its attempts; a picture of the moment at which it was asked for.
  public struct WorkflowRun: Sendable {
    public let id: Int64
    /// Counts the runs of one workflow, from 1.
    public let number: Int64
    public let workflowID: Int64
    public let path: String
    public let name: String
    public internal(set) var displayTitle: String
    /// `workflow_dispatch`, `push`, ...
    public let event: String
    /// The branch or tag.
    public let headBranch: String?
    public let headSHA: String
    /// What a dispatch gave, defaults filled in.
    public let inputs: [String: String]
    public internal(set) var attempts: [Attempt]
    /// Whether somebody wants it to end.
    public internal(set) var isCancelRequested = false

    let head: GitCommit
    let actor: Account
    let checkSuite: Int64
    let createdAt: Timestamp
    var hasLogs = true

    /// The newest attempt.
    public var attempt: Attempt {
      get { attempts[attempts.count - 1] }
      set { attempts[attempts.count - 1] = newValue }
    }

    public var status: WorkflowStatus { attempt.status }
    public var conclusion: WorkflowConclusion? { attempt.conclusion }
    public var jobs: [WorkflowJob] { attempt.jobs }
  }

  /// One time that a run was carried out.
  public struct Attempt: Sendable {
    /// From 1.
    public let number: Int64
    public internal(set) var status = WorkflowStatus.queued
    /// There is one as long as the status is `completed`.
    public internal(set) var conclusion: WorkflowConclusion?
    public internal(set) var jobs: [WorkflowJob]

    let actor: Account
    let startedAt: Timestamp
    var updatedAt: Timestamp
  }

  /// A job of one attempt. It is a check run of the same id, too.
  public struct WorkflowJob: Sendable {
    public let id: Int64
    /// What the workflow calls it; `name` is for people.
    public let key: String
    public let name: String
    public let labels: [String]
    /// The keys of the jobs that come before.
    public let needs: [String]
    public internal(set) var status = WorkflowStatus.queued
    public internal(set) var conclusion: WorkflowConclusion?
    public internal(set) var steps: [WorkflowStep]
    public internal(set) var annotations: [CheckRun.Annotation] = []

    let createdAt: Timestamp
    var startedAt: Timestamp?
    var completedAt: Timestamp?
  }

  public struct WorkflowStep: Sendable {
    /// From 1.
    public let number: Int64
    public let name: String
    public internal(set) var status = WorkflowStatus.queued
    public internal(set) var conclusion: WorkflowConclusion?
    /// Each with its time in front, as in GitHub's logs.
    public internal(set) var log: [String] = []

    var startedAt: Timestamp?
    var completedAt: Timestamp?
  }

  /// Files that a run left behind, as a zip archive.
  public struct WorkflowArtifact: Sendable, Hashable {
    public let id: Int64
    public let run: Int64
    public let name: String
    public let sizeBytes: Int64
    /// Lower-case hexadecimal, of the archive.
    public let sha256: String
    public internal(set) var isExpired: Bool

    let path: String
    let createdAt: Timestamp
    let expiresAt: Timestamp
  }
}

/// What happened to a run, as its webhooks name it.
enum WorkflowChange: Sendable, Hashable {
  case run(action: String)
  case job(Int64, action: String)
}
