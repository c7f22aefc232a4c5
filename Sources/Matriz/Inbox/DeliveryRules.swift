import Configuration
import Forge
import Platform
import RunModel

/// What a delivery is to lead to. It depends on the delivery and on what is to become of forks, and on nothing else.
enum DeliveryRules {
  /// In the reason that is recorded.
  private static let maximumShownRepositories = 20

  enum Verdict: Hashable, Sendable {
    /// A run; one with a reason to be skipped is over as soon as it is made. The message of a pull request's commit
    /// does not come with it: the run asks for it first. What comes from a fork may need somebody's approval.
    case run(Source, skipReason: String?, readsCommitMessage: Bool, needsApproval: Bool = false)
    /// Something that somebody wants of runs that there are, beside a commit.
    case request(RunRequest)
    /// All that is kept of a repository gets another name.
    case move(from: String, to: WebhookRepository)
    case nothing(reason: String)
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
    case .rerunRequested(let request):
      .request(
        RunRequest(
          wish: .rerun(onlyFailed: false), repository: request.repository.name, sha: request.sha,
          externalID: request.externalID, sender: request.sender))
    case .actionRequested(let request): verdict(on: request)
    case .repositoryMoved(let from, let repository): .move(from: from, to: repository)
    case .installationChanged(let account, let action, let repositories):
      .nothing(reason: installationReason(account, action, repositories))
    case .workflowRun(let change):
      .nothing(reason: "run \(change.runID) of the forge's own workflows is no run of ours")
    case .ping: .nothing(reason: "ping")
    case .ignored(let reason): .nothing(reason: reason)
    }
  }

  private static func verdict(on request: WebhookEvent.ActionRequest) -> Verdict {
    guard let action = CheckAction(rawValue: request.identifier) else {
      return .nothing(reason: "there is no action '\(RunRequest.cited(request.identifier))'")
    }
    return .request(
      RunRequest(
        wish: action.wish, repository: request.repository.name, sha: request.sha,
        externalID: request.externalID, sender: request.sender))
  }

  private static func installationReason(
    _ account: String, _ action: String, _ repositories: [String]
  ) -> String {
    let shown = repositories.prefix(maximumShownRepositories).joined(separator: ", ")
    let rest = repositories.count - min(repositories.count, maximumShownRepositories)
    return "the app's installation for \(account) is '\(action)'" + (shown.isEmpty ? "" : ": \(shown)")
      + (rest > 0 ? " and \(rest) more" : "")
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

extension CheckAction {
  fileprivate var wish: RunRequest.Wish {
    switch self {
    case .rerun: .rerun(onlyFailed: false)
    case .rerunFailed: .rerun(onlyFailed: true)
    case .approve: .approve
    }
  }
}
