import Platform

extension FakeGitHub {
  /// A check run as the App reported it.
  public struct CheckRun: Sendable, Hashable {
    public enum Status: String, Sendable, Hashable, CaseIterable {
      case queued
      case inProgress = "in_progress"
      case completed
    }

    public enum Conclusion: String, Sendable, Hashable, CaseIterable {
      case actionRequired = "action_required"
      case cancelled
      case failure
      case neutral
      case skipped
      case stale
      case success
      case timedOut = "timed_out"
    }

    /// A remark about lines of a file.
    public struct Annotation: Sendable, Hashable {
      public enum Level: String, Sendable, Hashable, CaseIterable {
        case failure, notice, warning
      }

      public let path: String
      public let startLine: Int64
      public let endLine: Int64
      public let startColumn: Int64?
      public let endColumn: Int64?
      public let level: Level
      public let message: String
      public let title: String?
      public let rawDetails: String?
    }

    /// A button beside the check run.
    public struct Action: Sendable, Hashable {
      public let label: String
      public let description: String
      public let identifier: String
    }

    /// What is shown below the check run's name.
    public struct Output: Sendable, Hashable {
      public internal(set) var title: String?
      public internal(set) var summary: String?
      public internal(set) var text: String?
      /// Those of all requests, in their order.
      public internal(set) var annotations: [Annotation] = []
    }

    public let id: Int64
    /// The check suite that it belongs to.
    public let suite: Int64
    public let sha: String
    public internal(set) var name: String
    public internal(set) var externalID: String
    public internal(set) var detailsURL: String?
    public internal(set) var status: Status
    /// There is one as long as the status is `completed`.
    public internal(set) var conclusion: Conclusion?
    /// RFC 3339, in seconds.
    public internal(set) var startedAt: String
    public internal(set) var completedAt: String?
    public internal(set) var output = Output()
    public internal(set) var actions: [Action] = []
    /// What it was shown as, oldest first: a status, or the conclusion of a completed one.
    public internal(set) var history: [String] = []

    /// What it is shown as now.
    public var shownState: String { conclusion?.rawValue ?? status.rawValue }
  }
}
