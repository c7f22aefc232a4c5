import YAML

extension ConfigurationReader {
  mutating func pipeline() -> MatrizConfiguration.Pipeline {
    var pipeline = MatrizConfiguration.Pipeline()
    if let setting = source["pipeline.tasks"], let tasks = texts("pipeline.tasks") {
      pipeline.tasks = tasks
      if tasks.isEmpty { refuse(setting, "name at least one task") }
      // mise would take a name like this for an option.
      if tasks.contains(where: { $0.hasPrefix("-") }) {
        refuse(setting, "name tasks, which begin with no '-'")
      }
    }
    for item in items("pipeline.artifacts") ?? [] {
      if let rule = artifactRule(item) { pipeline.artifacts.append(rule) }
    }
    refuseTwins(pipeline.artifacts.map(\.name), of: "pipeline.artifacts")
    for item in items("pipeline.release_assets") ?? [] {
      if let path = literalPath(item) { pipeline.releaseAssets.append(path) }
    }
    refuseTwins(pipeline.releaseAssets.map(Self.lastSegment(of:)), of: "pipeline.release_assets")
    for item in items("pipeline.sarif") ?? [] {
      if let path = literalPath(item) { pipeline.sarif.append(path) }
    }
    refuseTwins(pipeline.sarif.map(Self.lastSegment(of:)), of: "pipeline.sarif")
    return pipeline
  }

  private mutating func artifactRule(_ item: Setting) -> MatrizConfiguration.ArtifactRule? {
    guard case .node(let node) = item.value, let entries = node.mapping else {
      guard let path = literalPath(item) else { return nil }
      return checked(MatrizConfiguration.ArtifactRule(path: path), item)
    }
    var fields: [String: Setting] = [:]
    for entry in entries {
      let place = source.place(of: entry.keyPosition)
      switch entry.key {
      case "path", "name", "type", "on":
        fields[entry.key] = Setting(
          path: "\(item.path).\(entry.key)", place: source.place(of: entry.value.position),
          value: .node(entry.value))
      case "retention_days":
        note(.notBuilt, place, "'\(item.path).retention_days' is not built yet")
      default:
        note(.unknownKey, place, "unknown key '\(entry.key)'; an artifact has path, name, type, on")
      }
    }
    guard let pathField = fields["path"] else {
      note(.missing, item.place, "an artifact needs a 'path'")
      return nil
    }
    guard let path = literalPath(pathField) else { return nil }
    var rule = MatrizConfiguration.ArtifactRule(path: path)
    if let field = fields["name"], let name = text(of: field) { rule.name = name }
    if let field = fields["type"], let type = text(of: field) {
      rule.type = type
      if !Self.isWord(type) { refuse(field, "be a word of at most 32 letters, digits, '-' and '_'") }
    }
    if let field = fields["on"] { rule.condition = choice(of: field, default: .success) }
    return checked(rule, fields["name"] ?? pathField)
  }

  /// The rule, if its name is one that the store takes.
  private mutating func checked(
    _ rule: MatrizConfiguration.ArtifactRule, _ setting: Setting
  ) -> MatrizConfiguration.ArtifactRule? {
    let name = rule.name
    guard !name.hasPrefix("."), name.utf8.count <= 255, !name.contains(where: { "/\\".contains($0) }),
      !name.unicodeScalars.contains(where: Self.isControl)
    else {
      refuse(
        setting,
        "give a name of one path segment with at most 255 bytes, no leading dot and no control character, not '\(name)'"
      )
      return nil
    }
    return rule
  }

  /// A path that stays inside the job's folder and means one file.
  private mutating func literalPath(_ setting: Setting) -> String? {
    guard let text = text(of: setting) else { return nil }
    if text.contains(where: { "*?[]{}".contains($0) }) {
      note(.notBuilt, setting.place, "'\(text)': patterns are not built yet; name one file by its path")
      return nil
    }
    let segments = text.split(separator: "/", omittingEmptySubsequences: false)
    let isInside = !segments.contains { $0.isEmpty || $0 == ".." } && segments.last != "."
    guard isInside, !text.unicodeScalars.contains(where: Self.isControl) else {
      refuse(setting, "be a relative path of a file, without '..': '\(text)'")
      return nil
    }
    return text
  }

  private mutating func refuseTwins(_ names: [String], of path: String) {
    let twins = Dictionary(names.map { ($0, 1) }, uniquingKeysWith: +).filter { $0.value > 1 }
    guard let twin = twins.keys.min(), let setting = source[path] else { return }
    note(.conflict, setting.place, "'\(path)' has two files with the name '\(twin)'")
  }

  private static func lastSegment(of path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.generalCategory == .control
  }

  private static func isWord(_ text: String) -> Bool {
    text.utf8.count <= 32
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
          true
        default: false
        }
      }
  }
}
