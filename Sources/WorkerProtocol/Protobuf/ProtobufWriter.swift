/// Appends the fields of a message to a buffer.
///
/// As the reference implementations do for `proto3`: a scalar of its default value is not written, and the
/// caller writes fields in the order of their numbers and maps in the order of their keys, so that equal
/// messages have equal bytes.
package struct ProtobufWriter: Sendable {
  /// What has been written.
  package private(set) var bytes: [UInt8]

  package init(reserving capacity: Int = 0) {
    bytes = []
    bytes.reserveCapacity(capacity)
  }

  /// A writer that goes on at the end of `bytes`.
  package init(appendingTo bytes: consuming [UInt8]) {
    self.bytes = bytes
  }

  package mutating func varint(_ number: UInt32, _ value: UInt64) {
    guard value != 0 else { return }
    tag(number, .varint)
    rawVarint(value)
  }

  /// An `int32` or an enum. A negative one is extended to 64 bits, ten bytes on the wire.
  package mutating func int32(_ number: UInt32, _ value: Int32) {
    varint(number, UInt64(bitPattern: Int64(value)))
  }

  package mutating func bool(_ number: UInt32, _ value: Bool) {
    varint(number, value ? 1 : 0)
  }

  package mutating func string(_ number: UInt32, _ value: String) {
    guard !value.isEmpty else { return }
    element(number, value)
  }

  /// A string of a repeated field, a map or a `oneof`, where the empty one counts too.
  package mutating func element(_ number: UInt32, _ value: String) {
    let utf8 = value.utf8
    tag(number, .lengthDelimited)
    rawVarint(UInt64(utf8.count))
    bytes.append(contentsOf: utf8)
  }

  package mutating func data(_ number: UInt32, _ value: some Collection<UInt8>) {
    guard !value.isEmpty else { return }
    tag(number, .lengthDelimited)
    rawVarint(UInt64(value.count))
    bytes.append(contentsOf: value)
  }

  /// Appends bytes as they are: the value of a `data` field whose tag and length were written before.
  package mutating func append(_ raw: UnsafeRawBufferPointer) {
    bytes.append(contentsOf: raw)
  }

  package mutating func strings(_ number: UInt32, _ values: [String]) {
    for value in values { element(number, value) }
  }

  /// A `map<string, string>`, each entry a message with key 1 and value 2, both always written.
  package mutating func map(_ number: UInt32, _ entries: [String: String]) {
    for (key, value) in entries.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
      message(number) { entry in
        entry.element(1, key)
        entry.element(2, value)
      }
    }
  }

  /// A message as a field's value; written even when it is empty.
  package mutating func message(_ number: UInt32, _ body: (inout ProtobufWriter) -> Void) {
    var inner = ProtobufWriter()
    body(&inner)
    tag(number, .lengthDelimited)
    rawVarint(UInt64(inner.bytes.count))
    bytes.append(contentsOf: inner.bytes)
  }

  @inline(__always)
  package mutating func tag(_ number: UInt32, _ wireType: ProtobufWireType) {
    rawVarint(UInt64(number) << 3 | UInt64(wireType.rawValue))
  }

  @inline(__always)
  package mutating func rawVarint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }

  /// How many bytes `value` takes as a varint.
  @inline(__always)
  package static func size(_ value: UInt64) -> Int {
    (70 - (value | 1).leadingZeroBitCount) / 7
  }
}
