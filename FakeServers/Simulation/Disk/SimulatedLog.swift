/// The log of one attempt on the disk, and what its worker really printed.
final class SimulatedLog {
  let key: AttemptKey
  private(set) var bytes: [UInt8] = []
  /// The server has told the worker that it has the bytes before this.
  private(set) var acknowledged = 0
  /// What the commands of this attempt printed, in order.
  private(set) var printed: [UInt8] = []
  /// The worker has ended in good order: it said that everything was acknowledged.
  var isComplete = false
  private let nature: Nature

  init(key: AttemptKey, nature: Nature) {
    self.key = key
    self.nature = nature
  }

  /// A command prints so many bytes, unlike those before and after them.
  func print(_ count: Int) -> [UInt8] {
    let fresh = (0..<count).map { _ in UInt8(truncatingIfNeeded: nature.random.next()) }
    printed += fresh
    return fresh
  }

  func append(_ more: [UInt8]) {
    let end = bytes.count + more.count
    nature.expect(
      .acknowledgedOutputStays,
      end <= printed.count && printed[bytes.count..<end].elementsEqual(more),
      "the log of \(key) has \(more.count) bytes at \(bytes.count) that its worker did not print there")
    bytes += more
  }

  func acknowledge(before offset: Int) {
    acknowledged = max(acknowledged, offset)
  }

  /// What a crash leaves: everything that was acknowledged, and perhaps some of the rest.
  func crash() {
    guard bytes.count > acknowledged, nature.random.happens(perMille: 500) else { return checkLength() }
    nature.count(.logTailCut)
    bytes.removeLast(1 + nature.random.below(bytes.count - acknowledged))
    checkLength()
  }

  func checkLength() {
    nature.expect(
      .acknowledgedOutputStays, bytes.count >= acknowledged,
      "\(acknowledged) bytes of \(key) were acknowledged, and \(bytes.count) are there")
    nature.expect(
      .acknowledgedOutputStays, !isComplete || bytes == printed,
      "the worker of \(key) was let go with \(bytes.count) of \(printed.count) bytes in the log")
  }
}
