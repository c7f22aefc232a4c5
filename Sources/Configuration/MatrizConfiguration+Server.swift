package import Platform

extension MatrizConfiguration {
  /// Section `server`: where the matriz listens, and the addresses that others are given.
  package struct Server: Sendable {
    /// Where webhooks, the API and the pages are served. Port 0 takes a free one.
    package var httpAddress: Endpoint
    /// Where workers connect.
    package var grpcAddress: Endpoint
    /// The origin that workers, status links and artifact clients are given, without a slash at its end.
    package var externalURL: String?
    /// The gRPC address that workers are told.
    package var grpcExternalAddress: Endpoint?
    /// What the API asks for; without it only loopback peers are served.
    package var apiToken: Secret?
    /// The certificate chain and the key for workers' connections; `nil` for connections in the clear.
    package var grpcTLS: TLSFiles?
    /// Whether workers are told to use TLS: by default if we have a certificate. A proxy may have it instead.
    package var grpcExternalTLS: Bool?

    package init(
      httpAddress: Endpoint = Endpoint(host: "", port: 8080),
      grpcAddress: Endpoint = Endpoint(host: "", port: 9090), externalURL: String? = nil,
      grpcExternalAddress: Endpoint? = nil, apiToken: Secret? = nil, grpcTLS: TLSFiles? = nil
    ) {
      self.httpAddress = httpAddress
      self.grpcAddress = grpcAddress
      self.externalURL = externalURL
      self.grpcExternalAddress = grpcExternalAddress
      self.apiToken = apiToken
      self.grpcTLS = grpcTLS
    }
  }

  /// Paths of PEM files. They are read where they are used, since they are renewed while we run.
  package struct TLSFiles: Sendable, Hashable {
    package var certificate: String
    package var key: String

    package init(certificate: String, key: String) {
      self.certificate = certificate
      self.key = key
    }
  }

  /// Section `jwt`: what signs the tokens of workers.
  package struct JWT: Sendable {
    package static let minimumSecretBytes = 32

    /// At least `minimumSecretBytes` long.
    package var secret: Secret

    package init(secret: Secret) {
      self.secret = secret
    }
  }
}
