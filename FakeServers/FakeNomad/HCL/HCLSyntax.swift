/// An expression's value. Templates are kept as text: `${NOMAD_META_x}` is resolved where the task runs.
indirect enum HCLValueKind: Hashable, Sendable {
  case null
  case bool(Bool)
  case integer(Int64)
  case number(Double)
  case string(String)
  case list([HCLValue])
  case object([HCLEntry])

  /// What a conversion error calls it.
  var typeName: String {
    switch self {
    case .null: "null"
    case .bool: "bool"
    case .integer, .number: "number"
    case .string: "string"
    case .list: "tuple"
    case .object: "object"
    }
  }
}

/// A value and where it stands.
struct HCLValue: Hashable, Sendable {
  var kind: HCLValueKind
  /// Where a wrong value is pointed at: the text between quotes, the opening bracket, else all of it.
  var startRange: HCLRange
}

/// One `key = value` of an object expression.
struct HCLEntry: Hashable, Sendable {
  var key: String
  var value: HCLValue
}

/// `name = value` in a body.
struct HCLAttribute: Hashable, Sendable {
  var name: String
  var nameRange: HCLRange
  var value: HCLValue
}

/// A label of a block, quoted or bare.
struct HCLLabel: Hashable, Sendable {
  var text: String
  var range: HCLRange
}

/// `type "label" { ... }`.
struct HCLBlock: Hashable, Sendable {
  var type: String
  var typeRange: HCLRange
  var labels: [HCLLabel]
  var openBraceRange: HCLRange
  var body: HCLBody

  /// The header without its brace.
  var definitionRange: HCLRange {
    HCLRange(start: typeRange.start, end: labels.last?.range.end ?? typeRange.end)
  }
}

/// What stands between a block's braces, or in the file.
struct HCLBody: Hashable, Sendable {
  var attributes: [HCLAttribute] = []
  var blocks: [HCLBlock] = []
}
