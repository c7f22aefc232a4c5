/// A value of a stored run that earlier versions did not have: absent is empty, or false.
@propertyWrapper package struct EmptyWhenAbsent<Value: HasEmptyValue>: Hashable, Codable {
  package var wrappedValue: Value

  package init(wrappedValue: Value = Value()) {
    self.wrappedValue = wrappedValue
  }

  package init(from decoder: any Decoder) throws {
    wrappedValue = try Value(from: decoder)
  }

  package func encode(to encoder: any Encoder) throws {
    try wrappedValue.encode(to: encoder)
  }
}

extension EmptyWhenAbsent: Sendable where Value: Sendable {}

/// What there is when nothing is stored.
package protocol HasEmptyValue: Hashable, Codable {
  init()
}

extension Bool: HasEmptyValue {}
extension Array: HasEmptyValue where Element: Hashable & Codable {}
extension Dictionary: HasEmptyValue where Key: Codable, Value: Hashable & Codable {}

extension KeyedDecodingContainer {
  package func decode<Value>(
    _ type: EmptyWhenAbsent<Value>.Type, forKey key: Key
  ) throws -> EmptyWhenAbsent<Value> {
    try decodeIfPresent(type, forKey: key) ?? EmptyWhenAbsent()
  }
}
