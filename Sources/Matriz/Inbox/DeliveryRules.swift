import Configuration
import Forge
import Platform
import RunModel

/// What a delivery is to lead to. It depends on the delivery and on what is to become of forks, and on nothing else.
enum DeliveryRules {
  enum Verdict: Hashable, Sendable {
    /// A run; one with a reason to be skipped is over as soon as it is made. The message of a pull request's commit
    /// does not come with it: the run asks for it first. What comes from a fork may need somebody's approval.
    case run(Source, skipReason: String?, readsCommitMessage: Bool, needsApproval: Bool = false)
    case nothing(reason: String)

    var outcome: DeliveryRecord.Outcome {
      switch self {
      case .run(_, nil, _, _): .run
      case .run: .skipped
      case .nothing: .ignored
      }
    }

    /// Why there is nothing to be built.
    var reason: String? {
      switch self {
      case .run(_, let skipReason, _, _): skipReason
      case .nothing(let reason): reason
      }
    }
  }

  static func verdict(on event: WebhookEvent, forks: MatrizConfiguration.Forge.Forks) -> Verdict {
    switch event {
    case .push(let push):
      .run(
        Source(
          repository: push.repository.name, cloneURL: push.repository.cloneURL, event: .push, ref: push.ref,
          sha: push.sha, title: push.title),
        skipReason: SkipMarker.find(in: push.message).map(SkipMarker.reason), readsCommitMessage: false)
    case .tagPush(let push):
      .run(
        Source(
          repository: push.repository.name, cloneURL: push.repository.cloneURL, event: .tag, ref: push.ref,
          sha: push.sha, title: push.title),
        skipReason: SkipMarker.find(in: push.message).map(SkipMarker.reason), readsCommitMessage: false)
    case .pullRequest(let request) where request.fromFork && forks == .ignore:
      .nothing(reason: "the pull request comes from a fork")
    case .pullRequest(let request):
      .run(
        Source(
          repository: request.repository.name, cloneURL: request.repository.cloneURL, event: .pullRequest,
          ref: request.ref, sha: request.sha, mergeSha: request.mergeSha, title: request.title,
          isFromFork: request.fromFork),
        skipReason: nil, readsCommitMessage: true, needsApproval: request.fromFork && forks == .approve)
    case .releasePublished: .nothing(reason: "a release makes no run: its tag's push does")
    case .rerunRequested, .actionRequested:
      .nothing(reason: "what is asked for beside a commit starts nothing")
    case .repositoryMoved: .nothing(reason: "a repository that moved makes no run")
    case .installationChanged: .nothing(reason: "an installation makes no run")
    case .workflowRun: .nothing(reason: "a workflow run makes no run")
    case .ping: .nothing(reason: "ping")
    case .ignored(let reason): .nothing(reason: reason)
    }
  }

  static func repository(of event: WebhookEvent) -> String? {
    switch event {
    case .push(let push): push.repository.name
    case .tagPush(let push): push.repository.name
    case .pullRequest(let request): request.repository.name
    case .releasePublished(let release): release.repository.name
    case .rerunRequested(let request): request.repository.name
    case .actionRequested(let request): request.repository.name
    case .repositoryMoved(_, let repository): repository.name
    case .workflowRun(let change): change.repository.name
    case .installationChanged, .ping, .ignored: nil
    }
  }

  /// When it happened, by the forge's clock.
  static func occurrence(of event: WebhookEvent) -> Timestamp? {
    switch event {
    case .push(let push): push.pushedAt
    case .pullRequest(let request): request.updatedAt
    case .workflowRun(let change): change.updatedAt
    case .tagPush, .releasePublished, .rerunRequested, .actionRequested, .repositoryMoved,
      .installationChanged, .ping, .ignored:
      nil
    }
  }
}
