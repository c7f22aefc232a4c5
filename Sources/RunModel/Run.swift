/// One push, tag or pull request, and everything that is done about it.
///
/// A run is a value: `handle` is the only way in which it changes (`Run+Handle.swift`), and what is to be done in
/// the world because of a change comes back as effects.
package struct Run: Hashable, Codable, Sendable {
  package let id: String
  /// Counts per repository, for people.
  package internal(set) var number: Int
  package internal(set) var source: Source
  package let plan: Plan
  package internal(set) var attempt: Int
  package internal(set) var state: State
  package internal(set) var reason: String?
  package internal(set) var jobs: [Job]
  package internal(set) var assets: [ReleaseAsset]
  package let createdAt: Instant
  package internal(set) var startedAt: Instant?
  package internal(set) var finishedAt: Instant?
  /// Who wanted it to stop, if somebody did; until its jobs have stopped it is not `cancelled` yet.
  package internal(set) var cancellation: Cancellation?
  /// Somebody has to say that it may run, and nobody has.
  @EmptyWhenAbsent package internal(set) var needsApproval: Bool
  /// Who said that it may run, where somebody had to.
  package internal(set) var approvedBy: String?
  /// Who wanted this attempt, if it is not the first.
  package internal(set) var rerunBy: String?
  /// The attempts before this one, oldest first.
  @EmptyWhenAbsent package internal(set) var earlierAttempts: [RunAttempt]
  /// No job is admitted before the commit's message is known.
  @EmptyWhenAbsent package internal(set) var isHeld: Bool
  /// With which of its attempts each job began in this attempt of the run, where it is not 1.
  @EmptyWhenAbsent var firstAttempts: [String: Int]

  /// A new run and what is to be done first; its jobs wait to be admitted. `jobIDs` are for the plan's jobs, in
  /// order, one for each. A run that cannot have them all, or has none at all, would be green without having verified
  /// anything: it ends `errored`.
  ///
  /// - Parameters:
  ///   - skipReason: why there is nothing to be done; the run is `skipped`.
  ///   - readsCommitMessage: the head commit's message is not known, and may ask for the run to be skipped.
  ///   - needsApproval: it waits until somebody says that it may run; the message is looked at after that.
  package static func create(
    id: String, number: Int, source: Source, plan: Plan, jobIDs: [String], skipReason: String? = nil,
    readsCommitMessage: Bool = false, needsApproval: Bool = false, at now: Instant
  ) -> (run: Run, effects: [Effect]) {
    let isWhole = jobIDs.count == plan.jobs.count
    let jobs = isWhole ? zip(jobIDs, plan.jobs).map { Job(id: $0, plan: $1, at: now) } : []
    var run = Run(id: id, number: number, source: source, plan: plan, jobs: jobs, at: now)
    var effects: [Effect]
    if jobs.isEmpty {
      effects = run.endWithoutJobs(at: now)
    } else if let skipReason {
      effects = run.skip(skipReason, at: now)
    } else {
      run.isHeld = readsCommitMessage
      if needsApproval { run.waitForApproval() }
      effects = [run.statusEffect] + (readsCommitMessage && !needsApproval ? [.readCommitMessage] : [])
    }
    return (run, run.reports(since: nil) + effects)
  }

  private init(id: String, number: Int, source: Source, plan: Plan, jobs: [Job], at now: Instant) {
    self.id = id
    self.number = number
    self.source = source
    self.plan = plan
    self.jobs = jobs
    attempt = 1
    state = .queued
    assets = source.tag == nil ? [] : ReleaseAsset.each(of: plan.releaseAssets)
    createdAt = now
  }

  /// Makes room for the runs of another repository, which came to have the name of this one's.
  package mutating func raiseNumber(by offset: Int) {
    number += offset
  }

  package func job(_ id: String) -> Job? {
    jobs.first { $0.id == id }
  }
}

/// What a run is about.
package struct Source: Hashable, Codable, Sendable {
  package enum Event: String, Codable, Sendable {
    case push, tag
    case pullRequest = "pull_request"
  }

  /// `owner/name`.
  package var repository: String
  package var cloneURL: String
  package var event: Event
  /// `refs/heads/main`, `refs/tags/v1`, `refs/pull/7/merge`.
  package var ref: String
  /// The commit that statuses go to.
  package var sha: String
  /// The merge commit that is built for a pull request.
  package var mergeSha: String?
  /// First line of the head commit's message, or the pull request's title.
  package var title: String
  /// Its commits come from outside the repository, by people who may not write to it: its jobs get no secrets.
  @EmptyWhenAbsent package var isFromFork: Bool

  package init(
    repository: String, cloneURL: String, event: Event, ref: String, sha: String, mergeSha: String? = nil,
    title: String, isFromFork: Bool = false
  ) {
    self.repository = repository
    self.cloneURL = cloneURL
    self.event = event
    self.ref = ref
    self.sha = sha
    self.mergeSha = mergeSha
    self.title = title
    self.isFromFork = isFromFork
  }

  /// The commit that is built.
  package var builtSha: String { mergeSha ?? sha }

  /// Its statuses and checks are apart from those of a push of the same commit.
  package var isPullRequest: Bool { event == .pullRequest }

  /// The tag that was pushed.
  package var tag: String? {
    let prefix = "refs/tags/"
    return event == .tag && ref.hasPrefix(prefix) ? String(ref.dropFirst(prefix.count)) : nil
  }
}

/// An artifact that goes to the tag's release.
package struct ReleaseAsset: Hashable, Codable, Sendable {
  package let name: String
  /// `queued` until every job has succeeded, then `running` until it is `succeeded` or `errored`; when the run ends
  /// before that, `skipped`, or `cancelled` in the middle of the upload.
  package internal(set) var state: State
  package internal(set) var reason: String?

  /// One for each name, however often the plan has it.
  static func each(of names: [String]) -> [ReleaseAsset] {
    names.indices.filter { !names[..<$0].contains(names[$0]) }.map {
      ReleaseAsset(name: names[$0], state: .queued)
    }
  }
}
