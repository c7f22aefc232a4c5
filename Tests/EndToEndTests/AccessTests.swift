import Configuration
import Crypto
import GRPC
import HTTP
import Platform
import TestSupport
import Testing

/// Who may come in, over HTTP and over gRPC.
@Suite(.fewAtOnce) struct AccessTests {
  private static let paths = ["/api/v1/runs", "/api/v1/deliveries", "/runs/\(UUIDv7.generate())"]

  private static func basic(_ password: String) -> HTTPHeaders {
    ["Authorization": "Basic \(Base64.encode(Array("someone:\(password)".utf8)))"]
  }

  @Test func `With an API token only those who have it get in`() async throws {
    try await withMatriz {
      $0.server.apiToken = Secret("open sesame")
    } _: { _, site in
      for path in Self.paths {
        let missing = try await site.get(path)
        #expect(missing.status == 401, "\(path)")
        #expect(missing.headers["WWW-Authenticate"] != nil)
        for headers in [["Authorization": "Bearer wrong"], Self.basic("wrong")] as [HTTPHeaders] {
          #expect(try await site.get(path, headers: headers).status == 403, "\(path)")
        }
        let allowed = path.hasPrefix("/runs/") ? 404 : 200
        for headers in [["Authorization": "Bearer open sesame"], Self.basic("open sesame")] as [HTTPHeaders] {
          #expect(try await site.get(path, headers: headers).status == allowed, "\(path)")
        }
      }
    }
  }

  @Test func `Without an API token this machine gets in, but nobody through a proxy`() async throws {
    try await withMatriz { _, site in
      #expect(try await site.get("/api/v1/runs").status == 200)
      let forwarded = try await site.get("/api/v1/runs", headers: ["X-Forwarded-For": "127.0.0.1"])
      #expect(forwarded.status == 403)
    }
  }

  @Test func `Health needs no token`() async throws {
    try await withMatriz {
      $0.server.apiToken = Secret("open sesame")
    } _: { _, site in
      #expect(try await site.get("/healthz").status == 200)
      let readiness = try await site.get("/readyz").status
      #expect(readiness == 200 || readiness == 503)
    }
  }

  /// What is no token of a job: the last one is signed rightly, but has ended.
  private static func badTokens() throws -> [String] {
    let now = Timestamp.now().milliseconds / 1_000
    func token(_ secret: String, until: Int64) throws -> String {
      try JWT.signHS256(
        [
          "run_id": JSONValue.string(UUIDv7.generate()), "job_id": "j", "attempt": 1,
          "iat": .integer(now - 60), "exp": .integer(until),
        ] as JSONValue, secret: Array(secret.utf8))
    }
    return [
      "", "nonsense", "a.b.c", try token("fedcba9876543210fedcba9876543210", until: now + 600),
      try token(Stage.tokenSecret, until: now - 30),
    ]
  }

  @Test func `A worker without a good token learns nothing`() async throws {
    try await withMatriz { _, site in
      #expect(try await site.get("/api/v1/worker").status == 401)
      for token in try Self.badTokens() {
        let answer = try await site.get("/api/v1/worker", headers: ["Authorization": "Bearer \(token)"])
        #expect(answer.status == 401, "\(token)")
      }
    }
  }

  @Test func `A call without a good token ends UNAUTHENTICATED`() async throws {
    try await withMatriz { _, site in
      let endpoint = try #require(Endpoint(site.grpcAddress))
      let client = try await GRPCClient.connect(to: endpoint)
      // HTTP/2 has no field that ends with a space.
      for token in try Self.badTokens().filter({ !$0.isEmpty }) + [nil] {
        var metadata = GRPCMetadata()
        if let token { metadata.add("authorization", "Bearer \(token)") }
        let stream = try await client.openStream(path: "/ci.Server/Connect", metadata: metadata)
        let error = await #expect(throws: GRPCStatus.self) {
          while try await stream.receive() != nil {}
        }
        #expect(error?.code == .unauthenticated, "\(token ?? "none")")
      }
      await client.close()
    }
  }

  @Test func `A job's token is no API token, and is of no use once its job is over`() async throws {
    try await withMatriz {
      $0.server.apiToken = Secret("open sesame")
    } _: { stage, site in
      let pushed = try await stage.push(task: "true")
      _ = try await stage.end(of: pushed)
      let token = try #require(try stage.dispatchedTokens().first)
      #expect(try await site.get("/api/v1/runs", headers: ["Authorization": "Bearer \(token)"]).status == 403)
      let client = try await GRPCClient.connect(to: try #require(Endpoint(site.grpcAddress)))
      var metadata = GRPCMetadata()
      metadata.add("authorization", "Bearer \(token)")
      let stream = try await client.openStream(path: "/ci.Server/Connect", metadata: metadata)
      try await stream.send(RunnerInfoBytes.anybody)
      let error = await #expect(throws: GRPCStatus.self) {
        while try await stream.receive() != nil {}
      }
      #expect(error?.code == .failedPrecondition)
      await client.close()
    }
  }
}

/// A `RunnerInfo` as its bytes on the wire: hostname and instance.
private enum RunnerInfoBytes {
  /// `WorkerMessage { runner_info = 2 { hostname = 1: "x" } }`
  static let anybody: [UInt8] = [0x12, 0x03, 0x0A, 0x01, 0x78]
}
