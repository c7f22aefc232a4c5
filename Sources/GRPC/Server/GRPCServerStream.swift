package import Platform

/// A call that a server answers. Its handler receives and sends in any order, then returns the status.
package struct GRPCServerStream: Sendable {
  let call: CallStream

  /// "/package.Service/Method"
  package let path: String
  /// What the client sent along.
  package let metadata: GRPCMetadata
  /// The seconds that the client gave the call when it came; nil for no deadline.
  package let timeoutSeconds: Double?
  package let peer: SocketAddress

  /// The messages that have come since the last time, or that come next; nil once the client has ended its side.
  ///
  /// One task at a time. What is not taken fills the client's window and stops it.
  /// - Throws: `GRPCStatus`: `CANCELLED` when the client gave the call up, `UNAVAILABLE` when the connection is lost or the
  ///   server shuts down, `DEADLINE_EXCEEDED`; `CancellationError` when the task was cancelled.
  package func receive() async throws -> MessageBatch? {
    try await call.receive()
  }

  /// Queues messages; waits while the call's send buffer is full, so a client that does not read stops the handler.
  ///
  /// - Throws: `GRPCStatus` or `CancellationError`, as `receive`.
  package func send(_ messages: consuming OutgoingMessages) async throws {
    try await call.send(messages)
  }

  /// Sends one message, as `send` for several.
  package func send(_ message: [UInt8]) async throws {
    var messages = OutgoingMessages()
    messages.append(message)
    try await call.send(messages)
  }

  /// Sends these messages together, as `send`.
  package func send(_ batch: [[UInt8]]) async throws {
    var messages = OutgoingMessages()
    for message in batch { messages.append(message) }
    try await call.send(messages)
  }

  /// Sends the response headers now; without this they are sent with the first message. Only the first time counts.
  package func sendMetadata(_ metadata: GRPCMetadata) {
    call.sendMetadata(metadata)
  }

  /// Ends the call at once: `receive` and `send` throw `status` from now on, the client sees a reset (`CANCELLED`).
  package func cancel(_ status: GRPCStatus = GRPCStatus(.cancelled, "the server gave the call up")) {
    call.cancel(status)
  }
}
