/// How a client connects, and its limits.
package struct HTTPClientConfiguration: Sendable {
  /// Resolving, connecting and the TLS handshake together.
  package var connectTimeoutSeconds: Double = 10
  /// How long nothing may move while the peer is the one that should send or take bytes; 0 is without limit.
  /// Time in which our own side does not read the answer, or has no bytes to send, does not count.
  package var idleTimeoutSeconds: Double = 60
  /// The fields of an answer's head together.
  package var maximumHeaderBytes = 64 << 10
  /// What a response holds of a body that nobody reads; then the peer has to wait.
  package var maximumBufferedBytes = 256 << 10
  package var maximumRedirects = 5
  /// Connections to one host; further requests wait for one of them.
  package var maximumConnectionsPerHost = 64
  /// Idle connections that are kept for later requests.
  package var maximumIdleConnections = 16
  /// A file of certificates (PEM) to trust instead of the system's.
  package var certificateAuthorityFile: String?
  /// A certificate and its private key (PEM files) to show to servers that ask.
  package var clientCertificateFile: String?
  package var clientKeyFile: String?
  /// Sent as `User-Agent` unless the request has one.
  package var userAgent = "mise-ci"
  /// Whether `HTTPS_PROXY`, `http_proxy`, `ALL_PROXY` and `NO_PROXY` are looked at; loopback is never proxied.
  package var usesEnvironmentProxy = true

  package init() {}
}
