/// What a client asks for.
package struct HTTPRequest: Sendable {
  /// A token, as it stands on the wire: `GET`.
  package var method: String
  /// An absolute `http` or `https` URL in printable ASCII, already percent-encoded, without credentials.
  package var url: String
  /// Fields besides `Host` and those that frame the body, which the client writes itself. Their values may be secrets.
  package var headers: HTTPHeaders
  package var body: HTTPBody
  /// The whole exchange, from sending until the last byte of the answer; 0 is without limit
  /// (the limits for connecting and for silence still hold).
  package var timeoutSeconds: Double
  /// Instead of the client's `idleTimeoutSeconds`: how long the server may say nothing; 0 is without limit.
  package var idleTimeoutSeconds: Double?
  /// Whether `Location` is followed, at most `HTTPClientConfiguration.maximumRedirects` times.
  ///
  /// To another origin only fields that are no secrets go along (`Accept`, `User-Agent`, `Range` and their kin),
  /// `https` never leads to `http`, and a body that is a stream is not sent twice: the redirect is the answer then.
  package var followsRedirects = false

  package init(
    _ method: String = "GET", _ url: String, headers: HTTPHeaders = [:], body: HTTPBody = .empty,
    timeoutSeconds: Double = 60
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
    self.timeoutSeconds = timeoutSeconds
  }
}
