/// Gathers an answer's head from the lines that libcurl gives, and drops interim ones (1xx) and trailers.
struct AnswerHeadCollector {
  enum Outcome {
    case more
    /// A final head is complete.
    case complete
    case tooLarge
  }

  private let maximumBytes: Int
  private var byteCount = 0
  private(set) var status = 0
  private(set) var headers = HTTPHeaders()
  private(set) var isComplete = false

  init(maximumBytes: Int) {
    self.maximumBytes = maximumBytes
  }

  mutating func add(_ line: UnsafeRawBufferPointer) -> Outcome {
    byteCount += line.count
    if byteCount > maximumBytes { return .tooLarge }
    if isComplete { return .more }
    let text = Self.text(line)
    if text.isEmpty { return end() }
    if text.hasPrefix("HTTP/") {
      status = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
      headers = HTTPHeaders()
    } else if let colon = text.firstIndex(of: ":") {
      let value = text[text.index(after: colon)...].trimmingBlanks()
      headers.add(String(text[..<colon]), String(value))
    }
    return .more
  }

  /// The body's length, where the head tells it.
  func bodyLength(method: String) -> Int64? {
    if method == "HEAD" || status == 204 || status == 304 { return 0 }
    if headers.contains("Transfer-Encoding") { return nil }
    return headers["Content-Length"].flatMap { Int64($0) }.flatMap { $0 < 0 ? nil : $0 }
  }

  private mutating func end() -> Outcome {
    guard status >= 200 else { return .more }
    isComplete = true
    return .complete
  }

  /// The line without its end; one character per byte where it is not UTF-8.
  private static func text(_ line: UnsafeRawBufferPointer) -> String {
    var line = line[...]
    while let last = line.last, last == 0x0A || last == 0x0D { line = line.dropLast() }
    return String(validating: line, as: UTF8.self)
      ?? String(String.UnicodeScalarView(line.map { Unicode.Scalar($0) }))
  }
}
