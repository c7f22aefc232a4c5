/// A client's view of the answer to its call.
///
/// States: waiting for headers -> open (headers came) -> ended (with a status). Whatever comes after the end is dropped:
/// it is a legitimate race with our own reset.
struct ResponseState {
  private enum State {
    case waiting
    case open
    case ended
  }

  enum Action {
    case none
    /// The response headers of an answer that goes on.
    case open(GRPCMetadata)
    /// The call is over; reset the stream when the peer has not ended it.
    case end(GRPCStatus, mustReset: Bool)
  }

  private var state = State.waiting

  var isEnded: Bool { state == .ended }

  mutating func receive(_ block: HeaderBlock, endsStream: Bool) -> Action {
    switch state {
    case .ended: return .none
    case .waiting:
      // 1xx: the real answer is still to come.
      if let text = block[":status"], text.hasPrefix("1"), !endsStream { return .none }
      return receiveFirst(block, endsStream: endsStream)
    case .open:
      if block.isTooLarge { return tooLarge(endsStream: endsStream) }
      guard endsStream else {
        return end(GRPCStatus(.internalError, "headers in the middle of the answer"), mustReset: true)
      }
      return end(Self.status(ofTrailers: block), mustReset: false)
    }
  }

  /// The peer has ended its side with a DATA frame, so there are no trailers.
  mutating func receiveEnd() -> Action {
    if state == .ended { return .none }
    return end(GRPCStatus(.internalError, "the answer ended without a status"), mustReset: false)
  }

  /// The stream or its connection is gone, or we gave it up.
  mutating func fail(_ status: GRPCStatus, mustReset: Bool) -> Action {
    if state == .ended { return .none }
    return end(status, mustReset: mustReset)
  }

  private mutating func receiveFirst(_ block: HeaderBlock, endsStream: Bool) -> Action {
    if block.isTooLarge { return tooLarge(endsStream: endsStream) }
    // Trailers-only, whatever the HTTP status beside it.
    if endsStream, block["grpc-status"] != nil {
      return end(Self.status(ofTrailers: block), mustReset: false)
    }
    let httpStatus = block[":status"].flatMap { Int($0) } ?? 0
    guard httpStatus == 200 else {
      let status = GRPCStatus(
        GRPCStatus.Code(httpStatus: httpStatus), "the server answered with HTTP status \(httpStatus)")
      return end(status, mustReset: !endsStream)
    }
    guard RequestHead.isGRPC(contentType: block["content-type"]) else {
      return end(
        GRPCStatus(.unknown, "the answer's content-type is not application/grpc"), mustReset: !endsStream)
    }
    if let encoding = block["grpc-encoding"], encoding != "identity" {
      return end(
        GRPCStatus(.internalError, "the answer's encoding \(encoding) was not asked for"),
        mustReset: !endsStream)
    }
    if endsStream { return receiveEnd() }
    state = .open
    return .open(block.metadata)
  }

  private mutating func tooLarge(endsStream: Bool) -> Action {
    end(GRPCStatus(.resourceExhausted, "the answer's headers are too large"), mustReset: !endsStream)
  }

  private mutating func end(_ status: GRPCStatus, mustReset: Bool) -> Action {
    state = .ended
    return .end(status, mustReset: mustReset)
  }

  private static func status(ofTrailers block: HeaderBlock) -> GRPCStatus {
    guard let text = block["grpc-status"] else {
      return GRPCStatus(.internalError, "the answer ended without a status")
    }
    let message = StatusMessageCoding.decode(block["grpc-message"] ?? "")
    guard let number = Int(text) else {
      return GRPCStatus(.internalError, "the answer's status is malformed")
    }
    return GRPCStatus(
      GRPCStatus.Code(rawValue: number) ?? .unknown, message, metadata: block.metadata)
  }
}
