/// A call of a client. Whoever lets go of it before its end gives the call up.
package final class GRPCClientStream: Sendable {
  private let call: CallStream

  init(call: CallStream) {
    self.call = call
  }

  deinit {
    call.cancel(GRPCStatus(.cancelled, "the call was dropped"))
  }

  /// The server's response headers, as soon as they come.
  ///
  /// - Throws: the call's `GRPCStatus` when it ends without them.
  package func initialMetadata() async throws -> GRPCMetadata {
    try await call.initialMetadata()
  }

  /// The messages that have come since the last time, or that come next; nil once the call has ended with `OK`.
  ///
  /// One task at a time. What is not taken fills the server's window and stops it.
  /// - Throws: `GRPCStatus`, how else the call ended: the server's status with its trailers, `UNAVAILABLE` when the
  ///   connection is lost, `DEADLINE_EXCEEDED`; `CancellationError` when the task was cancelled (the call goes on).
  package func receive() async throws -> MessageBatch? {
    try await call.receive()
  }

  /// Queues messages; waits while the call's send buffer is full, so a server that does not read stops the caller.
  ///
  /// - Throws: `GRPCStatus`: how the call ended, or `FAILED_PRECONDITION` after `finish`; `CancellationError`.
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

  /// No more messages are sent from this side; what is queued still goes out.
  package func finish() {
    call.finish(nil)
  }

  /// Gives the call up: `receive` and `send` throw `status` from now on, the server sees `CANCELLED`.
  package func cancel(_ status: GRPCStatus = GRPCStatus(.cancelled, "the call was cancelled")) {
    call.cancel(status)
  }
}
