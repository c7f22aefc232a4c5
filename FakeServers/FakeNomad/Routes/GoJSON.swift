import HTTP

/// Bodies read as Go's `encoding/json` reads them, with its words where they are wrong.
enum GoJSON {
  /// The object in the bytes.
  ///
  /// - Parameter type: the Go type that a value of another kind cannot become.
  static func object(_ bytes: [UInt8], as type: String) throws(NomadError) -> [String: JSONValue] {
    guard bytes.contains(where: { !isBlank($0) }) else { throw .badRequest("EOF") }
    guard let value = try? JSONValue(parsing: bytes) else { throw .badRequest(mistake(in: bytes)) }
    guard let object = value.object else {
      throw .badRequest("json: cannot unmarshal \(kind(of: value)) into Go value of type \(type)")
    }
    return object
  }

  /// A field that must hold texts, or nothing.
  static func texts(
    _ value: JSONValue?, field: String
  ) throws(NomadError) -> [String: String] {
    guard let value, !value.isNull else { return [:] }
    guard let object = value.object else { throw mismatch(value, field, "map[string]string") }
    var texts: [String: String] = [:]
    for (key, value) in object {
      guard let text = value.string else { throw mismatch(value, field, "string") }
      texts[key] = text
    }
    return texts
  }

  private static func mismatch(_ value: JSONValue, _ field: String, _ type: String) -> NomadError {
    .badRequest("json: cannot unmarshal \(kind(of: value)) into Go struct field \(field) of type \(type)")
  }

  private static func kind(of value: JSONValue) -> String {
    switch value {
    case .null: "null"
    case .bool: "bool"
    case .integer, .number: "number"
    case .string: "string"
    case .array: "array"
    case .object: "object"
    }
  }

  /// A text that only lacks its end is "unexpected EOF"; else the first character that starts no value.
  private static func mistake(in bytes: [UInt8]) -> String {
    var open = 0
    var isInText = false
    var isEscaped = false
    for byte in bytes {
      if isInText {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          isInText = false
        }
      } else if byte == UInt8(ascii: "\"") {
        isInText = true
      } else if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") {
        open += 1
      } else if byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") {
        open -= 1
      }
    }
    if isInText || open > 0 { return "unexpected EOF" }
    let first = bytes.first { !isBlank($0) } ?? 0
    return "invalid character '\(Character(Unicode.Scalar(first)))' looking for beginning of value"
  }

  private static func isBlank(_ byte: UInt8) -> Bool { [9, 10, 13, 32].contains(byte) }

  /// `strconv.ParseBool`.
  static func bool(_ text: String) -> Bool? {
    if ["1", "t", "T", "TRUE", "true", "True"].contains(text) { return true }
    if ["0", "f", "F", "FALSE", "false", "False"].contains(text) { return false }
    return nil
  }
}
