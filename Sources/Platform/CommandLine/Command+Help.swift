extension Command {
  /// The text of `--help`: how it is called, what it is for, and what each part means.
  func helpText(program: String) -> String {
    var sections = ["Usage: \(usage(program))", summary]
    sections.append(contentsOf: table("Commands", subcommands.map { ($0.name, $0.summary) }))
    sections.append(contentsOf: table("Arguments", arguments.map { ($0.name, $0.summary) }))
    let rows = options.map { option in
      (option.value.map { "--\(option.name) \($0)" } ?? "--\(option.name)", option.summary)
    }
    sections.append(contentsOf: table("Options", rows + [("--help", "Show this text.")]))
    if !discussion.isEmpty { sections.append(discussion) }
    return sections.joined(separator: "\n\n") + "\n"
  }

  private func usage(_ program: String) -> String {
    var words = [program]
    if !subcommands.isEmpty { words.append("COMMAND") }
    if !options.isEmpty { words.append("[OPTIONS]") }
    for argument in arguments {
      let name = argument.isRepeated ? "\(argument.name) ..." : argument.name
      words.append(argument.isRequired ? name : "[\(name)]")
    }
    return words.joined(separator: " ")
  }

  private func table(_ title: String, _ rows: [(name: String, summary: String)]) -> [String] {
    guard !rows.isEmpty else { return [] }
    let width = rows.map(\.name.count).max() ?? 0
    let lines = rows.map { row in
      "  \(row.name)\(String(repeating: " ", count: width - row.name.count))  \(row.summary)"
    }
    return ["\(title):\n" + lines.joined(separator: "\n")]
  }
}
