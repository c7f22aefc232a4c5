import Glibc
import Platform

/// What is read from the log of one attempt of a job: the findings of its commands, and the end of what a step wrote.
///
/// It blocks. The log is read once and in order, and is not changed any more: it is that of an attempt that is over.
struct JobOutput: ~Copyable {
  /// As much of the log is read at once.
  private static let readBytes = 1_024 * 1_024

  private let path: String
  private let log: Descriptor
  /// In bytes.
  private let size: Int64
  private let buffer: UnsafeMutableRawBufferPointer
  /// What is in the buffer.
  private var loaded: Range<Int64> = 0..<0

  /// `nil` when nothing was written.
  static func open(_ path: String) throws(SystemError) -> JobOutput? {
    do {
      return try JobOutput(path)
    } catch {
      guard error.code == ENOENT else { throw error }
      return nil
    }
  }

  private init(_ path: String) throws(SystemError) {
    let log = try Descriptor.open(path, flags: O_RDONLY)
    var status = stat()
    guard fstat(log.raw, &status) == 0 else { throw .last("read \(path)") }
    self.log = log
    self.path = path
    size = Int64(status.st_size)
    buffer = .allocate(byteCount: Self.readBytes, alignment: 1)
  }

  deinit {
    buffer.deallocate()
  }

  /// Gives all findings to `collect`, in the order of the log, and gives back the last lines of `failedStep`, with
  /// nothing in them when there is no such step or it wrote nothing.
  ///
  /// - Parameter commands: the steps whose output is that of the job's own commands.
  mutating func read(
    commands: Set<Int>, failedStep: Int?, _ collect: (Finding) -> Void
  ) throws(SystemError) -> String {
    var spans = try LogSpans(ofLog: path, size: size)
    var scanner = WorkflowCommandScanner()
    var lastLines = LastLines()
    var step: Int?
    while let span = try spans.next() {
      if span.step != step {
        scanner.endStep()
        step = span.step
      }
      if span.step == failedStep { lastLines.add(span) }
      guard span.stream != LogIndex.noteStream, commands.contains(span.step) else { continue }
      try load(span.range) { bytes in
        scanner.take(bytes, stream: Int(span.stream))
        scanner.takeFindings().forEach(collect)
      }
    }
    scanner.endStep()
    scanner.takeFindings().forEach(collect)
    var end: [UInt8] = []
    for span in lastLines.spans {
      try load(span.range) { end.append(contentsOf: $0) }
    }
    return LastLines.text(end, isCut: lastLines.isCut)
  }

  /// Gives the bytes to `body`, in order, in pieces.
  private mutating func load(
    _ range: Range<Int64>, _ body: (UnsafeRawBufferPointer) -> Void
  ) throws(SystemError) {
    var offset = range.lowerBound
    while offset < range.upperBound {
      if !loaded.contains(offset) {
        let count = pread(log.raw, buffer.baseAddress, buffer.count, off_t(offset))
        if count < 0, errno == EINTR { continue }
        if count < 0 { throw .last("read \(path)") }
        // It became shorter.
        if count == 0 { return }
        loaded = offset..<(offset + Int64(count))
      }
      let start = Int(offset - loaded.lowerBound)
      let end = Int(min(range.upperBound, loaded.upperBound) - loaded.lowerBound)
      body(UnsafeRawBufferPointer(rebasing: buffer[start..<end]))
      offset = loaded.lowerBound + Int64(end)
    }
  }
}
