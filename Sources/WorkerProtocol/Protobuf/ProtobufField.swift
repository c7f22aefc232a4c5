/// How the value of a field is laid out (protobuf.dev, "Encoding").
package enum ProtobufWireType: UInt8, Sendable {
  case varint = 0
  case fixed64 = 1
  case lengthDelimited = 2
  case startGroup = 3
  case endGroup = 4
  case fixed32 = 5
}

/// A field's tag: its number and the wire type of the value that follows.
package struct ProtobufField: Equatable, Sendable {
  /// 1 to 536,870,911.
  package let number: UInt32
  package let wireType: ProtobufWireType

  package init(number: UInt32, wireType: ProtobufWireType) {
    self.number = number
    self.wireType = wireType
  }

  /// The highest number that a field can have.
  package static let maximumNumber: UInt64 = 536_870_911
}
