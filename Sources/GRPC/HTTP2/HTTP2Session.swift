import CNghttp2
import Platform

/// What a session tells the connection that owns it. All calls come from inside `receive` and `nextOutput`.
protocol HTTP2SessionDelegate: AnyObject {
  /// A complete HEADERS frame with its continuations.
  func receivedHeaders(_ block: HeaderBlock, stream: Int32, endsStream: Bool)
  /// A part of a DATA frame's payload.
  func receivedData(_ bytes: ReceivedBytes, stream: Int32)
  /// The peer has ended its side with a DATA frame.
  func receivedEnd(stream: Int32)
  func receivedSettings()
  func receivedGoAway(error: UInt32)
  /// The stream is gone; `error` is the code of a reset, from either side, or 0.
  func streamClosed(_ stream: Int32, error: UInt32)
  /// How the next DATA frame of the stream is to be filled.
  func outboundState(stream: Int32) -> HTTP2Session.OutboundState
  /// Writes a DATA frame: its header, then `byteCount` bytes of the stream.
  func writeData(frameHeader: UnsafeRawBufferPointer, byteCount: Int, stream: Int32)
}

/// One side of an HTTP/2 connection: nghttp2's session, with bytes in, bytes out, and calls to its delegate.
///
/// Confined to the loop of its connection. nghttp2 keeps the protocol's rules (frame order, header compression, flow
/// control, floods); a peer that breaks them makes `receive` fail, after which the rest of the output (GOAWAY) is
/// to be sent and the connection closed.
final class HTTP2Session {
  enum Role {
    case server, client
  }

  enum OutboundState {
    case available(Int)
    /// Nothing now; `resume` when there is.
    case waiting
    /// All is sent; the stream ends with the last frame.
    case finished
    /// All is sent; these trailers end the stream.
    case finishedWithTrailers([(name: String, value: String)])
  }

  /// The largest DATA frame that is sent, if the peer takes such, and the largest frame that is received.
  static let maximumFrameBytes = 256 * 1024
  /// The largest frame that everybody takes (RFC 9113 section 4.2).
  static let defaultFrameBytes = 16 * 1024

  let role: Role
  unowned let delegate: any HTTP2SessionDelegate
  let limits: GRPCLimits
  private let memory: HTTP2Memory
  private(set) var pointer: OpaquePointer?

  /// The bytes that `receive` works on now.
  var current: ReceivedBytes?
  var headerBlock = HeaderBlock()

  init(
    role: Role, limits: GRPCLimits, memory: HTTP2Memory, delegate: any HTTP2SessionDelegate
  ) throws {
    self.role = role
    self.memory = memory
    self.limits = limits
    self.delegate = delegate
    let user = Unmanaged.passUnretained(self).toOpaque()
    let result =
      switch role {
      case .server:
        memory.creating {
          nghttp2_session_server_new3(
            &pointer, HTTP2Callbacks.shared.table, user, HTTP2Callbacks.shared.options, $0)
        }
      case .client:
        memory.creating {
          nghttp2_session_client_new3(
            &pointer, HTTP2Callbacks.shared.table, user, HTTP2Callbacks.shared.options, $0)
        }
      }
    // The only failure is a lack of memory.
    guard result == 0 else { throw GRPCStatus(.resourceExhausted, "no memory for an HTTP/2 session") }
    submitSettings()
  }

  deinit {
    nghttp2_session_del(pointer)
  }

  private func submitSettings() {
    func entry(_ id: nghttp2_settings_id, _ value: Int) -> nghttp2_settings_entry {
      nghttp2_settings_entry(settings_id: Int32(id.rawValue), value: UInt32(clamping: value))
    }
    var settings = [
      entry(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, limits.initialWindowBytes),
      // Few calls, each of them long: a table of headers seen before costs more than it saves.
      entry(NGHTTP2_SETTINGS_HEADER_TABLE_SIZE, 0),
      entry(NGHTTP2_SETTINGS_MAX_FRAME_SIZE, Self.maximumFrameBytes),
      entry(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, limits.maximumHeaderBytes),
    ]
    switch role {
    case .server:
      settings.append(entry(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits.maximumConcurrentStreams))
    case .client:
      settings.append(entry(NGHTTP2_SETTINGS_ENABLE_PUSH, 0))
    }
    nghttp2_submit_settings(pointer, UInt8(NGHTTP2_FLAG_NONE.rawValue), settings, settings.count)
    nghttp2_session_set_local_window_size(
      pointer, UInt8(NGHTTP2_FLAG_NONE.rawValue), 0, Int32(clamping: limits.connectionWindowBytes))
  }

