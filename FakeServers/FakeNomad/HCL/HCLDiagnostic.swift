/// A place in the source: line and column count from 1, columns in characters as a reader sees them.
struct HCLPosition: Hashable, Sendable {
  var line = 1
  var column = 1
}

/// A half-open stretch of the source, worded as HCL words it: `input.hcl:1,11-17`.
struct HCLRange: Hashable, Sendable, CustomStringConvertible {
  /// The name that Nomad gives to a job file that came over HTTP.
  static let sourceName = "input.hcl"

  var start: HCLPosition
  var end: HCLPosition

  var description: String {
    let from = "\(HCLRange.sourceName):\(start.line),\(start.column)"
    return start.line == end.line
      ? "\(from)-\(end.column)" : "\(from)-\(end.line),\(end.column)"
  }
}

/// Something wrong in a job file, with its place.
struct HCLDiagnostic: Hashable, Sendable, CustomStringConvertible {
  var range: HCLRange
  var summary: String
  var detail: String

  var description: String { "\(range): \(summary); \(detail)" }
}

/// One or several diagnostics; only the first is spelled out, the others are counted (as HCL does).
struct HCLError: Error, CustomStringConvertible {
  var diagnostics: [HCLDiagnostic]

  init(_ diagnostics: [HCLDiagnostic]) {
    self.diagnostics = diagnostics
  }

  init(_ range: HCLRange, _ summary: String, _ detail: String) {
    self.diagnostics = [HCLDiagnostic(range: range, summary: summary, detail: detail)]
  }

  var description: String {
    guard let first = diagnostics.first else { return "no diagnostics" }
    let others = diagnostics.count - 1
    return others == 0 ? first.description : "\(first), and \(others) other diagnostic(s)"
  }
}
