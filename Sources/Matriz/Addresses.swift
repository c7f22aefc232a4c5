import Configuration
import Platform

/// What others are told to connect to. It comes from the configuration, never from a request; only a matriz that
/// serves this machine alone may do without, since there is but one way to reach it.
struct Addresses: Sendable {
  /// `http://host:port`, without a slash at its end.
  let url: String
  /// `host:port`
  let grpc: String

  init(_ server: MatrizConfiguration.Server, http: SocketAddress, grpc: SocketAddress?) throws(MatrizError) {
    if let configured = server.externalURL {
      url = configured
    } else {
      url = "http://\(try Self.own(http, key: "external_url"))"
    }
    if let configured = server.grpcExternalAddress {
      self.grpc = configured.description
    } else {
      self.grpc = try Self.own(grpc, key: "grpc_external_addr")
    }
  }

  private static func own(_ address: SocketAddress?, key: String) throws(MatrizError) -> String {
    if let address, address.isLoopback { return address.description }
    throw MatrizError(
      .misconfigured,
      "server.\(key) is missing: workers and status links need an address that they can reach, and the one it listens at is none"
    )
  }
}
