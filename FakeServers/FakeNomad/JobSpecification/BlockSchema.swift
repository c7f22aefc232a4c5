import HTTP

/// What an attribute's value becomes in the job's JSON.
enum AttributeKind: Sendable {
  case string, integer, number, bool
  /// Go's notation (`10s`, `1h30m`) in the file, nanoseconds in JSON.
  case duration
  case stringList, stringMap
}

/// An attribute that a block may have.
struct AttributeRule: Sendable {
  /// The field in the job's JSON.
  var field: String
  var kind: AttributeKind

  init(_ field: String, _ kind: AttributeKind) {
    self.field = field
    self.kind = kind
  }
}

/// A block that may stand in another one.
struct BlockRule: Sendable {
  indirect enum Content: Sendable {
    case schema(BlockSchema)
    /// Any attributes, as strings: `env`, `meta`.
    case stringMap
    /// Any attributes and blocks: a driver's `config`.
    case free
  }

  var field: String
  /// Whether the block has a name as its label.
  var isNamed = false
  /// The field that the name becomes.
  var nameField = "Name"
  /// Whether several may stand there, which makes a list.
  var repeats = false
  /// Whether several may stand there, which makes an object by their names.
  var isMap = false
  var content: Content

  init(
    _ field: String, isNamed: Bool = false, repeats: Bool = false, isMap: Bool = false,
    nameField: String = "Name",
    _ content: Content
  ) {
    self.field = field
    self.isNamed = isNamed
    self.repeats = repeats
    self.isMap = isMap
    self.nameField = nameField
    self.content = content
  }
}

/// What a block may hold, and the JSON that an empty one gives.
struct BlockSchema: Sendable {
  var attributes: [String: AttributeRule]
  var blocks: [String: BlockRule] = [:]
  /// Every field with the value that it has when nothing was said.
  var skeleton: [String: JSONValue] = [:]
}
