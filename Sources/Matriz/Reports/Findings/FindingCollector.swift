import Forge

/// Gathers what tools found in a run, as much of it as the forge is told: the gravest first, nothing twice.
///
/// However much is added, no more is kept than three times what is told.
struct FindingCollector {
  /// As many annotations of one run are told; the forge takes 50 at a time.
  static let maximumAnnotations = 500
  /// The messages and titles of all of them.
  static let maximumTotalBytes = 1_024 * 1_024
  /// Of one message.
  static let maximumMessageBytes = Check.maximumTextBytes
  /// As many findings that are about no file of the repository are told, in the summary.
  static let maximumRemarks = 20

  /// What there is of one level.
  private struct Shelf {
    var findings: [Finding] = []
    var bytes = 0
    var left = 0

    mutating func add(_ finding: Finding, maximumCount: Int) -> Bool {
      let size = finding.byteCount
      guard findings.count < maximumCount, bytes + size <= maximumTotalBytes else {
        left += 1
        return false
      }
      findings.append(finding)
      bytes += size
      return true
    }
  }

  private var known: Set<Finding> = []
  private var annotations: [Finding.Level: Shelf] = [:]
  private var remarks: [Finding.Level: Shelf] = [:]
  private var unread = 0

  /// - Parameter checkout: the folder of the repository where the job ran, where it is known.
  mutating func add(_ finding: Finding, checkout: String?) {
    var finding = finding
    finding.message = Self.plain(finding.message).cut(toBytes: Self.maximumMessageBytes)
    finding.title = finding.title.map { Self.plain($0).cut(toScalars: Check.maximumTitleCharacters) }
    if finding.message.allSatisfy(\.isWhitespace) { finding.message = finding.title ?? finding.level.name }
    let path = finding.path.flatMap { RepositoryPath.relative($0, checkout: checkout) }
    if let path { finding.path = path }
    guard !known.contains(finding) else { return }
    let isKept =
      path == nil
      ? remarks[finding.level, default: Shelf()].add(finding, maximumCount: Self.maximumRemarks)
      : annotations[finding.level, default: Shelf()].add(finding, maximumCount: Self.maximumAnnotations)
    if isKept { known.insert(finding) }
  }

  /// So much more was found that was not even read.
  mutating func add(left count: Int) { unread += count }

  /// What was found where, the gravest first, and how many more there were.
  var result: (annotations: [Check.Annotation], remarks: [Finding], left: Int) {
    var left = unread
    func gravest(_ shelves: [Finding.Level: Shelf], maximumCount: Int) -> [Finding] {
      var all = Shelf()
      for level in Finding.Level.allCases {
        guard let shelf = shelves[level] else { continue }
        for finding in shelf.findings { _ = all.add(finding, maximumCount: maximumCount) }
        left += shelf.left
      }
      left += all.left
      return all.findings
    }
    let annotations = gravest(annotations, maximumCount: Self.maximumAnnotations).compactMap(
      Check.Annotation.init)
    let remarks = gravest(remarks, maximumCount: Self.maximumRemarks)
    return (annotations, remarks, left)
  }

  private static func plain(_ text: String) -> String {
    TerminalText(Array(text.utf8)).plain
  }
}

extension Finding {
  fileprivate var byteCount: Int { message.utf8.count + (title?.utf8.count ?? 0) + (path?.utf8.count ?? 0) }
}

extension Finding.Level {
  /// For people.
  var name: String {
    switch self {
    case .failure: "error"
    case .warning: "warning"
    case .notice: "notice"
    }
  }
}

extension Check.Annotation {
  /// What is about a file; `nil` for anything else. A file as a whole is shown at its first line.
  fileprivate init?(_ finding: Finding) {
    guard let path = finding.path else { return nil }
    let start = finding.startLine ?? 1
    let end = max(start, finding.endLine ?? start)
    self.init(
      path: path, startLine: start, endLine: end, startColumn: start == end ? finding.startColumn : nil,
      endColumn: start == end ? finding.endColumn ?? finding.startColumn : nil,
      level: Level(finding.level), message: finding.message, title: finding.title)
  }
}

extension Check.Annotation.Level {
  fileprivate init(_ level: Finding.Level) {
    self =
      switch level {
      case .failure: .failure
      case .warning: .warning
      case .notice: .notice
      }
  }
}
