import Crypto
import GRPC
import HTTP
import Platform

/// Where the gRPC service of a server is, as `GET {callback}/api/v1/worker` tells a worker with its token.
struct ServerLookup: Sendable {
  struct Place: Sendable, Equatable {
    let endpoint: Endpoint
    let isSecure: Bool
    /// How long the server waits for a worker whose stream broke; `nil` when it does not say.
    let leaseSeconds: Double?
    /// What the server wants kept of output that it has not acknowledged; `nil` when it does not say.
    var spool: SpoolLimits?
  }

  /// The answer's fields; those that are not needed are left out.
  private struct Answer: Decodable {
    let grpcAddress: String
    let tls: Bool?
    let leaseSeconds: Double?
    let spoolMemoryBytes: Int?
    let spoolFileBytes: Int?
  }

  static let maximumAnswerBytes = 64 * 1_024
  static let timeoutSeconds = 10.0
  /// Longer leases are cut to this: a day.
  static let maximumLeaseSeconds = 86_400.0

  let client: HTTPClient
  let options: WorkerOptions

  /// Asks the server, or takes the address that the options name.
  ///
  /// A callback that has no such page, or that does not speak HTTP/1.1, is taken for the gRPC service itself.
  /// - Throws: `ConnectFailure`.
  func place(token: String) async throws(ConnectFailure) -> Place {
    let callback = CallbackOrigin(options.callbackURL)
    if let address = options.serverAddress, let endpoint = Endpoint(address) {
      return Place(
        endpoint: endpoint, isSecure: callback?.isSecure ?? (options.certificateAuthorityFile != nil),
        leaseSeconds: nil)
    }
    guard let callback, let endpoint = Endpoint(callback.address) else {
      throw ConnectFailure("'\(options.callbackURL)' is no callback", isFinal: true)
    }
    let fallback = Place(endpoint: endpoint, isSecure: callback.isSecure, leaseSeconds: nil)
    guard let answer = try await ask(callback, token: token) else { return fallback }
    guard let endpoint = Endpoint(answer.grpcAddress), endpoint.port > 0 else {
      throw ConnectFailure(
        "the server names no usable gRPC address ('\(answer.grpcAddress)')", isFinal: false)
    }
    // An address without a host is on the host that was asked.
    let host = endpoint.host.isEmpty ? Endpoint(callback.address)?.host ?? callback.host : endpoint.host
    let lease = answer.leaseSeconds.flatMap { $0 > 0 ? min($0, Self.maximumLeaseSeconds) : nil }
    return Place(
      endpoint: Endpoint(host: host, port: endpoint.port), isSecure: answer.tls ?? false, leaseSeconds: lease,
      spool: SpoolLimits(memoryBytes: answer.spoolMemoryBytes, fileBytes: answer.spoolFileBytes))
  }

  /// `nil` when there is no such page.
  private func ask(_ callback: CallbackOrigin, token: String) async throws(ConnectFailure) -> Answer? {
    let scheme = callback.isSecure ? "https" : "http"
    let request = HTTPRequest(
      "GET", "\(scheme)://\(callback.address)/api/v1/worker",
      headers: ["authorization": "Bearer \(token)", "accept": "application/json"],
      timeoutSeconds: Self.timeoutSeconds)
    do {
      let response = try await client.send(request)
      switch response.status {
      case 200: return try await response.decode(Answer.self, upTo: Self.maximumAnswerBytes)
      // What is no HTTP/1.1 server may still answer such a request with 400.
      case 400, 404: return nil
      case 401, 403, 410:
        throw ConnectFailure("the server refuses this worker (\(response.status))", isFinal: true)
      default: throw ConnectFailure("the server answered \(response.status)", isFinal: false)
      }
    } catch let failure as ConnectFailure {
      throw failure
    } catch let error as HTTPClientError where error.code == .invalidAnswer || error.code == .cutOff {
      return nil
    } catch {
      throw ConnectFailure("\(error)", isFinal: false)
    }
  }
}

/// Why there is no stream.
struct ConnectFailure: Error, Sendable, CustomStringConvertible {
  let description: String
  /// Another attempt would end the same way.
  let isFinal: Bool

  init(_ description: String, isFinal: Bool) {
    self.description = description
    self.isFinal = isFinal
  }

  /// The codes with which a server says that it will never serve this worker; the others may pass.
  private static let finalCodes: Set<GRPCStatus.Code> = [
    .unauthenticated, .permissionDenied, .unimplemented, .invalidArgument, .notFound, .alreadyExists,
    .failedPrecondition,
  ]

  init(_ status: GRPCStatus) {
    self.init("\(status)", isFinal: Self.finalCodes.contains(status.code))
  }
}
