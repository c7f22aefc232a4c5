/// What a call's request headers say, or why they are refused ("gRPC over HTTP2", Requests).
struct RequestHead: Sendable {
  /// "/package.Service/Method"
  let path: String
  let metadata: GRPCMetadata
  let timeoutSeconds: Double?

  /// An answer to a request that is not a call.
  struct Refusal: Error, Equatable {
    let httpStatus: Int
    let status: GRPCStatus
  }

  init(_ block: HeaderBlock) throws(Refusal) {
    if block.isTooLarge {
      throw Refusal(httpStatus: 431, status: GRPCStatus(.resourceExhausted, "the headers are too large"))
    }
    guard block[":method"] == "POST" else {
      throw Refusal(httpStatus: 405, status: GRPCStatus(.internalError, "a call is a POST"))
    }
    guard Self.isGRPC(contentType: block["content-type"]) else {
      throw Refusal(
        httpStatus: 415, status: GRPCStatus(.unknown, "the content-type is not application/grpc"))
    }
    guard block["te"] == "trailers" else {
      throw Refusal(httpStatus: 200, status: GRPCStatus(.internalError, "te: trailers is missing"))
    }
    if let encoding = block["grpc-encoding"], encoding != "identity" {
      throw Refusal(
        httpStatus: 200,
        status: GRPCStatus(
          .unimplemented, "the encoding \(encoding) is not supported"))
    }
    guard let path = block[":path"], path.hasPrefix("/") else {
      throw Refusal(httpStatus: 200, status: GRPCStatus(.unimplemented, "the path is not one of a method"))
    }
    var timeoutSeconds: Double?
    if let text = block["grpc-timeout"] {
      timeoutSeconds = GRPCTimeout.decode(text)
      guard timeoutSeconds != nil else {
        throw Refusal(httpStatus: 200, status: GRPCStatus(.internalError, "grpc-timeout is malformed"))
      }
    }
    self.path = path
    self.metadata = block.metadata
    self.timeoutSeconds = timeoutSeconds
  }

  static func isGRPC(contentType: String?) -> Bool {
    guard let contentType, contentType.hasPrefix("application/grpc") else { return false }
    let rest = contentType.dropFirst("application/grpc".count)
    return rest.isEmpty || rest.hasPrefix("+") || rest.hasPrefix(";")
  }
}
