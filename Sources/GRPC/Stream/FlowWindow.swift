/// How large the window of one call is.
///
/// It begins small, and doubles each time that many windows full of bytes have come in a row while the consumer was
/// waiting for them: then the window, or the network, is what limits the call. A consumer that falls behind its peer
/// now and then never sees more than the small window, so its memory stays small.
struct FlowWindow {
  static let windowsBeforeGrowth = 32

  private(set) var byteCount: Int
  private let maximumBytes: Int
  /// Bytes that came in a row while nothing was waiting to be taken.
  private var keptUpBytes = 0

  init(initialBytes: Int, maximumBytes: Int) {
    self.maximumBytes = max(initialBytes, maximumBytes)
    byteCount = initialBytes
  }

  /// Bytes have come; says whether the window has grown.
  mutating func receive(_ count: Int, consumerWaits: Bool) -> Bool {
    guard consumerWaits, byteCount < maximumBytes else {
      keptUpBytes = 0
      return false
    }
    keptUpBytes += count
    guard keptUpBytes >= Self.windowsBeforeGrowth * byteCount else { return false }
    keptUpBytes = 0
    byteCount = min(maximumBytes, 2 * byteCount)
    return true
  }
}
