/// One attempt of one job of one run: what a token, a dispatch and a log belong to.
struct AttemptKey: Hashable, Comparable, CustomStringConvertible {
  let run: String
  let job: String
  let attempt: Int

  var description: String { "\(job)#\(attempt)" }

  static func < (left: AttemptKey, right: AttemptKey) -> Bool {
    (left.run, left.job, left.attempt) < (right.run, right.job, right.attempt)
  }
}
