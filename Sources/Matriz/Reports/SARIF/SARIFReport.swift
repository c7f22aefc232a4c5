import FoundationEssentials

/// What a tool found, by its file in SARIF 2.1.0.
struct SARIFReport {
  /// Of a larger file nothing is read. While it is read one takes up to 25 times as much memory, if somebody means it.
  static let maximumBytes = 8 * 1_024 * 1_024
  private static let version = "2.1.0"
  private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

  /// It is no such file.
  struct Malformed: Error {
    /// For people.
    let message: String
  }

  /// What a tool asks somebody to look at, in the order of the file.
  let findings: [Finding]
  /// How many more results the file has than are read.
  let left: Int

  /// - Parameter checkout: the folder of the repository where the tool ran, where it is known.
  init(_ bytes: [UInt8], checkout: String?) throws(Malformed) {
    let log: SARIFLog
    do {
      let isMarked = bytes.starts(with: Self.byteOrderMark)
      log = try JSONDecoder().decode(
        SARIFLog.self, from: Data(isMarked ? bytes.dropFirst(Self.byteOrderMark.count) : bytes[...]))
    } catch {
      throw Malformed(message: Self.text(of: error))
    }
    guard let version = log.version else { throw Malformed(message: "it has no version of SARIF") }
    guard version == Self.version else {
      throw Malformed(message: "it is SARIF \(version), and \(Self.version) is read")
    }
    guard let runs = log.runs else { throw Malformed(message: "it has no runs") }
    findings = runs.elements.flatMap { run in
      (run.results?.elements ?? []).compactMap { Finding($0, of: run, checkout: checkout) }
    }
    left = runs.elements.reduce(0) { $0 + ($1.results?.left ?? 0) }
  }

  private static func text(of error: any Error) -> String {
    switch error as? DecodingError {
    case .typeMismatch(let type, let context):
      "\(place(context.codingPath)) is no \(name(of: type))"
    case .valueNotFound(let type, let context):
      "\(place(context.codingPath)) is null and no \(name(of: type))"
    case .keyNotFound(let key, let context): "\(place(context.codingPath)) has no \(key.stringValue)"
    case .dataCorrupted(let context) where !context.codingPath.isEmpty:
      "\(place(context.codingPath)) cannot be read"
    default: "it is no JSON"
    }
  }

  /// `runs[0].results[3].ruleId`
  private static func place(_ path: [any CodingKey]) -> String {
    let text = path.reduce(into: "") { text, key in
      if let index = key.intValue {
        text += "[\(index)]"
      } else {
        text += (text.isEmpty ? "" : ".") + key.stringValue
      }
    }
    return text.isEmpty ? "it" : text
  }

  private static func name(of type: Any.Type) -> String {
    switch type {
    case is String.Type: "text"
    case is Int.Type: "number"
    case is [Any].Type: "list"
    default: "object"
    }
  }
}
