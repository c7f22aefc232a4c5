extension Command {
  /// Reads a command line, without the program's name. Options may stand anywhere after their command; `--` ends them.
  package func parse(_ words: [String]) throws(UsageError) -> Invocation {
    try parse(words[...], program: name, path: [])
  }

  private func parse(
    _ words: ArraySlice<String>, program: String, path: [String]
  ) throws(UsageError) -> Invocation {
    if !subcommands.isEmpty, let first = words.first, !first.hasPrefix("-") {
      return try parseSubcommand(first, words.dropFirst(), program: program, path: path)
    }
    var values: [String: [String]] = [:]
    var given: [String] = []
    var rest = words
    while let word = rest.popFirst() {
      if word == "--help" || word == "-h" { return .help(helpText(program: program)) }
      if word == "--" {
        given += rest
        break
      }
      guard word.hasPrefix("-"), word != "-" else {
        given.append(word)
        continue
      }
      let (option, value) = try read(word, &rest, program: program)
      values[option.name, default: []].append(value)
    }
    if !subcommands.isEmpty { throw missingSubcommand(program) }
    try check(given, program: program)
    return .run(CommandLineValues(program: program, path: path, values: values, arguments: given))
  }

  private func parseSubcommand(
    _ word: String, _ rest: ArraySlice<String>, program: String, path: [String]
  ) throws(UsageError) -> Invocation {
    if word == "help" { return try parse(rest + ["--help"], program: program, path: path) }
    guard let command = subcommands.first(where: { $0.name == word }) else {
      throw UsageError(
        "\(program): unknown command '\(word)'\(suggestion(word, among: subcommands.map(\.name)))\n"
          + "See '\(program) --help'.")
    }
    return try command.parse(rest, program: "\(program) \(word)", path: path + [word])
  }

  private func read(
    _ word: String, _ rest: inout ArraySlice<String>, program: String
  ) throws(UsageError) -> (Option, String) {
    let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard word.hasPrefix("--"), let option = options.first(where: { "--\($0.name)" == parts[0] }) else {
      let hint = suggestion(parts[0], among: options.map { "--\($0.name)" } + ["--help"])
      throw UsageError("\(program): unknown option '\(parts[0])'\(hint)\nSee '\(program) --help'.")
    }
    guard let valueName = option.value else {
      if parts.count > 1 { throw UsageError("\(program): \(parts[0]) takes no value") }
      return (option, "")
    }
    if parts.count > 1 { return (option, parts[1]) }
    guard let value = rest.popFirst() else {
      throw UsageError("\(program): \(word) needs a value: \(word) \(valueName)")
    }
    return (option, value)
  }

  private func check(_ given: [String], program: String) throws(UsageError) {
    let required = arguments.filter(\.isRequired)
    if given.count < required.count {
      throw UsageError("\(program): \(required[given.count].name) is missing\nSee '\(program) --help'.")
    }
    if given.count > arguments.count, arguments.last?.isRepeated != true {
      throw UsageError("\(program): unexpected '\(given[arguments.count])'\nSee '\(program) --help'.")
    }
  }

  private func missingSubcommand(_ program: String) -> UsageError {
    let names = subcommands.map(\.name).joined(separator: ", ")
    return UsageError("\(program): a command is missing: one of \(names)\nSee '\(program) --help'.")
  }

  private func suggestion(_ word: String, among known: [String]) -> String {
    guard let nearest = nearestName(to: word, among: known) else { return "" }
    return "; did you mean '\(nearest)'?"
  }
}

/// The known name that a misspelt one most likely stands for: at most two in five of its letters differ.
package func nearestName(to word: String, among known: [String]) -> String? {
  let candidates = known.map { (name: $0, distance: editDistance(word, $0)) }
  guard let best = candidates.min(by: { $0.distance < $1.distance }),
    best.distance * 5 <= max(word.count, 3) * 2
  else {
    return nil
  }
  return best.name
}

/// How many letters have to be added, taken away or changed (Levenshtein).
private func editDistance(_ left: String, _ right: String) -> Int {
  let left = Array(left.prefix(64))
  let right = Array(right.prefix(64))
  var row = Array(0...right.count)
  for (i, letter) in left.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, other) in right.enumerated() {
      let changed = diagonal + (letter == other ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(changed, row[j] + 1, row[j + 1] + 1)
    }
  }
  return row[right.count]
}
