import YAML

extension WorkflowFile {
  /// Reads a file; one that is no workflow has an `error`.
  init(path: String, text: [UInt8]) {
    do {
      let root = try YAMLNode.parse(text)
      guard let jobs = root["jobs"]?.mapping, let on = root["on"] else {
        self.init(path: path, error: "No event triggers defined in `on`, or no jobs")
        return
      }
      self.init(
        path: path, name: root["name"]?.text ?? path, runName: root["run-name"]?.text,
        triggers: Self.triggers(on), jobs: jobs.map { Job(key: $0.key, $0.value) }, error: nil)
    } catch {
      self.init(path: path, error: "\(error)")
    }
  }

  private init(path: String, error: String) {
    self.init(path: path, name: path, runName: nil, triggers: [], jobs: [], error: error)
  }

  /// `on: push`, `on: [push, workflow_dispatch]`, or a mapping with what each event wants.
  private static func triggers(_ node: YAMLNode) -> [Trigger] {
    if let entries = node.mapping { return entries.map { trigger($0.key, $0.value) } }
    return node.texts.map { trigger($0, nil) }
  }

  private static func trigger(_ name: String, _ node: YAMLNode?) -> Trigger {
    switch name {
    case "workflow_dispatch":
      .dispatch((node?["inputs"]?.mapping ?? []).map { DispatchInput(name: $0.key, $0.value) })
    case "push":
      .push(
        PushFilter(
          branches: node?["branches"]?.texts, ignoredBranches: node?["branches-ignore"]?.texts,
          tags: node?["tags"]?.texts, ignoredTags: node?["tags-ignore"]?.texts))
    default: .other(name)
    }
  }
}

extension WorkflowFile.Job {
  fileprivate init(key: String, _ node: YAMLNode) {
    self.init(
      key: key, name: node["name"]?.text ?? key,
      labels: node["runs-on"]?["labels"]?.texts ?? node["runs-on"]?.texts ?? [],
      needs: node["needs"]?.texts ?? [], steps: (node["steps"]?.sequence ?? []).map(Self.stepName))
  }

  private static func stepName(_ node: YAMLNode) -> String {
    if let name = node["name"]?.text { return name }
    if let action = node["uses"]?.text { return "Run \(action)" }
    let line = node["run"]?.text?.split(whereSeparator: \.isNewline).first ?? ""
    return "Run \(line)"
  }
}

extension DispatchInput {
  fileprivate init(name: String, _ node: YAMLNode) {
    self.init(
      name: name, kind: node["type"]?.text.flatMap(Kind.init) ?? .string,
      isRequired: node["required"]?.scalar?.boolean ?? false, standard: node["default"]?.text,
      options: node["options"]?.texts ?? [])
  }
}

extension YAMLNode {
  /// The text of a scalar that is not null.
  fileprivate var text: String? {
    guard let scalar, !scalar.isNull else { return nil }
    return scalar.text
  }

  /// A scalar's text, or those of a sequence.
  fileprivate var texts: [String] {
    sequence?.compactMap(\.text) ?? text.map { [$0] } ?? []
  }
}
