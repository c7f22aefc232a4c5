/// The arguments of a statement: by position (`?` or `?1`) as an array literal, or by name (`:run`) as a
/// dictionary literal whose keys leave out the colon. `nil` is null.
///
/// Each parameter needs exactly one argument; one too many or too few is an error.
package struct SQLArguments: ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral {
  enum Storage {
    case positional([SQLValue])
    case named([(name: String, value: SQLValue)])
  }

  let storage: Storage

  package init(arrayLiteral elements: (any SQLBindable)?...) {
    storage = .positional(elements.map { $0?.sqlValue ?? .null })
  }

  package init(dictionaryLiteral elements: (String, (any SQLBindable)?)...) {
    storage = .named(elements.map { ($0, $1?.sqlValue ?? .null) })
  }

  package init(_ values: [SQLValue]) {
    storage = .positional(values)
  }
}
