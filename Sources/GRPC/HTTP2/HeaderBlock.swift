/// The fields of one HEADERS frame while they come in, with the bound on their size.
struct HeaderBlock {
  private(set) var fields: [(name: String, value: String)] = []
  private(set) var isTooLarge = false
  private var byteCount = 0

  /// Takes a field unless the list gets larger than `maximumBytes` (RFC 9113 section 6.5.2 says how that is counted).
  mutating func append(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer, maximumBytes: Int) {
    byteCount += name.count + value.count + 32
    guard byteCount <= maximumBytes else {
      isTooLarge = true
      fields = []
      return
    }
    guard !isTooLarge else { return }
    fields.append((String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self)))
  }

  init() {}

  init(_ fields: [(name: String, value: String)]) {
    self.fields = fields
  }

  subscript(_ name: String) -> String? {
    fields.first { $0.name == name }?.value
  }

  /// The fields that belong to the application.
  var metadata: GRPCMetadata {
    var metadata = GRPCMetadata()
    for field in fields where !field.name.hasPrefix(":") { metadata.add(field.name, field.value) }
    return metadata
  }
}
