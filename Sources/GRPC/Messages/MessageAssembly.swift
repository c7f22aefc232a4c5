import Platform

/// A message whose bytes come in several parts.
///
/// The parts are kept where they lie. A peer that cuts a message into crumbs would make the list of parts larger than
/// the message, so after a few crumbs the bytes are copied together instead.
struct MessageAssembly {
  /// A message of up to this size is always copied together.
  static let maximumAssembledBytes = 4 * 1024
  /// A part below this is a crumb. (A full read, or the end of a DATA frame, makes one now and then.)
  static let crumbBytes = 1024
  static let maximumCrumbs = 8

  let byteCount: Int
  private(set) var missing: Int
  private var fragments: [ReceivedBytes] = []
  private var crumbs = 0
  private var assembled: [UInt8]?

  init(byteCount: Int) {
    self.byteCount = byteCount
    missing = byteCount
    if byteCount <= Self.maximumAssembledBytes { assembled = [] }
  }

  /// Takes the next part, which is not larger than what is missing; says whether the message is complete.
  mutating func append(_ part: ReceivedBytes) -> Bool {
    missing -= part.count
    if assembled != nil {
      part.withUnsafeBytes { assembled?.append(contentsOf: $0) }
      return missing == 0
    }
    fragments.append(part)
    if part.count < Self.crumbBytes { crumbs += 1 }
    if crumbs > Self.maximumCrumbs { assemble() }
    return missing == 0
  }

  /// The complete message.
  func message() -> IncomingMessage {
    if let assembled { return IncomingMessage(assembled: assembled) }
    if fragments.count == 1 { return IncomingMessage(fragments[0]) }
    return IncomingMessage(fragments: fragments, byteCount: byteCount)
  }

  private mutating func assemble() {
    var bytes: [UInt8] = []
    for fragment in fragments { fragment.withUnsafeBytes { bytes.append(contentsOf: $0) } }
    fragments = []
    assembled = bytes
  }
}
