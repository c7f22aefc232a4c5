/// What the fake reads of a file below `.github/workflows`.
struct WorkflowFile: Sendable {
  let path: String
  /// The path again where the file says nothing.
  let name: String
  /// With its expressions.
  let runName: String?
  let triggers: [Trigger]
  let jobs: [Job]
  /// Why it is no workflow; then it has neither triggers nor jobs.
  let error: String?

  enum Trigger: Sendable {
    case dispatch([DispatchInput])
    case push(PushFilter)
    case other(String)
  }

  struct Job: Sendable {
    let key: String
    let name: String
    let labels: [String]
    let needs: [String]
    /// The names of its steps, as GitHub shows them.
    let steps: [String]
  }

  /// The declared inputs; `nil` when it cannot be dispatched.
  var dispatchInputs: [DispatchInput]? {
    for case .dispatch(let inputs) in triggers { return inputs }
    return nil
  }

  var pushFilter: PushFilter? {
    for case .push(let filter) in triggers { return filter }
    return nil
  }
}

/// Which pushes a workflow runs for. Without any filter it is for all of them; with one for branches or tags only, not for
/// the other kind.
struct PushFilter: Sendable {
  var branches: [String]?
  var ignoredBranches: [String]?
  var tags: [String]?
  var ignoredTags: [String]?

  func matches(_ ref: String) -> Bool {
    if ref.hasPrefix("refs/tags/") {
      return Self.matches(
        ref.dropFirst("refs/tags/".count), tags, ignoredTags,
        hasOthers: branches != nil || ignoredBranches != nil)
    }
    return Self.matches(
      ref.dropFirst("refs/heads/".count), branches, ignoredBranches,
      hasOthers: tags != nil || ignoredTags != nil)
  }

  private static func matches(
    _ name: Substring, _ wanted: [String]?, _ ignored: [String]?, hasOthers: Bool
  ) -> Bool {
    if let ignored { return !ignored.contains { RefPattern($0).matches(name) } }
    guard let wanted else { return !hasOthers }
    // The last pattern that fits decides; `!` in front takes back.
    var isWanted = false
    for pattern in wanted {
      if pattern.hasPrefix("!") {
        if RefPattern(String(pattern.dropFirst())).matches(name) { isWanted = false }
      } else if RefPattern(pattern).matches(name) {
        isWanted = true
      }
    }
    return isWanted
  }
}

/// A pattern for branches and tags: `*` stands for anything but a slash, `**` for anything, `?` makes the character before it
/// optional.
struct RefPattern: Sendable {
  private let pattern: [Character]

  init(_ pattern: String) {
    self.pattern = Array(pattern)
  }

  func matches(_ name: some StringProtocol) -> Bool {
    Self.matches(pattern[...], Array(name)[...])
  }

  private static func matches(_ pattern: ArraySlice<Character>, _ name: ArraySlice<Character>) -> Bool {
    guard let first = pattern.first else { return name.isEmpty }
    let rest = pattern.dropFirst()
    if first == "*" {
      let isDouble = rest.first == "*"
      let after = isDouble ? rest.dropFirst() : rest
      if matches(after, name) { return true }
      guard let next = name.first, isDouble || next != "/" else { return false }
      return matches(pattern, name.dropFirst())
    }
    if rest.first == "?", matches(rest.dropFirst(), name) { return true }
    guard name.first == first else { return false }
    return matches(rest.first == "?" ? rest.dropFirst() : rest, name.dropFirst())
  }
}
