/// The fields of a message's head, in the order in which they came; names compare without regard to case
/// (RFC 9110, section 5.1).
package struct HTTPHeaders: Sendable, ExpressibleByDictionaryLiteral, Sequence, CustomStringConvertible {
  package typealias Element = (name: String, value: String)

  private var fields: [Element]

  package init(_ fields: [(String, String)] = []) {
    self.fields = fields.map { (name: $0.0, value: $0.1) }
  }

  package init(dictionaryLiteral elements: (String, String)...) {
    self.init(elements)
  }

  package var count: Int { fields.count }
  package var isEmpty: Bool { fields.isEmpty }

  /// Reading answers the first field of that name; writing replaces all of them, and `nil` removes them.
  package subscript(name: String) -> String? {
    get { fields.first { Self.equal($0.name, name) }?.value }
    set {
      guard let newValue else { return fields.removeAll { Self.equal($0.name, name) } }
      guard let first = fields.firstIndex(where: { Self.equal($0.name, name) }) else {
        return fields.append((name: name, value: newValue))
      }
      let later = fields[(first + 1)...].filter { !Self.equal($0.name, name) }
      fields.replaceSubrange(first..., with: [(name: name, value: newValue)] + later)
    }
  }

  /// The values of every field of that name, in order.
  package func values(of name: String) -> [String] {
    fields.filter { Self.equal($0.name, name) }.map(\.value)
  }

  package func contains(_ name: String) -> Bool {
    fields.contains { Self.equal($0.name, name) }
  }

  /// Adds a field behind those that are there, also when its name is.
  package mutating func add(_ name: String, _ value: String) {
    fields.append((name: name, value: value))
  }

  /// Whether a field that holds a comma-separated list (`Connection`, `Expect`) has this token in it.
  package func listContains(_ name: String, _ token: String) -> Bool {
    fields.contains { field in
      Self.equal(field.name, name)
        && field.value.utf8.split(separator: UInt8(ascii: ",")).contains {
          Self.equal(String(Substring($0).trimmingBlanks()), token)
        }
    }
  }

  package func makeIterator() -> IndexingIterator<[Element]> {
    fields.makeIterator()
  }

  /// Names only: values may be secrets, and descriptions end up in logs.
  package var description: String {
    "[" + fields.map(\.name).joined(separator: ", ") + "]"
  }

  /// Equality of two ASCII texts without regard to case.
  static func equal(_ left: String, _ right: String) -> Bool {
    left.utf8.count == right.utf8.count
      && zip(left.utf8, right.utf8).allSatisfy { HTTPSyntax.lowercased($0) == HTTPSyntax.lowercased($1) }
  }
}
