package import Platform

/// How a client connects and what it grants the server.
package struct GRPCClientConfiguration: Sendable {
  /// TLS with ALPN `h2`; nil is HTTP/2 in the clear, by prior knowledge.
  package var security: (any TransportSecurity)?
  package var limits = GRPCLimits()
  /// nil: a silent server is never noticed.
  package var keepalive: GRPCKeepalive? = GRPCKeepalive()
  /// For name, TCP, TLS and the first HTTP/2 frame together.
  package var connectTimeoutSeconds = 10.0
  /// The loop that the connection lives on; nil: one that all such clients of the process share.
  package var loop: EventLoop?

  package init(security: (any TransportSecurity)? = nil) {
    self.security = security
  }
}
