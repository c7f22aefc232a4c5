import FoundationEssentials

extension NomadAnswer {
  /// The body as a value; throws `DecodingError`.
  func decode<T: Decodable>(_ type: T.Type) throws -> T {
    try JSONDecoder().decode(type, from: Data(bytes))
  }
}
