internal import Forge
internal import Platform

/// What a check run is made and updated with. Fields that are `nil` are left out, and stay what they are.
struct CheckRunBody: Encodable {
  var name: String?
  var headSHA: String?
  var externalID: String?
  var status: String?
  var conclusion: String?
  var detailsURL: String?
  var startedAt: String?
  var completedAt: String?
  var output: Output
  var actions: [Action]?

  enum CodingKeys: String, CodingKey {
    case name, status, conclusion, output, actions
    case headSHA = "head_sha"
    case externalID = "external_id"
    case detailsURL = "details_url"
    case startedAt = "started_at"
    case completedAt = "completed_at"
  }

  struct Output: Encodable {
    var title: String
    var summary: String
    var text: String?
    /// Are added to those that are there.
    var annotations: [Annotation]?
  }

  struct Annotation: Encodable {
    var path: String
    var startLine: Int
    var endLine: Int
    var startColumn: Int?
    var endColumn: Int?
    var level: String
    var message: String
    var title: String?

    enum CodingKeys: String, CodingKey {
      case path, message, title
      case startLine = "start_line"
      case endLine = "end_line"
      case startColumn = "start_column"
      case endColumn = "end_column"
      case level = "annotation_level"
    }

    init(_ annotation: Check.Annotation) {
      path = annotation.path
      startLine = annotation.startLine
      endLine = annotation.endLine
      startColumn = annotation.startColumn
      endColumn = annotation.endColumn
      level = annotation.level.rawValue
      message = annotation.message
      title = annotation.title
    }
  }

  struct Action: Encodable {
    var label: String
    var description: String
    var identifier: String
  }

  /// Only the texts and some of the annotations.
  init(_ check: Check, annotations: some Sequence<Check.Annotation>) {
    let annotations = annotations.map(Annotation.init)
    output = Output(
      title: check.title, summary: check.summary, text: check.text,
      annotations: annotations.isEmpty ? nil : annotations)
  }

  /// What the check is from now on, besides its texts.
  mutating func set(_ state: Check.State, of check: Check) {
    status = state.name
    detailsURL = check.detailsURL
    startedAt = check.startedAt?.rfc3339
    if case .completed(let conclusion) = state {
      self.conclusion = conclusion.rawValue
      completedAt = check.completedAt?.rfc3339
    }
    // Also when there are none: what was there goes away.
    actions = check.actions.map {
      Action(label: $0.label, description: $0.description, identifier: $0.identifier)
    }
  }
}

/// What is read of a check run.
struct CheckRunAnswer: Decodable, Sendable {
  var id: Int64
  var externalID: String?
  var status: String
  var conclusion: String?
  var output: Output?

  enum CodingKeys: String, CodingKey {
    case id, status, conclusion, output
    case externalID = "external_id"
  }

  struct Output: Decodable, Sendable {
    var annotationsCount: Int?

    enum CodingKeys: String, CodingKey {
      case annotationsCount = "annotations_count"
    }
  }

  var run: KnownChecks.Run {
    KnownChecks.Run(
      id: id, state: Check.State(status: status, conclusion: conclusion),
      annotationCount: max(0, output?.annotationsCount ?? 0))
  }
}

extension Check.State {
  /// GitHub has more states of waiting, and conclusions that only it may give (`stale`).
  init(status: String, conclusion: String?) {
    self =
      switch status {
      case "completed": .completed(conclusion.flatMap(Check.Conclusion.init) ?? .neutral)
      case "in_progress": .inProgress
      default: .queued
      }
  }

  var name: String {
    switch self {
    case .queued: "queued"
    case .inProgress: "in_progress"
    case .completed: "completed"
    }
  }
}
