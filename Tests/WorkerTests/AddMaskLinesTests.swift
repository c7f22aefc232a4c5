import Testing

@testable import Worker

@Suite("Lines that name a secret")
struct AddMaskLinesTests {
  /// What comes out, values in brackets, when `pieces` go in.
  private static func read(_ pieces: [[UInt8]]) -> String {
    var lines = AddMaskLines()
    var found: [AddMaskLines.Piece] = pieces.flatMap { lines.feed($0) }
    found += lines.flush()
    return found.map { piece in
      switch piece {
      case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
      case .value(let value): "[\(value)]"
      }
    }.joined()
  }

  @Test(
    "Only at the beginning of a line, and decoded as GitHub does",
    arguments: [
      ("::add-mask::hunter2\nx", "::add-mask::[hunter2]\nx"),
      ("a\n::add-mask::hunter2\n", "a\n::add-mask::[hunter2]\n"),
      (" \t::add-mask::hunter2\r\nx", " \t::add-mask::[hunter2]\r\nx"),
      ("::add-mask::one%0Atwo%0D%25%250A%zz%2\n", "::add-mask::[one\ntwo\r%%0A%zz%2]\n"),
      ("::add-mask::one\n::add-mask::two\n", "::add-mask::[one]\n::add-mask::[two]\n"),
      ("::add-mask::at the end", "::add-mask::[at the end]"),
      ("::add-mask::::add-mask::x\n", "::add-mask::[::add-mask::x]\n"),
      ("::add-mask::\nx", "::add-mask::\nx"),
      ("x ::add-mask::no\n", "x ::add-mask::no\n"),
      ("::add-mask:no\n::addmask::no\n:::add-mask::no\n", "::add-mask:no\n::addmask::no\n:::add-mask::no\n"),
      (":: add-mask::no\n", ":: add-mask::no\n"),
      ("", ""),
    ])
  func lines(text: String, expected: String) {
    let bytes = Array(text.utf8)
    #expect(Self.read([bytes]) == expected)
    #expect(Self.read(bytes.map { [$0] }) == expected)
    for split in 0...bytes.count {
      #expect(Self.read([Array(bytes[..<split]), Array(bytes[split...])]) == expected, "split at \(split)")
    }
  }

  @Test(
    "Of a value that is too long the beginning is masked, and the rest is not shown",
    arguments: [1, 1_000_000])
  func tooLong(pieceBytes: Int) {
    let value = String(repeating: "0123456789", count: AddMaskLines.maximumValueBytes / 10 + 10)
    let bytes = Array("::add-mask::\(value)\nnext".utf8)
    let pieces = stride(from: 0, to: bytes.count, by: pieceBytes).map {
      Array(bytes[$0..<min($0 + pieceBytes, bytes.count)])
    }
    let found = Self.read(pieces)
    #expect(found.hasPrefix("::add-mask::[0123456789"))
    #expect(found.hasSuffix("]\nnext"))
    #expect(found.utf8.count <= AddMaskLines.maximumValueBytes + 20)
  }

  @Test("Nothing but a value is held back")
  func goesThrough() {
    var lines = AddMaskLines()
    #expect(lines.feed(Array("::add-mas".utf8)) == [.bytes(Array("::add-mas".utf8))])
    #expect(lines.feed(Array("k::".utf8)) == [.bytes(Array("k::".utf8))])
    #expect(lines.feed(Array("sec".utf8)) == [])
    #expect(lines.feed(Array("ret\n".utf8)) == [.value("secret"), .bytes(Array("\n".utf8))])
  }
}
