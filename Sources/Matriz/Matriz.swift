import ArtifactStore
package import Configuration
import Crypto
import Database
import Forge
import ForgeGitHub
import GRPC
import HTTP
package import Platform
import RunModel
import Runner
import RunnerNomad

/// The server: takes webhooks, has workers started, commands them, keeps what they bring, tells the forge.
///
/// This is the composition root: the one place that knows every part. `run` is what the executable, the demo and
/// the tests call.
package final class Matriz: Sendable {
  package static let version = "0.1.0"
  /// How long open requests and calls may take when it stops.
  private static let drainSeconds = 5.0

  /// Where it serves HTTP, with the real port.
  package let httpAddress: SocketAddress
  /// `host:port` of gRPC, as workers are told it.
  package let grpcAddress: String
  /// The origin that workers and people are given.
  package let externalURL: String

  private let parts: Parts
  private let service: Service
  private let http: HTTPServer
  private let grpc: GRPCServer
  private let security: TLSContext?

  /// Starts a matriz, gives it to `body`, and stops it in order when `body` has ended, on every path.
  package static func run<T>(
    _ configuration: MatrizConfiguration, observer: any MatrizObserver = NoObserver(), logger: Logger,
    _ body: (Matriz) async throws -> T
  ) async throws -> T {
    let matriz = try await start(configuration, observer: observer, logger: logger)
    do {
      let result = try await body(matriz)
      await matriz.stop()
      return result
    } catch {
      await matriz.stop()
      throw error
    }
  }

  /// Starts the parts in the order in which they need each other.
  private static func start(
    _ configuration: MatrizConfiguration, observer: any MatrizObserver, logger: Logger
  ) async throws -> Matriz {
    let parts = try await Parts.open(configuration, logger: logger)
    FaultPoint.startOpened.reach()
    // The addresses are known once both servers listen; requests and calls that come before wait for the rest.
    let service = Watched<Service?>(nil)
    var grpc: GRPCServer?
    var http: HTTPServer?
    do {
      let security = try await tls(configuration.server)
      let grpcServer = try await serveGRPC(configuration, security, service)
      grpc = grpcServer
      let httpServer = try await serveHTTP(configuration, service, logger)
      http = httpServer
      let addresses = try Addresses(configuration.server, http: httpServer.address, grpc: grpcServer.address)
      let begun = try await Service.begin(configuration, parts, addresses, observer: observer)
      service.withLock { $0 = begun }
      logger.info("serving", ["http": "\(httpServer.address)", "grpc": addresses.grpc, "url": addresses.url])
      return Matriz(parts, begun, httpServer, grpcServer, security, addresses)
    } catch {
      await http?.shutdown(graceSeconds: 0)
      await grpc?.shutdown(graceSeconds: 0)
      await parts.close()
      throw error
    }
  }

  private init(
    _ parts: Parts, _ service: Service, _ http: HTTPServer, _ grpc: GRPCServer, _ security: TLSContext?,
    _ addresses: Addresses
  ) {
    self.parts = parts
    self.service = service
    self.http = http
    self.grpc = grpc
    self.security = security
    externalURL = addresses.url
    httpAddress = http.address
    grpcAddress = addresses.grpc
  }

  private static func serveGRPC(
    _ configuration: MatrizConfiguration, _ security: TLSContext?, _ service: Watched<Service?>
  ) async throws -> GRPCServer {
    var settings = GRPCServerConfiguration(
      endpoint: configuration.server.grpcAddress, security: security)
    let ping = Double(configuration.limits.pingSeconds)
    settings.keepalive = GRPCKeepalive(intervalSeconds: ping, timeoutSeconds: ping)
    return try await GRPCServer.start(settings) { stream in
      guard let service = try? await service.value(where: { $0 }) else {
        return GRPCStatus(.unavailable, "the server is not ready")
      }
      return await service.workers.handle(stream)
    }
  }

  private static func serveHTTP(
    _ configuration: MatrizConfiguration, _ service: Watched<Service?>, _ logger: Logger
  ) async throws -> HTTPServer {
    var settings = HTTPServerConfiguration(address: configuration.server.httpAddress.description)
    settings.logger = logger.labelled("http")
    return try await HTTPServer.start(settings) { request in
      guard let service = try? await service.value(where: { $0 }) else { return .problem(status: 503) }
      return await service.router.respond(to: request)
    }
  }

  private static func tls(_ server: MatrizConfiguration.Server) async throws -> TLSContext? {
    guard let files = server.grpcTLS else { return nil }
    return try await TLSContext.server(
      certificateFile: files.certificate, keyFile: files.key, applicationProtocols: ["h2"])
  }

  /// Reads the certificate and key for workers' connections again; new connections use them. When they cannot be used,
  /// the old ones stay.
  package func reloadCertificates() async throws {
    try await security?.reload()
  }

  /// Takes nothing new, lets what is open end, and leaves the rest for the next start: no job ends by this.
  private func stop() async {
    FaultPoint.stopping.reach()
    await http.shutdown(graceSeconds: Self.drainSeconds)
    await grpc.shutdown(graceSeconds: 0)
    FaultPoint.stoppingDrained.reach()
    await service.end()
    await parts.close()
  }
}