  // MARK: Bytes

  /// Takes what the peer sent; false when the peer broke the protocol beyond repair.
  func receive(_ bytes: ReceivedBytes) -> Bool {
    current = bytes
    defer { current = nil }
    let result = bytes.withUnsafeBytes { raw in
      nghttp2_session_mem_recv(
        pointer, raw.baseAddress?.assumingMemoryBound(to: UInt8.self), raw.count)
    }
    return result == bytes.count
  }

  /// Calls `body` with the next bytes to be sent (DATA frames go to the delegate instead); false when there are none.
  func nextOutput(_ body: (UnsafeRawBufferPointer) -> Void) -> Bool {
    var start: UnsafePointer<UInt8>?
    let count = nghttp2_session_mem_send(pointer, &start)
    guard count > 0, let start else { return false }
    body(UnsafeRawBufferPointer(start: start, count: count))
    return true
  }

  /// The connection has nothing more to say or to hear.
  var isOver: Bool {
    nghttp2_session_want_read(pointer) == 0 && nghttp2_session_want_write(pointer) == 0
  }

  // MARK: Streams

  /// A new request whose body the delegate gives; its stream id, or nil when the connection takes no more.
  func submitRequest(_ fields: [(name: String, value: String)]) -> Int32? {
    let id = HeaderFields.withNative(fields) { native, count in
      var provider = HTTP2Callbacks.dataProvider
      return nghttp2_submit_request(pointer, nil, native, count, &provider, nil)
    }
    return id > 0 ? id : nil
  }

  /// Response headers, with a body that the delegate gives, or without one, which ends the stream.
  func submitResponse(_ fields: [(name: String, value: String)], stream: Int32, hasBody: Bool) {
    HeaderFields.withNative(fields) { native, count in
      var provider = HTTP2Callbacks.dataProvider
      _ = withUnsafeMutablePointer(to: &provider) {
        nghttp2_submit_response(pointer, stream, native, count, hasBody ? $0 : nil)
      }
    }
  }

  /// The stream has something to send again.
  func resume(stream: Int32) {
    nghttp2_session_resume_data(pointer, stream)
  }

  func reset(stream: Int32, error: UInt32) {
    nghttp2_submit_rst_stream(pointer, UInt8(NGHTTP2_FLAG_NONE.rawValue), stream, error)
  }

  /// Our side of the stream has not been ended yet.
  func isLocallyOpen(stream: Int32) -> Bool {
    nghttp2_session_get_stream_local_close(pointer, stream) == 0
  }

  // MARK: Flow control

  /// The consumer has taken bytes of a stream: its window and the connection's may grow.
  func consume(stream: Int32, byteCount: Int) {
    nghttp2_session_consume(pointer, stream, byteCount)
  }

  func setWindow(stream: Int32, byteCount: Int) {
    nghttp2_session_set_local_window_size(
      pointer, UInt8(NGHTTP2_FLAG_NONE.rawValue), stream, Int32(clamping: byteCount))
  }

  /// Bytes of a stream that is gone will not be taken any more.
  func consumeConnection(byteCount: Int) {
    nghttp2_session_consume_connection(pointer, byteCount)
  }

  // MARK: Connection

  func ping() {
    nghttp2_submit_ping(pointer, UInt8(NGHTTP2_FLAG_NONE.rawValue), nil)
  }

  /// Tells the peer to open no more streams; those that are open go on.
  func goAway(error: UInt32 = HTTP2Error.noError) {
    nghttp2_submit_goaway(
      pointer, UInt8(NGHTTP2_FLAG_NONE.rawValue), nghttp2_session_get_last_proc_stream_id(pointer), error,
      nil,
      0)
  }
}
