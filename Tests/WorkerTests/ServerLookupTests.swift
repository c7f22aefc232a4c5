import GRPC
import HTTP
import LoopbackWorker
import Platform
import TestSupport
import Testing
import WorkerProtocol

@testable import Worker

@Suite("Finding the server", .fewAtOnce)
struct ServerLookupTests {
  /// An HTTP server with one page, and what was asked of it.
  static func withPage(
    _ page: @escaping @Sendable (HTTPServerRequest) -> HTTPServerResponse,
    _ body: (HTTPServer) async throws -> Void
  ) async throws {
    let server = try await HTTPServer.start { request in
      request.method == "GET" && request.rawPath == "/api/v1/worker" ? page(request) : .empty(500)
    }
    let result: Result<Void, any Error>
    do { result = .success(try await body(server)) } catch { result = .failure(error) }
    await server.shutdown(graceSeconds: 0)
    try result.get()
  }

  static func place(callback: String, server: String? = nil) async throws -> ServerLookup.Place {
    let client = HTTPClient()
    var options = WorkerOptions(callbackURL: callback, token: "token-1", logger: .disabled)
    options.serverAddress = server
    let result: Result<ServerLookup.Place, ConnectFailure>
    do throws(ConnectFailure) {
      result = .success(try await ServerLookup(client: client, options: options).place(token: "token-1"))
    } catch { result = .failure(error) }
    await client.shutdown()
    return try result.get()
  }

  @Test("The page says where the service is; the token is shown to it")
  func found() async throws {
    try await Self.withPage { request in
      guard request.headers["authorization"] == "Bearer token-1" else { return .empty(401) }
      return .json([
        "grpcAddress": "ci.example:9090", "tls": true, "leaseSeconds": 45, "version": "9", "more": [],
      ])
    } _: { server in
      for slash in ["", "/"] {
        let place = try await Self.place(callback: "http://127.0.0.1:\(server.port)\(slash)")
        #expect(
          place
            == ServerLookup.Place(
              endpoint: Endpoint(host: "ci.example", port: 9_090), isSecure: true, leaseSeconds: 45))
      }
    }
  }

  @Test("What the server wants kept of output is used, within reason")
  func spoolLimits() async throws {
    try await Self.withPage { _ in
      .json(["grpcAddress": "ci.example:9090", "spoolMemoryBytes": 1, "spoolFileBytes": 5_000_000])
    } _: { server in
      let place = try await Self.place(callback: "http://127.0.0.1:\(server.port)")
      let limits = try #require(place.spool)
      #expect(limits.memoryBytes == 65_536)
      #expect(limits.fileBytes == 5_000_000)
      var session = WorkerSession(spoolCapacityBytes: 10)
      session.useSpool(limits)
      session.produce(id: 1, stream: .standardOutput, [UInt8](repeating: 1, count: 65_000))
      #expect(session.hasRoom)
      #expect(!session.spool.hasFileWork)
      session.produce(id: 1, stream: .standardOutput, [UInt8](repeating: 1, count: 65_000))
      session.produce(id: 1, stream: .standardOutput, [UInt8](repeating: 1, count: 10_000))
      #expect(session.spool.hasFileWork)
    }
  }

  @Test("An address without a host is on the callback's host")
  func sameHost() async throws {
    try await Self.withPage { _ in
      .json(["grpcAddress": ":9090", "leaseSeconds": 1e9])
    } _: { server in
      let place = try await Self.place(callback: "http://127.0.0.1:\(server.port)")
      #expect(place.endpoint == Endpoint(host: "127.0.0.1", port: 9_090))
      #expect(!place.isSecure)
      #expect(place.leaseSeconds == ServerLookup.maximumLeaseSeconds)
    }
  }

  @Test("Where there is no such page, the callback is the service", arguments: [404, 400])
  func fallback(status: Int) async throws {
    try await Self.withPage { _ in
      .empty(status)
    } _: { server in
      let place = try await Self.place(callback: "http://127.0.0.1:\(server.port)")
      #expect(place.endpoint == Endpoint(host: "127.0.0.1", port: server.port))
    }
  }

  @Test(
    "Refusals are final, other failures are not",
    arguments: [(401, true), (403, true), (410, true), (500, false), (503, false), (302, false)])
  func refusals(status: Int, isFinal: Bool) async throws {
    try await Self.withPage { _ in
      .empty(status)
    } _: { server in
      let failure = await #expect(throws: ConnectFailure.self) {
        try await Self.place(callback: "http://127.0.0.1:\(server.port)")
      }
      #expect(failure?.isFinal == isFinal)
    }
  }

  @Test("An address that is none is a failure that may pass", arguments: ["", "nohost", "h:0", "h:99999"])
  func badAddress(text: String) async throws {
    try await Self.withPage { _ in
      .json(["grpcAddress": .string(text)])
    } _: { server in
      let failure = await #expect(throws: ConnectFailure.self) {
        try await Self.place(callback: "http://127.0.0.1:\(server.port)")
      }
      #expect(failure?.isFinal == false)
    }
  }

  @Test("A server that was named is not looked up")
  func named() async throws {
    let place = try await Self.place(callback: "", server: "ci.example:1")
    #expect(place.endpoint == Endpoint(host: "ci.example", port: 1))
    #expect(!place.isSecure)
    #expect(try await Self.place(callback: "https://other", server: "ci.example:1").isSecure)
  }

  @Test(
    "A callback is an origin",
    arguments: [
      ("http://h", "h:80"), ("https://h/", "h:443"), ("HTTP://h:8080", "h:8080"),
      ("http://[::1]:9", "[::1]:9"),
      ("http://[::1]", "[::1]:80"), ("h:80", nil), ("http://", nil), ("http://h/x", nil), ("http://h?x", nil),
      ("http://h:99999", nil), ("http://u:p@h", nil), ("http://h h", nil), ("ftp://h", nil),
    ] as [(String, String?)])
  func origins(text: String, expected: String?) {
    #expect(CallbackOrigin(text)?.address == expected)
  }

  @Test("A worker in process finds the server by its callback, and one that is gRPC itself")
  func loopback() async throws {
    for usesPage in [true, false] {
      let grpc = try await ScriptedServer.start()
      try await Self.withPage { _ in
        .json(["grpcAddress": .string(grpc.address), "tls": false, "leaseSeconds": 20])
      } _: { page in
        let callback = usesPage ? "http://127.0.0.1:\(page.port)" : "http://\(grpc.address)"
        async let exitCode = LoopbackWorker { $0.logger = .disabled }
          .run(environment: ["MISE_CI_CALLBACK": callback, "MISE_CI_TOKEN": "job-token", "GREETING": "hi"])
        let session = try await grpc.nextSession()
        #expect(session.authorization == "Bearer job-token")
        _ = try await session.runnerInfo()
        try await session.send(.allFeatures, .shell("echo $GREETING $MISE_CI_TOKEN $MISE_CI_CALLBACK", id: 1))
        var log: [UInt8] = []
        #expect(try await session.outcome(of: 1, into: &log) == .done(.init()))
        #expect(String(decoding: log, as: UTF8.self) == "hi\n")
        try await session.send(.ack(log.count), .close)
        #expect(await exitCode == 0)
      }
      await grpc.shutdown()
    }
  }
}
