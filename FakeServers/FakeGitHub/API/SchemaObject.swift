import HTTP
import Platform

/// An object of a request's body, read by the rules of GitHub's request schemas.
///
/// What breaks them is 422 with `Invalid request.`, an empty line, and the rule in words.
struct SchemaObject: Sendable {
  private let members: [String: JSONValue]

  init(_ members: [String: JSONValue]) {
    self.members = members
  }

  static func refusal(_ rule: String) -> APIError {
    .unprocessable("Invalid request.\n\n\(rule)")
  }

  /// Refuses when one of those is absent.
  func require(_ names: [String]) throws {
    let missing = names.filter { members[$0] == nil }.map { "\"\($0)\"" }
    guard missing.isEmpty else {
      let verb = missing.count == 1 ? "wasn't" : "weren't"
      throw Self.refusal("\(missing.joined(separator: ", ")) \(verb) supplied.")
    }
  }

  func text(_ name: String, maximumCharacters: Int? = nil) throws -> String? {
    guard let value = members[name] else { return nil }
    guard let text = value.string else { throw wrong(name, value, "a string") }
    let characters = text.unicodeScalars.count
    if let maximumCharacters, characters > maximumCharacters {
      throw Self.refusal("Only \(maximumCharacters) characters are allowed; \(characters) were supplied.")
    }
    return text
  }

  /// A text that may be null as well.
  func optionalText(_ name: String) throws -> String? {
    members[name]?.isNull == true ? nil : try text(name)
  }

  func integer(_ name: String) throws -> Int64? {
    guard let value = members[name] else { return nil }
    guard let number = value.integer else { throw wrong(name, value, "an integer") }
    return number
  }

  func bool(_ name: String) throws -> Bool? {
    guard let value = members[name] else { return nil }
    guard let bool = value.bool else { throw wrong(name, value, "a boolean") }
    return bool
  }

  func choice<T: RawRepresentable<String> & CaseIterable>(_ name: String) throws -> T? {
    guard let text = try text(name) else { return nil }
    guard let choice = T(rawValue: text) else {
      let allowed = T.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
      throw Self.refusal("\(text) is not a member of [\(allowed)].")
    }
    return choice
  }

  /// A time in RFC 3339, as GitHub answers it.
  func time(_ name: String) throws -> String? {
    guard let text = try text(name) else { return nil }
    guard let time = Timestamp(rfc3339: text) else {
      throw Self.refusal("\(text) is not a valid date-time.")
    }
    return Representation.time(time)
  }

  func object(_ name: String) throws -> SchemaObject? {
    guard let value = members[name] else { return nil }
    guard let object = value.object else { throw wrong(name, value, "an object") }
    return SchemaObject(object)
  }

  func objects(_ name: String, maximum: Int) throws -> [SchemaObject]? {
    guard let value = members[name] else { return nil }
    guard let array = value.array else { throw wrong(name, value, "an array") }
    guard array.count <= maximum else {
      throw Self.refusal("No more than \(maximum) items are allowed; \(array.count) were supplied.")
    }
    return try array.map { item in
      guard let object = item.object else { throw wrong(name, item, "an object") }
      return SchemaObject(object)
    }
  }

  private func wrong(_ name: String, _ value: JSONValue, _ type: String) -> APIError {
    let shown = value.isNull ? "nil" : String(decoding: value.bytes(), as: UTF8.self)
    return Self.refusal("For 'properties/\(name)', \(shown) is not \(type).")
  }
}
