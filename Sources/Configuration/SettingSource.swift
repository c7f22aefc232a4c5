import Platform
import YAML

/// The file and the environment under one surface: which keys are set, and to what.
///
/// A variable wins over the file. Something that is set to nothing counts as not set.
struct SettingSource {
  /// The file's name as it stands in messages.
  let file: String
  private let root: YAMLNode?
  private let environment: [String: String]

  init(file: String, root: YAMLNode?, environment: [String: String]) {
    self.file = file
    self.root = root
    self.environment = environment.filter { !$0.value.isEmpty }
  }

  subscript(path: String) -> Setting? {
    if let setting = variable(KnownKeys.variable(for: path), for: path) { return setting }
    var node = root
    for part in path.split(separator: ".") { node = node?[String(part)] }
    guard let node, !node.isNull else { return nil }
    return Setting(path: path, place: place(of: node.position), value: .node(node))
  }

  func variable(_ name: String, for path: String) -> Setting? {
    environment[name].map { Setting(path: path, place: name, value: .text($0)) }
  }

  /// The settings of a section whose keys are the user's own names, by name; the environment wins here, too.
  func namedSettings(of section: String) -> [(name: String, setting: Setting)] {
    var settings: [String: Setting] = [:]
    for entry in root?[section]?.mapping ?? [] where !entry.value.isNull {
      settings[entry.key] = Setting(
        path: "\(section).\(entry.key)", place: place(of: entry.value.position), value: .node(entry.value))
    }
    let prefix = KnownKeys.variable(for: section) + "_"
    for (variable, value) in environment where variable.hasPrefix(prefix) {
      let name = String(variable.dropFirst(prefix.count))
      settings[name] = Setting(path: "\(section).\(name)", place: variable, value: .text(value))
    }
    return settings.sorted { $0.key < $1.key }.map { (name: $0.key, setting: $0.value) }
  }

  func place(of position: YAMLPosition) -> String { "\(file):\(position)" }

  /// Keys of the file that nobody knows, and mappings that are none.
  func problemsOfShape() -> [ConfigurationError.Problem] {
    guard let root, !root.isNull else { return [] }
    guard root.mapping != nil else {
      return [
        ConfigurationError.Problem(
          code: .badValue, place: place(of: root.position),
          message: "the file must be a mapping of sections, not \(root.kind)")
      ]
    }
    return problemsOfShape(root, group: "")
  }

  private func problemsOfShape(_ node: YAMLNode, group: String) -> [ConfigurationError.Problem] {
    (node.mapping ?? []).flatMap { entry -> [ConfigurationError.Problem] in
      let path = group.isEmpty ? entry.key : "\(group).\(entry.key)"
      let position = place(of: entry.keyPosition)
      if KnownKeys.groups.contains(path) {
        if entry.value.isNull { return [] }
        guard entry.value.mapping != nil else {
          let message = "'\(path)' must be a mapping of keys, not \(entry.value.kind)"
          return [.init(code: .badValue, place: place(of: entry.value.position), message: message)]
        }
        return path == KnownKeys.namedByUser ? [] : problemsOfShape(entry.value, group: path)
      }
      if KnownKeys.all.contains(path) { return [] }
      let what = group.isEmpty ? "section" : "key"
      let message = "unknown \(what) '\(path)'\(suggestion(for: entry.key, in: group))"
      return [.init(code: .unknownKey, place: position, message: message)]
    }
  }

  private func suggestion(for key: String, in group: String) -> String {
    let depth = group.split(separator: ".").count
    let siblings = KnownKeys.all.union(KnownKeys.groups)
      .filter { group.isEmpty || $0.hasPrefix("\(group).") }
      .compactMap { path -> String? in
        let parts = path.split(separator: ".")
        return parts.count > depth ? String(parts[depth]) : nil
      }
    guard let name = nearestName(to: key, among: Set(siblings).sorted()) else { return "" }
    return "; did you mean '\(name)'?"
  }

  /// Variables that look like ours and set nothing.
  func warnings() -> [String] {
    let known = Set(KnownKeys.all.map(KnownKeys.variable(for:)))
    let named = KnownKeys.variable(for: KnownKeys.namedByUser) + "_"
    return environment.keys.sorted().compactMap { name in
      guard name.hasPrefix("MISE_CI_"), !known.contains(name), !KnownKeys.otherVariables.contains(name),
        !name.hasPrefix(named)
      else { return nil }
      let suggestion = nearestName(to: name, among: known.sorted()).map { "; did you mean '\($0)'?" }
      return "the variable '\(name)' is not known and sets nothing\(suggestion ?? "")"
    }
  }
}
