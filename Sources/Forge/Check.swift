package import Platform

/// What is shown beside a commit, with details: a state, a text, remarks on lines of files, buttons.
///
/// A forge keeps one for each name and `externalID` of a commit; a later one takes its place, but for its annotations:
/// those only get more. So of two checks with one `externalID`, the annotations of the earlier one are the first of the
/// later one's.
package struct Check: Sendable, Hashable {
  package enum State: Sendable, Hashable {
    case queued
    case inProgress
    case completed(Conclusion)
  }

  /// How it went, in the words that forges have for it.
  package enum Conclusion: String, Sendable, Hashable, CaseIterable {
    case success
    case failure
    case cancelled
    case skipped
    case timedOut = "timed_out"
    /// Somebody has to do something before it can go on.
    case actionRequired = "action_required"
    case neutral
  }

  /// What forges take for a summary, a text, or the message of an annotation, in bytes of UTF-8.
  package static let maximumTextBytes = 65_535
  package static let maximumTitleCharacters = 255
  package static let maximumActions = 3

  /// Beside it in lists, the same for each run: `mise-ci`.
  package let name: String
  /// Ours for what is reported: what a press of a button comes back with.
  package let externalID: String
  package let state: State
  /// Where a person reads more.
  package let detailsURL: String?
  package let startedAt: Timestamp?
  /// Counts for a completed check only.
  package let completedAt: Timestamp?
  /// One line; cut to `maximumTitleCharacters`.
  package let title: String
  /// Markdown; this and `text` are cut to `maximumTextBytes`.
  package let summary: String
  package let text: String?
  /// Any number of them.
  package let annotations: [Annotation]
  /// Those over `maximumActions` are left out.
  package let actions: [Action]

  package init(
    name: String, externalID: String, state: State, detailsURL: String? = nil, startedAt: Timestamp? = nil,
    completedAt: Timestamp? = nil, title: String, summary: String, text: String? = nil,
    annotations: [Annotation] = [], actions: [Action] = []
  ) {
    self.name = name
    self.externalID = externalID
    self.state = state
    self.detailsURL = detailsURL
    self.startedAt = startedAt
    self.completedAt = completedAt
    self.title = title.cut(toScalars: Self.maximumTitleCharacters)
    self.summary = summary.cut(toBytes: Self.maximumTextBytes)
    self.text = text?.cut(toBytes: Self.maximumTextBytes)
    self.annotations = annotations
    self.actions = Array(actions.prefix(Self.maximumActions))
  }
}

extension Check {
  /// A remark on some lines of a file.
  package struct Annotation: Sendable, Hashable {
    package enum Level: String, Sendable, Hashable {
      case notice
      case warning
      case failure
    }

    /// From the repository's root, without a slash at its beginning.
    package let path: String
    /// From 1; the end is not before the start.
    package let startLine: Int
    package let endLine: Int
    /// From 1, and only for a remark on one line; the end is not before the start.
    package let startColumn: Int?
    package let endColumn: Int?
    package let level: Level
    /// Not empty; cut to `Check.maximumTextBytes`.
    package let message: String
    /// Cut to `Check.maximumTitleCharacters`.
    package let title: String?

    /// Numbers that mean nothing are made to mean the nearest thing.
    package init(
      path: String, startLine: Int, endLine: Int, startColumn: Int? = nil, endColumn: Int? = nil,
      level: Level, message: String, title: String? = nil
    ) {
      self.path = path
      self.startLine = max(1, startLine)
      self.endLine = max(self.startLine, endLine)
      let start = self.startLine == self.endLine ? startColumn.map { max(1, $0) } : nil
      self.startColumn = start
      self.endColumn = start.flatMap { start in endColumn.map { max(start, $0) } }
      self.level = level
      self.message = message.isEmpty ? title ?? level.rawValue : message.cut(toBytes: Check.maximumTextBytes)
      self.title = title?.cut(toScalars: Check.maximumTitleCharacters)
    }
  }

  /// A button; pressing it makes a webhook `actionRequested`.
  package struct Action: Sendable, Hashable {
    package static let maximumIdentifierCharacters = 20
    package static let maximumLabelCharacters = 20
    package static let maximumDescriptionCharacters = 40

    /// Ours for what is to be done; at most `maximumIdentifierCharacters`, as it is not to be cut.
    package let identifier: String
    /// On the button; cut.
    package let label: String
    /// Cut.
    package let description: String

    package init(identifier: String, label: String, description: String) {
      self.identifier = identifier
      self.label = label.cut(toScalars: Self.maximumLabelCharacters)
      self.description = description.cut(toScalars: Self.maximumDescriptionCharacters)
    }
  }
}
