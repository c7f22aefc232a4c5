/// The index beside a log: what its bytes are, a line of text for each piece, in the order of the log.
///
/// Output: `offset microseconds step stream`, with stream 0 for standard output and 1 for standard error.
/// A note of ours: `offset microseconds step 2 received length kind`; it has `length` bytes, and after it the log goes
/// on with byte `received` of the worker's output. Offsets are those of the file.
enum LogIndex {
  /// The number that notes have in the place of a stream.
  static let noteStream: UInt8 = 2
  /// No line of ours is longer, in bytes.
  static let maximumLineBytes = 160

  enum NoteKind: String {
    case lost
    case cutOff = "cut-off"
    case full
    case hint
  }

  /// A note as the index has it.
  struct Note: Hashable {
    /// How many bytes of the worker's output came before what follows the note.
    let received: Int64
    let byteCount: Int64
    let kind: NoteKind
  }

  struct Line: Hashable {
    let offset: Int64
    let microseconds: Int64
    let step: Int
    let stream: UInt8
    /// Where `stream` is `noteStream`.
    var note: Note?

    var text: String {
      let head = "\(offset) \(microseconds) \(step) \(stream)"
      return note.map { "\(head) \($0.received) \($0.byteCount) \($0.kind.rawValue)\n" } ?? "\(head)\n"
    }
  }

  /// Reads a line without its end; `nil` for what is none of ours.
  static func line(_ bytes: some Collection<UInt8>) -> Line? {
    guard bytes.count <= maximumLineBytes else { return nil }
    let words = bytes.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false).map {
      String(decoding: $0, as: UTF8.self)
    }
    guard words.count == 4 || words.count == 7, let offset = Int64(words[0]), offset >= 0,
      let microseconds = Int64(words[1]), let step = Int(words[2]), let stream = UInt8(words[3])
    else { return nil }
    var line = Line(offset: offset, microseconds: microseconds, step: step, stream: stream)
    guard stream == noteStream else { return words.count == 4 ? line : nil }
    guard words.count == 7, let received = Int64(words[4]), received >= 0, let count = Int64(words[5]),
      count > 0, let kind = NoteKind(rawValue: words[6])
    else { return nil }
    line.note = Note(received: received, byteCount: count, kind: kind)
    return line
  }
}
