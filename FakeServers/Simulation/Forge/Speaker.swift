import RunModel

/// The attempt of a run that the forge is told of; a later one counts more. The forge itself does not know it.
struct Speaker: Hashable, Comparable, CustomStringConvertible {
  let number: Int
  let attempt: Int

  init(_ run: Run) {
    number = run.number
    attempt = run.attempt
  }

  var description: String { "attempt \(attempt) of #\(number)" }

  static func < (left: Speaker, right: Speaker) -> Bool {
    (left.number, left.attempt) < (right.number, right.attempt)
  }
}
