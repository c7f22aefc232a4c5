extension Finding {
  /// What `error`, `warning` and `notice` say; `nil` for every other command.
  ///
  /// Lines and columns that do not go together are mended as GitHub's runner does
  /// (`IssueCommandExtension.ValidateLinesAndColumns` of github.com/actions/runner).
  init?(_ command: WorkflowCommand) {
    switch command.name {
    case "error": level = .failure
    case "warning": level = .warning
    case "notice": level = .notice
    default: return nil
    }
    func number(_ names: String...) -> Int? {
      names.compactMap { command.properties[$0] }.first.flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
    }
    func text(_ name: String) -> String? { command.properties[name].flatMap { $0.isEmpty ? nil : $0 } }
    path = text("file")
    title = text("title")
    message = command.message
    startLine = number("line") ?? number("endline")
    endLine = number("endline")
    startColumn = number("col") ?? number("endcolumn", "endcol")
    endColumn = number("endcolumn", "endcol")
    if let start = startLine, let end = endLine, end < start { (startLine, endLine) = (nil, nil) }
    if let start = startColumn, let end = endColumn, end < start { (startColumn, endColumn) = (nil, nil) }
    if startLine == nil || startLine != endLine ?? startLine { (startColumn, endColumn) = (nil, nil) }
  }
}
