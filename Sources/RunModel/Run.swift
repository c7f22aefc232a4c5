/// One push, tag or pull request, and everything that is done about it.
///
/// A run is a value: `handle` is the only way in which it changes (`Run+Handle.swift`), and what is to be done in
/// the world because of a change comes back as effects.
package struct Run: Hashable, Codable, Sendable {
  package let id: String
  /// Counts per repository, for people.
  package let number: Int
  package let source: Source
  package let plan: Plan
  package var attempt: Int
  package var state: State
  package var reason: String?
  package var jobs: [Job]
  package var assets: [ReleaseAsset]
  package let createdAt: Instant
  package var startedAt: Instant?
  package var finishedAt: Instant?

  /// A new run and what is to be done first. `jobIDs` are for the plan's jobs, in order.
  package static func create(
    id: String, number: Int, source: Source, plan: Plan, jobIDs: [String], at now: Instant
  ) -> (run: Run, effects: [Effect]) {
    let jobs = zip(jobIDs, plan.jobs).map { Job(id: $0, plan: $1, at: now) }
    let names = source.tag == nil ? [] : plan.releaseAssets
    let run = Run(
      id: id, number: number, source: source, plan: plan, attempt: 1, state: .queued, jobs: jobs,
      assets: names.map { ReleaseAsset(name: $0, state: .queued) }, createdAt: now)
    let dispatches = jobs.map { Effect.dispatch(job: $0.id, attempt: $0.attempt) }
    return (run, [run.statusEffect] + dispatches)
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

  package init(
    repository: String, cloneURL: String, event: Event, ref: String, sha: String, mergeSha: String? = nil,
    title: String
  ) {
    self.repository = repository
    self.cloneURL = cloneURL
    self.event = event
    self.ref = ref
    self.sha = sha
    self.mergeSha = mergeSha
    self.title = title
  }

  /// The commit that is built.
  package var builtSha: String { mergeSha ?? sha }

  /// The tag that was pushed.
  package var tag: String? {
    let prefix = "refs/tags/"
    return event == .tag && ref.hasPrefix(prefix) ? String(ref.dropFirst(prefix.count)) : nil
  }
}

/// An artifact that goes to the tag's release.
package struct ReleaseAsset: Hashable, Codable, Sendable {
  package let name: String
  /// `queued`, `succeeded` or `errored`.
  package var state: State
  package var reason: String?
}
