/// The header fields that a client sends ("gRPC over HTTP2", Requests).
enum RequestFields {
  static func headers(
    path: String, authority: String, isSecured: Bool, timeoutSeconds: Double?, metadata: GRPCMetadata
  ) -> [(name: String, value: String)] {
    var fields: [(name: String, value: String)] = [
      (":method", "POST"), (":scheme", isSecured ? "https" : "http"), (":path", path),
      (":authority", authority), ("te", "trailers"), ("content-type", "application/grpc"),
      ("user-agent", "mise-ci-grpc"), ("grpc-accept-encoding", "identity"),
    ]
    if let timeoutSeconds { fields.append(("grpc-timeout", GRPCTimeout.encode(seconds: timeoutSeconds))) }
    return fields + metadata.entries.map { ($0.name, $0.value) }
  }
}
