extension Finding {
  /// A result of a tool; `nil` for one that nobody has to look at.
  init?(_ result: SARIFLog.Result, of run: SARIFLog.Run, checkout: String?) {
    guard result.isOpen else { return nil }
    let rule = run.rule(of: result)
    // Section 3.27.10: what a result does not say, its rule does; and else it is a warning.
    switch result.level ?? rule?.defaultConfiguration?.level ?? "warning" {
    case "error": level = .failure
    case "note": level = .notice
    case "none": return nil
    default: level = .warning
    }
    let id = result.ruleId ?? result.rule?.id ?? rule?.id
    let name = run.tool?.driver?.name ?? "SARIF"
    title = id.map { "\(name) \($0)" } ?? name
    message = run.text(of: result, rule) ?? rule?.shortDescription?.text ?? id ?? name
    let location = result.locations?[0]?.physicalLocation
    path = location?.artifactLocation.flatMap { SARIFPath(run: run, checkout: checkout).path(of: $0) }
    guard let region = location?.region, let start = region.startLine, start > 0 else { return }
    startLine = start
    endLine = region.endLine.flatMap { $0 >= start ? $0 : nil } ?? start
    guard endLine == start, let column = region.startColumn, column > 0 else { return }
    startColumn = column
    // Section 3.30.8: the column behind the last one.
    endColumn = region.endColumn.map { max(column, $0 - 1) }
  }
}

extension SARIFLog.Result {
  /// It says that something is wrong (3.27.9), still does (3.27.24), and nobody has said that it may be (3.27.23, 3.35.3).
  fileprivate var isOpen: Bool {
    guard kind ?? "fail" == "fail", baselineState != "absent" else { return false }
    guard let suppressions = suppressions?.elements, !suppressions.isEmpty else { return true }
    return !suppressions.allSatisfy { $0.status ?? "accepted" == "accepted" }
  }
}

extension SARIFLog.Run {
  /// The rule that a result is about (3.52): by its index in the component that has it, or by its id.
  fileprivate func rule(of result: SARIFLog.Result) -> SARIFLog.Rule? {
    let component = result.rule?.toolComponent?.index.map { tool?.extensions?[$0] } ?? tool?.driver
    if let index = result.ruleIndex ?? result.rule?.index, let rule = component?.rules?[index] { return rule }
    guard let id = result.ruleId ?? result.rule?.id else { return nil }
    // Section 3.27.5: `CA1000/1` is a case of the rule `CA1000`.
    let ids = [id, String(id.prefix { $0 != "/" })]
    return component?.rules?.elements.first { rule in rule.id.map(ids.contains) ?? false }
  }

  /// What a result says, with its arguments in their places (3.11).
  fileprivate func text(of result: SARIFLog.Result, _ rule: SARIFLog.Rule?) -> String? {
    guard let message = result.message else { return nil }
    let pattern =
      message.text
      ?? message.id.flatMap { id in
        (rule?.messageStrings?[id] ?? tool?.driver?.globalMessageStrings?[id])?.text
      }
    return pattern.map {
      SARIFText.filled(
        $0, with: message.arguments?.elements ?? [], maximumBytes: FindingCollector.maximumMessageBytes)
    }
  }
}
