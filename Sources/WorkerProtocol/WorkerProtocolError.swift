/// Bytes that are no message of the protocol.
///
/// Every decoder of the module throws this and nothing else; no input traps.
package struct WorkerProtocolError: Error, Equatable, Sendable, CustomStringConvertible {
  package enum Code: String, Sendable {
    /// The bytes end inside a field, or a length reaches past the end.
    case truncated
    /// A varint of more than ten bytes, or of more than 64 bits.
    case malformedVarint
    /// A field number of 0 or above 536,870,911, an unknown wire type, or a group that is not closed.
    case malformedField
    /// A known field in a wire type that its type does not have.
    case wrongWireType
    /// A `string` that is not UTF-8.
    case invalidUTF8
    /// Messages or groups nested deeper than `ProtobufReader.maximumDepth`.
    case tooDeep
    /// A message above `ProtobufReader.maximumMessageBytes`.
    case tooLarge
  }

  package let code: Code
  /// Where in the message, in bytes, the reader stood.
  package let position: Int

  package init(code: Code, position: Int) {
    self.code = code
    self.position = position
  }

  /// What is wrong, for a person.
  package var message: String {
    switch code {
    case .truncated: "the message ends inside a field"
    case .malformedVarint: "a varint is longer than 64 bits"
    case .malformedField: "a field's number or wire type does not exist"
    case .wrongWireType: "a field has a wire type that is not its own"
    case .invalidUTF8: "a string is not UTF-8"
    case .tooDeep: "messages are nested too deeply"
    case .tooLarge: "the message is too large"
    }
  }

  package var description: String { "\(message) (byte \(position))" }
}
