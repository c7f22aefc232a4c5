import Platform

/// What we say in a job's log in place of output that is not there, or before all output.
package enum LogNote: Hashable, Sendable {
  /// So many bytes of output did not come, and will not.
  case lost(Int64)
  /// The attempt ended without its worker: nobody knows how much it had not handed over.
  case cutOff
  /// The log has all that it may have.
  case full(keptBytes: Int64)
  /// A secret that output may show.
  case unmasked(name: String)

  /// The line, without its end.
  package var text: String {
    switch self {
    case .lost(let count):
      "[mise-ci: \(Self.grouped(count)) \(count == 1 ? "byte" : "bytes") lost: the worker could not keep them]"
    case .cutOff: "[mise-ci: the worker was lost: output that it had not handed over is missing]"
    case .full(let count):
      "[mise-ci: the log is full: \(Self.grouped(count)) bytes are kept, the rest is not]"
    case .unmasked(let name):
      "[mise-ci: the secret \(name) is not masked: it is too short or too long for that]"
    }
  }

  /// What the log's index calls it.
  var kind: LogIndex.NoteKind {
    switch self {
    case .lost: .lost
    case .cutOff: .cutOff
    case .full: .full
    case .unmasked: .hint
    }
  }

  /// The number with a comma before every three digits.
  static func grouped(_ number: Int64) -> String {
    let digits = Array(String(number.magnitude))
    var text = number < 0 ? "-" : ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { text += "," }
      text.append(digit)
    }
    return text
  }
}
