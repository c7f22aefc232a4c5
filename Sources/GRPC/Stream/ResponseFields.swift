/// The header fields that a server sends ("gRPC over HTTP2", Responses).
enum ResponseFields {
  typealias Fields = [(name: String, value: String)]

  static func headers(_ metadata: GRPCMetadata) -> Fields {
    [(":status", "200"), ("content-type", "application/grpc")] + fields(metadata)
  }

  static func trailers(_ status: GRPCStatus) -> Fields {
    var trailers: Fields = [("grpc-status", String(status.code.rawValue))]
    if !status.message.isEmpty {
      trailers.append(("grpc-message", StatusMessageCoding.encode(status.message)))
    }
    return trailers + fields(status.metadata)
  }

  /// Headers and trailers in one, for a call that ends without a message.
  static func trailersOnly(_ status: GRPCStatus, httpStatus: Int = 200) -> Fields {
    [(":status", String(httpStatus)), ("content-type", "application/grpc")] + trailers(status)
  }

  private static func fields(_ metadata: GRPCMetadata) -> Fields {
    metadata.entries.map { ($0.name, $0.value) }
  }
}
