package import Platform

/// Where a server listens and what it grants its clients.
package struct GRPCServerConfiguration: Sendable {
  /// Port 0 takes any free one; `GRPCServer.port` tells which.
  package var endpoint: Endpoint
  /// TLS with ALPN `h2`; nil is HTTP/2 in the clear, by prior knowledge.
  package var security: (any TransportSecurity)?
  package var limits = GRPCLimits()
  /// nil: silent clients are never looked after.
  package var keepalive: GRPCKeepalive? = GRPCKeepalive()
  /// The loops that connections live on; nil gives the server loops of its own, which end with it.
  package var group: EventLoopGroup?

  package init(
    endpoint: Endpoint = Endpoint(host: "127.0.0.1", port: 0), security: (any TransportSecurity)? = nil
  ) {
    self.endpoint = endpoint
    self.security = security
  }
}
