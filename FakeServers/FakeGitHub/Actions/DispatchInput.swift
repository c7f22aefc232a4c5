import HTTP

/// An input that a workflow declares for its dispatch.
struct DispatchInput: Sendable {
  enum Kind: String, Sendable {
    case boolean, choice, environment, number, string
  }

  let name: String
  let kind: Kind
  let isRequired: Bool
  let standard: String?
  /// What a choice may be.
  let options: [String]

  /// GitHub takes no more with one dispatch.
  static let maximumInputs = 25

  /// What a run sees of what was given: every declared input, its default where nothing was given. 422 as GitHub has it.
  static func resolve(_ given: [String: JSONValue], declared: [DispatchInput]) throws -> [String: String] {
    guard given.count <= maximumInputs else {
      throw SchemaObject.refusal(
        "No more than \(maximumInputs) properties are allowed; \(given.count) were supplied.")
    }
    let unexpected = given.keys.filter { name in !declared.contains { $0.name == name } }.sorted()
    guard unexpected.isEmpty else {
      let names = unexpected.map { "\"\($0)\"" }.joined(separator: ", ")
      throw APIError.unprocessable("Unexpected inputs provided: [\(names)]")
    }
    var resolved: [String: String] = [:]
    for input in declared { resolved[input.name] = try input.value(given[input.name]) }
    return resolved
  }

  private func value(_ given: JSONValue?) throws -> String {
    guard let given else {
      guard let standard else {
        if isRequired { throw APIError.unprocessable("Required input '\(name)' not provided") }
        return kind == .boolean ? "false" : ""
      }
      return standard
    }
    let text: String
    switch given {
    case .string(let string): text = string
    case .bool(let bool): text = String(bool)
    case .integer(let integer): text = String(integer)
    default:
      let shown = String(decoding: given.bytes(), as: UTF8.self)
      throw SchemaObject.refusal("For 'properties/\(name)', \(shown) is not a string.")
    }
    if isRequired, text.isEmpty { throw APIError.unprocessable("Required input '\(name)' not provided") }
    let isGood =
      switch kind {
      case .choice: options.contains(text)
      case .boolean: ["true", "false"].contains(text)
      case .number: Double(text) != nil
      case .environment, .string: true
      }
    guard isGood else {
      let reason = kind == .choice ? "in the list of allowed values" : "a valid \(kind.rawValue)"
      throw APIError.unprocessable("Provided value '\(text)' for input '\(name)' not \(reason)")
    }
    return text
  }
}
