/// What one connection may cost, for either side. All sizes in bytes.
package struct GRPCLimits: Sendable {
  /// The largest message that is received; a larger one ends the call with `RESOURCE_EXHAUSTED`.
  package var maximumMessageBytes = 16 * 1024 * 1024
  /// The largest header list that is received, counted as HTTP/2 does (name + value + 32 for each field).
  package var maximumHeaderBytes = 16 * 1024
  /// Calls that a peer may have open on one connection.
  package var maximumConcurrentStreams = 100
  /// What a peer may send on a new call beyond what was taken by `receive`. Memory is used only for what is really
  /// waiting; one incomplete message may come on top.
  package var initialWindowBytes = 1024 * 1024
  /// As far as the window of a call grows while its consumer takes everything at once, so that a long way to
  /// the peer does not slow the call. A consumer that falls behind later finds at most this much waiting.
  package var streamWindowBytes = 4 * 1024 * 1024
  /// The same for all calls of a connection together.
  package var connectionWindowBytes = 16 * 1024 * 1024
  /// `send` waits while at least this much is waiting to be sent on the call.
  package var sendBufferBytes = 512 * 1024

  package init() {}
}

/// How a silent peer is found out: a connection on which nothing was received for `intervalSeconds` is pinged, and cut
/// when nothing is received for another `timeoutSeconds`. Its calls end with `UNAVAILABLE`.
package struct GRPCKeepalive: Sendable {
  package var intervalSeconds: Double
  package var timeoutSeconds: Double

  package init(intervalSeconds: Double = 20, timeoutSeconds: Double = 20) {
    self.intervalSeconds = intervalSeconds
    self.timeoutSeconds = timeoutSeconds
  }
}
