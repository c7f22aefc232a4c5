/// The contents of a file that is committed from code; a literal is a text file.
public struct FakeFile: Sendable, Hashable, ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
  public let contents: [UInt8]
  public let isExecutable: Bool

  public init(_ contents: [UInt8], isExecutable: Bool = false) {
    self.contents = contents
    self.isExecutable = isExecutable
  }

  public init(stringLiteral text: String) {
    self.init(Array(text.utf8))
  }

  /// A text file that may be run.
  public static func executable(_ text: String) -> FakeFile {
    FakeFile(Array(text.utf8), isExecutable: true)
  }
}
