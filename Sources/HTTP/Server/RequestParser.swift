import CHTTPParser

/// Turns bytes into requests, one at a time; http-parser does the work, and what it lets pass is refused here.
///
/// A value without a pointer into itself, so a connection's state can be copied and tested. Between requests it
/// holds no memory but its own few words.
struct RequestParser {
  struct Limits {
    var targetBytes: Int
    /// At most 64 KiB: the library's own limit is 80.
    var headerBytes: Int
    var headerCount: Int
  }

  enum Event {
    case head(RequestHead)
    /// A part of the body, as a range of the bytes that were given.
    case body(Range<Int>)
    case end
  }

  private var parser = http_parser()
  private var scanner = RequestHeadScanner()
  /// While a chunked body comes.
  private var chunks: RequestChunkScanner?
  private var partial: PartialRequestHead?
  private let limits: Limits

  init(limits: Limits) {
    self.limits = limits
    http_parser_init(&parser, HTTP_REQUEST)
  }

  /// Whether no byte of a request came since the last one ended.
  var isIdle: Bool { scanner.isIdle }

  /// Parses until the bytes are used up or one request is over, appends what was found to `events`, and says
  /// how many bytes were used. After a failure the parser is of no more use.
  mutating func parse(
    _ bytes: UnsafeRawBufferPointer, into events: inout [Event]
  ) throws(RequestFailure) -> Int {
    var used = 0
    if !scanner.isComplete {
      used = try scanner.scan(bytes, maximumBytes: limits.headerBytes)
      try execute(bytes, 0..<used, &events)
      if !scanner.isComplete, scanner.byteCount >= limits.headerBytes {
        throw scanner.isInRequestLine
          ? RequestFailure(414, "the request's target is over \(limits.targetBytes) bytes")
          : RequestFailure(431, "the request's head is over \(limits.headerBytes) bytes")
      }
    }
    if case .head(let head) = events.last, head.bodyLength == .chunked { chunks = RequestChunkScanner() }
    if scanner.isComplete, !isOver(events), used < bytes.count {
      let end = try bodyEnd(bytes, from: used)
      used += try execute(bytes, used..<end, &events)
    }
    if isOver(events) {
      scanner = RequestHeadScanner()
      chunks = nil
    }
    return used
  }

  /// Up to where the bytes may be given to the library as a part of the body.
  private mutating func bodyEnd(_ bytes: UnsafeRawBufferPointer, from start: Int) throws(RequestFailure)
    -> Int
  {
    guard chunks != nil else { return bytes.count }
    return try start + (chunks?.scan(UnsafeRawBufferPointer(rebasing: bytes[start...])) ?? 0)
  }

  private func isOver(_ events: [Event]) -> Bool {
    if case .end = events.last { true } else { false }
  }

  @discardableResult
  private mutating func execute(
    _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, _ events: inout [Event]
  ) throws(RequestFailure) -> Int {
    guard let base = bytes.baseAddress, !range.isEmpty else { return 0 }
    var context = RequestParserContext(
      base: base, limits: limits, partial: partial ?? PartialRequestHead(), events: events)
    let used = withUnsafeMutablePointer(to: &context) { context in
      parser.data = UnsafeMutableRawPointer(context)
      defer { parser.data = nil }
      let start = (base + range.lowerBound).assumingMemoryBound(to: CChar.self)
      return withUnsafePointer(to: requestParserSettings) {
        http_parser_execute(&parser, $0, start, range.count)
      }
    }
    events = context.events
    partial = scanner.isComplete ? nil : context.partial
    if let failure = context.failure { throw failure }
    let error = http_errno(parser.http_errno)
    if error == HPE_PAUSED {
      http_parser_pause(&parser, 0)
    } else if error != HPE_OK {
      throw Self.failure(error)
    }
    return used
  }

  private static func failure(_ error: http_errno) -> RequestFailure {
    let what = String(cString: http_errno_description(error))
    return RequestFailure(error == HPE_HEADER_OVERFLOW ? 431 : 400, "the request is not HTTP/1.1: \(what)")
  }
}

