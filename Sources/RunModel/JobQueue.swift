/// How many jobs may be with the runner at once.
package struct ConcurrencyLimits: Hashable, Sendable {
  /// In all; `nil` for as many as come.
  package var total: Int?
  /// Of one repository.
  package var perRepository: Int?

  package init(total: Int? = nil, perRepository: Int? = nil) {
    self.total = total
    self.perRepository = perRepository
  }
}

/// Who of those that wait for a slot gets one.
///
/// The queue is fair between repositories: the one with the fewest slots comes first, so that one with a hundred
/// waiting jobs does not keep another with a single one from its turn. Within a repository the oldest comes first.
package enum JobQueue {
  /// A job that waits for a slot.
  package struct Waiting: Hashable, Sendable {
    package let run: String
    package let job: String
    package let attempt: Int
    package let repository: String
    package let queuedAt: Instant

    package init(run: String, job: String, attempt: Int, repository: String, queuedAt: Instant) {
      self.run = run
      self.job = job
      self.attempt = attempt
      self.repository = repository
      self.queuedAt = queuedAt
    }

    fileprivate func isBefore(_ other: Waiting) -> Bool {
      (queuedAt, run, job) < (other.queuedAt, other.run, other.job)
    }
  }

  /// Those to admit now, in order.
  ///
  /// - Parameters:
  ///   - waiting: of each repository at least as many of the oldest as could be admitted; in any order.
  ///   - holding: how many jobs of each repository have a slot.
  package static func admit(
    waiting: [Waiting], holding: [String: Int], limits: ConcurrencyLimits
  ) -> [Waiting] {
    var holding = holding
    var taken = holding.values.reduce(0, +)
    var queues = Dictionary(grouping: waiting, by: \.repository).mapValues {
      // The next one is the last of the array.
      $0.sorted { $1.isBefore($0) }
    }
    var admitted: [Waiting] = []
    while taken < limits.total ?? .max {
      let candidates = queues.compactMap { repository, queue in
        holding[repository, default: 0] < limits.perRepository ?? .max ? queue.last : nil
      }
      let next = candidates.min { left, right in
        let (few, many) = (holding[left.repository, default: 0], holding[right.repository, default: 0])
        return few == many ? left.isBefore(right) : few < many
      }
      guard let next else { break }
      queues[next.repository]?.removeLast()
      holding[next.repository, default: 0] += 1
      taken += 1
      admitted.append(next)
    }
    return admitted
  }
}
