import FoundationEssentials
import Testing

/// The lines of a file in `Fixtures/protobuf`.
struct GoldenMessages {
  struct Line: Sendable, CustomTestStringConvertible {
    let name: String
    let bytes: [UInt8]

    var testDescription: String { name }
  }

  /// Messages that an encoder has to produce byte by byte.
  private(set) var canonical: [Line] = []
  /// Other spellings, each with the canonical message that it stands for.
  private(set) var accepted: [(spelling: Line, canonical: Line)] = []

  static let worker = load("worker.hex")
  static let server = load("server.hex")

  private static func load(_ file: String) -> GoldenMessages {
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let path = tests.deletingLastPathComponent().appending(path: "Fixtures/protobuf/\(file)")
    let text = (try? String(contentsOf: path, encoding: .utf8)) ?? ""
    var messages = GoldenMessages()
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ", omittingEmptySubsequences: false)
      guard words.count == 3 else { continue }
      let entry = Line(name: String(words[1]), bytes: bytes(hexadecimal: words[2]))
      if words[0] == "canonical" {
        messages.canonical.append(entry)
      } else if let target = messages.canonical.first(where: { entry.name.hasSuffix("=\($0.name)") }) {
        messages.accepted.append((entry, target))
      }
    }
    return messages
  }

  private static func bytes(hexadecimal: some StringProtocol) -> [UInt8] {
    let digits = hexadecimal.utf8.map { $0 < 0x60 ? $0 - 0x30 : $0 - 0x57 }
    return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }
}