/// What came of a head until now.
struct PartialRequestHead {
  var target: [UInt8] = []
  var fields: [(name: [UInt8], value: [UInt8])] = []
  /// The last callback brought a part of a value, so the next name begins a new field.
  var isInValue = true
}

/// What the library's callbacks work on during one call of `http_parser_execute`.
private struct RequestParserContext {
  let base: UnsafeRawPointer
  let limits: RequestParser.Limits
  var partial: PartialRequestHead
  var events: [RequestParser.Event]
  var failure: RequestFailure?
  /// Fields behind a chunked body are checked by the library and dropped.
  var isInTrailer: Bool { partial.isComplete }
}

extension PartialRequestHead {
  fileprivate var isComplete: Bool { target.isEmpty }
}

extension RequestParserContext {
  mutating func appendTarget(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard partial.target.count + bytes.count <= limits.targetBytes else {
      return refuse(414, "the request's target is over \(limits.targetBytes) bytes")
    }
    partial.target.append(contentsOf: bytes)
    return true
  }

  mutating func appendName(_ bytes: UnsafeRawBufferPointer) -> Bool {
    if isInTrailer { return true }
    guard bytes.allSatisfy(HTTPSyntax.isToken) else {
      return refuse(400, "a header's name has a character that names do not have")
    }
    if partial.isInValue {
      partial.isInValue = false
      guard partial.fields.count < limits.headerCount else {
        return refuse(431, "the request has more than \(limits.headerCount) header lines")
      }
      partial.fields.append((name: [], value: []))
    }
    partial.fields[partial.fields.count - 1].name.append(contentsOf: bytes)
    return true
  }

  mutating func appendValue(_ bytes: UnsafeRawBufferPointer) -> Bool {
    if isInTrailer || partial.fields.isEmpty { return true }
    partial.isInValue = true
    partial.fields[partial.fields.count - 1].value.append(contentsOf: bytes)
    return true
  }

  mutating func completeHead(_ parser: http_parser) -> Bool {
    do throws(RequestFailure) {
      events.append(.head(try RequestHead(partial, parser)))
    } catch {
      failure = error
      return false
    }
    partial = PartialRequestHead()
    return true
  }

  private mutating func refuse(_ status: Int, _ detail: String) -> Bool {
    failure = RequestFailure(status, detail)
    return false
  }
}

private func withContext(
  _ parser: UnsafeMutablePointer<http_parser>?, _ body: (inout RequestParserContext) -> Bool
) -> Int32 {
  guard let data = parser?.pointee.data else { return -1 }
  return body(&data.assumingMemoryBound(to: RequestParserContext.self).pointee) ? 0 : -1
}

/// The callbacks. They are C functions: what they need is in the parser's `data`.
private let requestParserSettings: http_parser_settings = {
  var settings = http_parser_settings()
  http_parser_settings_init(&settings)
  settings.on_url = { parser, start, count in
    withContext(parser) { $0.appendTarget(UnsafeRawBufferPointer(start: start, count: count)) }
  }
  settings.on_header_field = { parser, start, count in
    withContext(parser) { $0.appendName(UnsafeRawBufferPointer(start: start, count: count)) }
  }
  settings.on_header_value = { parser, start, count in
    withContext(parser) { $0.appendValue(UnsafeRawBufferPointer(start: start, count: count)) }
  }
  settings.on_headers_complete = { parser in
    guard let parser else { return -1 }
    // `Upgrade` is ignored (RFC 9110, section 7.8); else the library would take the rest for another protocol.
    parser.pointee.upgrade = 0
    return withContext(parser) { $0.completeHead(parser.pointee) }
  }
  settings.on_body = { parser, start, count in
    withContext(parser) { context in
      guard let start else { return true }
      let offset = UnsafeRawPointer(start) - context.base
      context.events.append(.body(offset..<offset + count))
      return true
    }
  }
  settings.on_message_complete = { parser in
    // Requests are answered in order: the next one is not looked at before this one is.
    http_parser_pause(parser, 1)
    return withContext(parser) { context in
      context.events.append(.end)
      return true
    }
  }
  return settings
}()
