/// How a call ended: a code, a message for a person, and what else the trailers said.
///
/// Codes and their meaning are gRPC's own ("Status codes and their use in gRPC").
package struct GRPCStatus: Error, Sendable, Hashable, CustomStringConvertible {
  package enum Code: Int, Sendable, CaseIterable {
    case ok = 0
    case cancelled
    case unknown
    case invalidArgument
    case deadlineExceeded
    case notFound
    case alreadyExists
    case permissionDenied
    case resourceExhausted
    case failedPrecondition
    case aborted
    case outOfRange
    case unimplemented
    case internalError
    case unavailable
    case dataLoss
    case unauthenticated

    /// The name in gRPC's documents: `DEADLINE_EXCEEDED`.
    package var name: String {
      switch self {
      case .ok: "OK"
      case .cancelled: "CANCELLED"
      case .unknown: "UNKNOWN"
      case .invalidArgument: "INVALID_ARGUMENT"
      case .deadlineExceeded: "DEADLINE_EXCEEDED"
      case .notFound: "NOT_FOUND"
      case .alreadyExists: "ALREADY_EXISTS"
      case .permissionDenied: "PERMISSION_DENIED"
      case .resourceExhausted: "RESOURCE_EXHAUSTED"
      case .failedPrecondition: "FAILED_PRECONDITION"
      case .aborted: "ABORTED"
      case .outOfRange: "OUT_OF_RANGE"
      case .unimplemented: "UNIMPLEMENTED"
      case .internalError: "INTERNAL"
      case .unavailable: "UNAVAILABLE"
      case .dataLoss: "DATA_LOSS"
      case .unauthenticated: "UNAUTHENTICATED"
      }
    }
  }

  package var code: Code
  /// For a person; any Unicode text. It travels percent-encoded.
  package var message: String
  /// The trailers beside `grpc-status` and `grpc-message`.
  package var metadata: GRPCMetadata

  package init(_ code: Code, _ message: String = "", metadata: GRPCMetadata = GRPCMetadata()) {
    self.code = code
    self.message = message
    self.metadata = metadata
  }

  package static let ok = GRPCStatus(.ok)

  package var isOK: Bool { code == .ok }

  package var description: String {
    message.isEmpty ? code.name : "\(code.name): \(message)"
  }
}
