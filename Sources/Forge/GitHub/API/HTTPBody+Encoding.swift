internal import HTTP

extension HTTPBody {
  /// A value of one of this driver's own types as JSON; those hold texts and numbers only, which always encode.
  static func encoding(_ value: some Encodable) -> HTTPBody {
    (try? .json(value)) ?? .empty
  }
}
