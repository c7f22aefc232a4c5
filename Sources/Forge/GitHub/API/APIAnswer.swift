internal import Forge
internal import FoundationEssentials
internal import HTTP

/// An answer whose status is in the 200s, read to its end.
struct APIAnswer: Sendable {
  let headers: HTTPHeaders
  let bytes: [UInt8]
  /// What it answers, for errors.
  let label: String

  /// - Throws: `unavailable` when it is another thing than was expected.
  func decode<Answer: Decodable>(_ type: Answer.Type = Answer.self) throws(ForgeError) -> Answer {
    do {
      return try JSONDecoder().decode(type, from: Data(bytes))
    } catch {
      throw ForgeError(.unavailable, "GitHub's answer to \(label) is not what was expected", cause: error)
    }
  }
}
