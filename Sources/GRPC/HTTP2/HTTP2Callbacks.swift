import CNghttp2
import Platform

/// nghttp2's callbacks and options, the same for every session of the process.
struct HTTP2Callbacks: @unchecked Sendable {
  // Written once below and only read by nghttp2 after that.
  static let shared = HTTP2Callbacks()

  /// Bounds against peers that make us work or queue answers (names are nghttp2's).
  private static let maximumQueuedAcknowledgements = 100
  private static let maximumSettingsPerFrame = 16
  private static let maximumContinuations = 8
  private static let resetBurst: UInt64 = 200
  private static let resetsPerSecond: UInt64 = 20

  let table: OpaquePointer?
  let options: OpaquePointer?

  private init() {
    var table: OpaquePointer?
    nghttp2_session_callbacks_new(&table)
    nghttp2_session_callbacks_set_on_begin_headers_callback(table, onBeginHeaders)
    nghttp2_session_callbacks_set_on_header_callback(table, onHeader)
    nghttp2_session_callbacks_set_on_frame_recv_callback(table, onFrameReceived)
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(table, onDataChunk)
    nghttp2_session_callbacks_set_on_stream_close_callback(table, onStreamClose)
    nghttp2_session_callbacks_set_on_frame_send_callback(table, onFrameSent)
    nghttp2_session_callbacks_set_send_data_callback(table, onSendData)
    nghttp2_session_callbacks_set_data_source_read_length_callback(table, dataFrameLength)
    self.table = table
    var options: OpaquePointer?
    nghttp2_option_new(&options)
    nghttp2_option_set_no_auto_window_update(options, 1)
    nghttp2_option_set_no_closed_streams(options, 1)
    nghttp2_option_set_max_deflate_dynamic_table_size(options, 0)
    nghttp2_option_set_max_reserved_remote_streams(options, 0)
    nghttp2_option_set_max_outbound_ack(options, Self.maximumQueuedAcknowledgements)
    nghttp2_option_set_max_settings(options, Self.maximumSettingsPerFrame)
    nghttp2_option_set_max_continuations(options, Self.maximumContinuations)
    nghttp2_option_set_stream_reset_rate_limit(options, Self.resetBurst, Self.resetsPerSecond)
    self.options = options
  }

  static var dataProvider: nghttp2_data_provider {
    nghttp2_data_provider(source: nghttp2_data_source(fd: 0), read_callback: onReadData)
  }
}

private func session(_ user: UnsafeMutableRawPointer?) -> HTTP2Session? {
  user.map { Unmanaged<HTTP2Session>.fromOpaque($0).takeUnretainedValue() }
}

private func endsStream(_ header: nghttp2_frame_hd) -> Bool {
  header.flags & UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) != 0
}

private func isType(_ header: nghttp2_frame_hd, _ type: nghttp2_frame_type) -> Bool {
  header.type == UInt8(type.rawValue)
}

private let onBeginHeaders: nghttp2_on_begin_headers_callback = { _, _, user in
  session(user)?.headerBlock = HeaderBlock()
  return 0
}

private let onHeader: nghttp2_on_header_callback = {
  _, _, name, nameCount, value, valueCount, _, user in
  guard let session = session(user) else { return 0 }
  session.headerBlock.append(
    name: UnsafeRawBufferPointer(start: name, count: nameCount),
    value: UnsafeRawBufferPointer(start: value, count: valueCount),
    maximumBytes: session.limits.maximumHeaderBytes)
  return 0
}

private let onFrameReceived: nghttp2_on_frame_recv_callback = { _, frame, user in
  guard let session = session(user), let header = frame?.pointee.hd else { return 0 }
  switch UInt32(header.type) {
  case NGHTTP2_HEADERS.rawValue:
    let block = session.headerBlock
    session.headerBlock = HeaderBlock()
    session.delegate.receivedHeaders(block, stream: header.stream_id, endsStream: endsStream(header))
  case NGHTTP2_DATA.rawValue where endsStream(header):
    session.delegate.receivedEnd(stream: header.stream_id)
  case NGHTTP2_SETTINGS.rawValue where header.flags & UInt8(NGHTTP2_FLAG_ACK.rawValue) == 0:
    session.delegate.receivedSettings()
  case NGHTTP2_GOAWAY.rawValue:
    session.delegate.receivedGoAway(error: frame?.pointee.goaway.error_code ?? 0)
  default: break
  }
  return 0
}

private let onDataChunk: nghttp2_on_data_chunk_recv_callback = { _, _, stream, bytes, count, user in
  guard let session = session(user),
    let part = session.current?.slice(UnsafeRawBufferPointer(start: bytes, count: count))
  else { return Int32(NGHTTP2_ERR_CALLBACK_FAILURE.rawValue) }
  session.delegate.receivedData(part, stream: stream)
  return 0
}

private let onStreamClose: nghttp2_on_stream_close_callback = { _, stream, error, user in
  session(user)?.delegate.streamClosed(stream, error: error)
  return 0
}

/// A server that has ended a call while its client still sends: the client is told to stop (RFC 9113 section 8.1).
private let onFrameSent: nghttp2_on_frame_send_callback = { native, frame, user in
  guard let session = session(user), session.role == .server, let header = frame?.pointee.hd,
    isType(header, NGHTTP2_HEADERS), endsStream(header),
    nghttp2_session_get_stream_remote_close(native, header.stream_id) == 0
  else { return 0 }
  session.reset(stream: header.stream_id, error: HTTP2Error.noError)
  return 0
}

/// nghttp2 makes its frame buffer as large as the answer, though the data never gets into it: so no more is said than
/// there is to send, and a call with small messages needs no buffer of its own.
private let dataFrameLength: nghttp2_data_source_read_length_callback = {
  _, _, stream, connectionWindow, streamWindow, maximumFrame, user in
  var available = 0
  if case .available(let count)? = session(user)?.delegate.outboundState(stream: stream) { available = count }
  return min(
    Int(connectionWindow), Int(streamWindow), Int(maximumFrame),
    max(HTTP2Session.defaultFrameBytes, min(available, HTTP2Session.maximumFrameBytes)))
}

private let onReadData: nghttp2_data_source_read_callback = {
  native, stream, _, length, flags, _, user in
  guard let session = session(user) else { return Int(NGHTTP2_ERR_CALLBACK_FAILURE.rawValue) }
  switch session.delegate.outboundState(stream: stream) {
  case .available(let count):
    flags?.pointee |= NGHTTP2_DATA_FLAG_NO_COPY.rawValue
    return min(count, length)
  case .waiting:
    return Int(NGHTTP2_ERR_DEFERRED.rawValue)
  case .finished:
    flags?.pointee |= NGHTTP2_DATA_FLAG_EOF.rawValue
    return 0
  case .finishedWithTrailers(let trailers):
    flags?.pointee |= NGHTTP2_DATA_FLAG_EOF.rawValue | NGHTTP2_DATA_FLAG_NO_END_STREAM.rawValue
    let result = HeaderFields.withNative(trailers) { nghttp2_submit_trailer(native, stream, $0, $1) }
    return result == 0 ? 0 : Int(NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue)
  }
}

private let onSendData: nghttp2_send_data_callback = { _, frame, frameHeader, count, _, user in
  guard let session = session(user), let stream = frame?.pointee.hd.stream_id else { return 0 }
  session.delegate.writeData(
    frameHeader: UnsafeRawBufferPointer(start: frameHeader, count: 9), byteCount: count, stream: stream)
  return 0
}
