package import Platform

/// Where a server listens, and its limits. Each limit has its own answer (RFC 9110, section 15).
package struct HTTPServerConfiguration: Sendable {
  /// `host:port`, or `:port` for every address of the machine; port 0 takes a free one.
  package var address: String
  /// Open connections; further ones are answered 503.
  package var maximumConnections = 4_096
  /// The request's target; longer is 414.
  package var maximumTargetBytes = 8 << 10
  /// The whole head (at most 64 KiB); longer is 431, as are more fields than the next says.
  package var maximumHeaderBytes = 32 << 10
  package var maximumHeaderCount = 100
  /// A request's body; longer is 413. Handlers that collect have a limit of their own.
  package var maximumBodyBytes: Int64 = 1 << 40
  /// What is held of a body that the handler does not read; then the client has to wait.
  package var maximumBufferedBytes = 256 << 10
  /// From a request's first byte to the end of its head; 408.
  package var headerTimeoutSeconds: Double = 10
  /// In every such period of waiting for a body `minimumBodyBytes` must come; 408.
  package var bodyTimeoutSeconds: Double = 30
  package var minimumBodyBytes = 1_024
  /// How long a client may take none of the answer's bytes; the connection is cut then.
  package var outputTimeoutSeconds: Double = 60
  /// How long a connection may stay without a request; it is closed then.
  package var idleTimeoutSeconds: Double = 75
  /// What is read and dropped behind an early answer, so that the client sees it, before the connection is closed.
  package var drainTimeoutSeconds: Double = 2
  package var maximumDrainBytes = 4 << 20
  /// The number of event loops (threads).
  package var loops = 1
  /// Secures every connection; in the clear without it.
  package var security: (any TransportSecurity)?
  package var logger = Logger(label: "http")

  package init(address: String = "127.0.0.1:0") {
    self.address = address
  }
}

extension HTTPServerConfiguration {
  /// http-parser has a limit of its own, 80 KiB, that cannot be raised for one parser.
  private static let maximumParsedHeaderBytes = 64 << 10

  var machineLimits: ServerConnectionStateMachine.Limits {
    ServerConnectionStateMachine.Limits(
      parser: RequestParser.Limits(
        targetBytes: maximumTargetBytes,
        headerBytes: min(maximumHeaderBytes, Self.maximumParsedHeaderBytes), headerCount: maximumHeaderCount),
      bodyBytes: maximumBodyBytes, bodyBytesPerPeriod: minimumBodyBytes, drainBytes: maximumDrainBytes)
  }
}
