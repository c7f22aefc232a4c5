import Glibc
import Platform

/// A part of a log that one step wrote to one stream, or a note of ours.
struct LogSpan: Hashable {
  var range: Range<Int64>
  let step: Int
  /// 0, 1, or `LogIndex.noteStream`.
  let stream: UInt8
}

/// The parts of a log, in order, by the index beside it. What follows each other of the same step and stream is one part.
///
/// It blocks, and keeps a part of the index at a time.
struct LogSpans: ~Copyable {
  /// A part of the index, when it is read.
  private static let readBytes = 256 * 1_024

  private let index: Descriptor
  /// The log's length in bytes.
  private let size: Int64
  private var buffer: [UInt8] = []
  private var position = 0
  private var isBegun = false
  private var isAtEnd = false
  /// Where the next part begins, if anything is said of it.
  private var following: LogIndex.Line?

  /// - Parameters:
  ///   - path: the log's.
  ///   - size: the log's, in bytes.
  init(ofLog path: String, size: Int64) throws(SystemError) {
    index = try Descriptor.open("\(path).idx", flags: O_RDONLY)
    self.size = size
  }

  mutating func next() throws(SystemError) -> LogSpan? {
    if !isBegun {
      isBegun = true
      following = try nextLine()
    }
    guard let first = following else { return nil }
    following = try nextLine()
    while let line = following, line.note == nil, first.note == nil, line.step == first.step,
      line.stream == first.stream
    {
      following = try nextLine()
    }
    let end = min(following?.offset ?? size, size)
    guard first.offset < end else { return nil }
    return LogSpan(range: first.offset..<end, step: first.step, stream: first.stream)
  }

  /// A line that is none of ours ends the index, as it does for whoever goes on writing.
  private mutating func nextLine() throws(SystemError) -> LogIndex.Line? {
    while !isAtEnd {
      if let end = buffer[position...].firstIndex(of: UInt8(ascii: "\n")) {
        let line = LogIndex.line(buffer[position..<end])
        position = end + 1
        guard let line, line.offset >= following?.offset ?? 0 else { break }
        return line
      }
      buffer.removeFirst(position)
      position = 0
      let more = try index.read(upTo: Self.readBytes)
      if more.isEmpty || buffer.count > LogIndex.maximumLineBytes { break }
      buffer += more
    }
    isAtEnd = true
    return nil
  }
}
