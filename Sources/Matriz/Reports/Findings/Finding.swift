/// What a tool says about a place in the code, as the tool said it.
struct Finding: Hashable, Sendable {
  enum Level: Int, Comparable, CaseIterable, Sendable {
    case failure
    case warning
    case notice

    /// The graver one comes first.
    static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }
  }

  var level: Level
  /// Relative to the repository, or absolute where the job ran; `nil` when it is about no file.
  var path: String?
  /// Lines and columns count from 1, and include the last one.
  var startLine: Int?
  var endLine: Int?
  var startColumn: Int?
  var endColumn: Int?
  var title: String?
  var message: String
}
