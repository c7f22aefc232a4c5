import HTTP

/// Why a value does not fit, in the words of the diagnostic's detail.
struct UnsuitableValue: Error {
  var message: String

  init(_ message: String) {
    self.message = "Unsuitable value: " + message
  }
}

extension HCLValue {
  /// The value as JSON, whatever it is.
  var json: JSONValue {
    switch kind {
    case .null: .null
    case .bool(let value): .bool(value)
    case .integer(let value): .integer(value)
    case .number(let value): .number(value)
    case .string(let value): .string(value)
    case .list(let items): .array(items.map(\.json))
    case .object(let entries):
      .object(Dictionary(entries.map { ($0.key, $0.value.json) }, uniquingKeysWith: { $1 }))
    }
  }

  /// The value as the attribute wants it; texts and numbers turn into each other as in HCL.
  func converted(to wanted: AttributeKind) throws(UnsuitableValue) -> JSONValue {
    if case .null = kind { return .null }
    switch wanted {
    case .string: return .string(try text())
    case .bool: return .bool(try flag())
    case .integer: return .integer(try integer())
    case .number: return .number(try number())
    case .duration: return .integer(try nanoseconds())
    case .stringList: return try list()
    case .stringMap: return try map()
    }
  }

  private func text() throws(UnsuitableValue) -> String {
    switch kind {
    case .string(let text): return text
    case .integer(let value): return String(value)
    case .number(let value): return "\(value)"
    case .bool(let value): return value ? "true" : "false"
    case .null, .list, .object: throw UnsuitableValue("string required")
    }
  }

  private func flag() throws(UnsuitableValue) -> Bool {
    switch kind {
    case .bool(let value): return value
    case .string("true"), .string("1"): return true
    case .string("false"), .string("0"): return false
    default: throw UnsuitableValue("a bool is required")
    }
  }

  private func number() throws(UnsuitableValue) -> Double {
    switch kind {
    case .integer(let value): return Double(value)
    case .number(let value): return value
    case .string(let text):
      if let value = Double(text), value.isFinite { return value }
    default: break
    }
    throw UnsuitableValue("a number is required")
  }

  private func integer() throws(UnsuitableValue) -> Int64 {
    if case .integer(let value) = kind { return value }
    guard let whole = Int64(exactly: try number()) else {
      throw UnsuitableValue("value must be a whole number")
    }
    return whole
  }

  private func nanoseconds() throws(UnsuitableValue) -> Int64 {
    switch kind {
    case .integer(let value): return value
    case .string(let text):
      if let nanoseconds = GoDuration.nanoseconds(text) { return nanoseconds }
      throw UnsuitableValue("time: invalid duration \"\(text)\"")
    default: throw UnsuitableValue("expected a string but found \(kind.typeName)")
    }
  }

  private func list() throws(UnsuitableValue) -> JSONValue {
    guard case .list(let items) = kind else { throw UnsuitableValue("list of string required") }
    var texts: [JSONValue] = []
    for item in items { texts.append(.string(try item.text())) }
    return .array(texts)
  }

  private func map() throws(UnsuitableValue) -> JSONValue {
    guard case .object(let entries) = kind else { throw UnsuitableValue("map of string required") }
    var map: [String: JSONValue] = [:]
    for entry in entries { map[entry.key] = .string(try entry.value.text()) }
    return .object(map)
  }
}
