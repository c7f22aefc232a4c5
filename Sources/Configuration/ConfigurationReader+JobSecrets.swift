import YAML

extension ConfigurationReader {
  /// What a job's commands are given under these names, this program gives them itself.
  private static let reservedNames: Set<String> = ["CI", "MISE_YES", "PATH", "HOME"]
  private static let reservedPrefix = "MISE_CI_"

  /// Section `secrets`: names to values, or to `{file: PATH}`.
  mutating func jobSecrets() -> [String: Secret] {
    var secrets: [String: Secret] = [:]
    for (name, setting) in source.namedSettings(of: KnownKeys.namedByUser) {
      guard Self.isVariableName(name), !Self.reservedNames.contains(name),
        !name.hasPrefix(Self.reservedPrefix)
      else {
        let rule = "letters, digits and '_', no digit first, and not one that every job has already"
        note(
          .badValue, setting.place, "'\(setting.path)': the name of a secret is that of a variable: \(rule)")
        continue
      }
      secrets[name] = jobSecret(setting)
    }
    return secrets
  }

  private mutating func jobSecret(_ setting: Setting) -> Secret? {
    guard case .node(let node) = setting.value, let mapping = node.mapping else {
      return text(of: setting).map { Secret($0) }
    }
    guard mapping.count == 1, let file = node["file"], let name = file.scalar?.text else {
      refuse(setting, "be a value, or {file: PATH}")
      return nil
    }
    guard let content = content(of: name, named: setting) else { return nil }
    guard !content.isEmpty else {
      refuse(setting, "name a file that is not empty: '\(name)'")
      return nil
    }
    return Secret(content)
  }

  private static func isVariableName(_ name: String) -> Bool {
    let isLetter = { (byte: UInt8) in byte == UInt8(ascii: "_") || (byte | 32) >= 97 && (byte | 32) <= 122 }
    guard let first = name.utf8.first, isLetter(first) else { return false }
    return name.utf8.allSatisfy { isLetter($0) || (48...57).contains($0) }
  }
}
