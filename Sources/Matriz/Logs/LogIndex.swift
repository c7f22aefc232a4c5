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
  static func line(_ bytes: ArraySlice<UInt8>) -> Line? {
    guard bytes.count <= maximumLineBytes else { return nil }
    var rest = bytes
    guard let offset = number(&rest), let microseconds = number(&rest), let step = number(&rest),
      let stream = number(&rest).flatMap(UInt8.init(exactly:))
    else { return nil }
    var line = Line(offset: offset, microseconds: microseconds, step: Int(step), stream: stream)
    guard stream == noteStream else { return rest.isEmpty ? line : nil }
    guard let received = number(&rest), let count = number(&rest), count > 0,
      let kind = NoteKind(rawValue: String(decoding: rest, as: UTF8.self))
    else { return nil }
    line.note = Note(received: received, byteCount: count, kind: kind)
    return line
  }

  /// Takes a number and the blank behind it; a log may have millions of these lines, so no text is made of them.
  private static func number(_ rest: inout ArraySlice<UInt8>) -> Int64? {
    var number: Int64 = 0
    var index = rest.startIndex
    while index < rest.endIndex, rest[index] != UInt8(ascii: " ") {
      let digit = Int64(rest[index]) - Int64(UInt8(ascii: "0"))
      guard (0...9).contains(digit), number <= (Int64.max - digit) / 10 else { return nil }
      number = number * 10 + digit
      index += 1
    }
    guard index > rest.startIndex else { return nil }
    rest = index < rest.endIndex ? rest[(index + 1)...] : []
    return number
  }
}
