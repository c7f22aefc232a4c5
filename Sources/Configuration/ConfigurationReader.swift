import Platform

/// Takes typed values from the settings and notes every problem on the way, so that all are told at once.
///
/// A value that is wrong reads as its default: what was read counts only when `problems` is empty.
/// It reads the files that values name, so it is used on a thread that may block.
struct ConfigurationReader {
  /// The most that a file with a secret may hold.
  static let maximumSecretFileBytes = 65_536

  let source: SettingSource
  private(set) var problems: [ConfigurationError.Problem]
  private(set) var warnings: [String]

  init(_ source: SettingSource) {
    self.source = source
    problems = source.problemsOfShape()
    warnings = source.warnings()
    noteWhatIsNotBuilt()
  }

  private mutating func noteWhatIsNotBuilt() {
    for (path, accepted) in KnownKeys.notBuilt.sorted(by: { $0.key < $1.key }) {
      if let setting = source[path], accepted == nil || setting.text != accepted {
        note(.notBuilt, setting.place, "'\(path)' is not built yet")
      }
      if KnownKeys.secrets.contains(path), let setting = source[KnownKeys.fileKey(of: path)] {
        note(.notBuilt, setting.place, "'\(setting.path)' is not built yet")
      }
    }
  }

  mutating func note(_ code: ConfigurationError.Code, _ place: String?, _ message: String) {
    problems.append(ConfigurationError.Problem(code: code, place: place, message: message))
  }

  mutating func warn(_ setting: Setting, _ message: String) {
    warnings.append("\(setting.place): \(message)")
  }

  mutating func refuse(_ setting: Setting, _ rule: String) {
    note(.badValue, setting.place, "'\(setting.path)' must \(rule)")
  }

  mutating func missing(_ path: String) {
    note(.missing, nil, "'\(path)' is not set (in \(source.file), or as \(KnownKeys.variable(for: path)))")
  }

  mutating func text(_ path: String) -> String? {
    guard let setting = source[path] else { return nil }
    return text(of: setting)
  }

  mutating func text(of setting: Setting) -> String? {
    guard let text = setting.text, !text.isEmpty, !text.utf8.contains(0) else {
      refuse(setting, "be a single value that is not empty")
      return nil
    }
    return text
  }

  /// The items of a list; a single value counts as a list of one.
  mutating func items(_ path: String) -> [Setting]? {
    guard let setting = source[path] else { return nil }
    guard let items = setting.items(in: source.file) else {
      refuse(setting, "be a value or a list of values")
      return nil
    }
    return items
  }

  mutating func texts(_ path: String) -> [String]? {
    guard let items = items(path) else { return nil }
    var texts: [String] = []
    for item in items {
      if let text = text(of: item) { texts.append(text) }
    }
    return texts
  }

  /// Seconds from 1 to ten years, which no sum of times overflows.
  mutating func seconds(_ path: String) -> Int? {
    number(path, 1...315_360_000, of: "seconds")
  }

  /// A whole number of this range; `unit` is what it counts.
  mutating func number(_ path: String, _ range: ClosedRange<Int>, of unit: String) -> Int? {
    guard let setting = source[path] else { return nil }
    guard let value = setting.text.flatMap({ Int($0) }), range.contains(value) else {
      refuse(setting, "be a whole number of \(unit) from \(range.lowerBound) to \(range.upperBound)")
      return nil
    }
    return value
  }

  mutating func flag(_ path: String, default value: Bool) -> Bool {
    guard let setting = source[path] else { return value }
    guard let flag = setting.text.flatMap(Bool.init) else {
      refuse(setting, "be true or false")
      return value
    }
    return flag
  }

  mutating func choice<T: RawRepresentable & CaseIterable>(
    _ path: String, default value: T
  ) -> T where T.RawValue == String {
    source[path].map { choice(of: $0, default: value) } ?? value
  }

  mutating func choice<T: RawRepresentable & CaseIterable>(
    of setting: Setting, default value: T
  ) -> T where T.RawValue == String {
    guard let text = text(of: setting) else { return value }
    if let choice = T(rawValue: text) { return choice }
    if KnownKeys.typesNotBuilt[setting.path]?.contains(text) == true {
      note(.notBuilt, setting.place, "'\(setting.path): \(text)' is not built yet")
    } else {
      let quoted = T.allCases.map { "'\($0.rawValue)'" }
      let names =
        quoted.count > 2 ? "one of \(quoted.joined(separator: ", "))" : quoted.joined(separator: " or ")
      refuse(setting, "be \(names), not '\(text)'")
    }
    return value
  }

  mutating func endpoint(_ path: String) -> Endpoint? {
    guard let setting = source[path], let text = text(of: setting) else { return nil }
    guard let endpoint = Endpoint(text) else {
      refuse(setting, "be host:port or :port, not '\(text)'")
      return nil
    }
    return endpoint
  }

  mutating func webAddress(_ path: String, allowsPath: Bool) -> String? {
    source[path].flatMap { webAddress(of: $0, allowsPath: allowsPath) }
  }

  mutating func webAddress(of setting: Setting, allowsPath: Bool) -> String? {
    guard let text = text(of: setting) else { return nil }
    do {
      return try WebAddress.check(text, allowsPath: allowsPath)
    } catch {
      refuse(setting, "\(error.message): '\(text)'")
      return nil
    }
  }
}
