import FakeGitHub
import HTTP
import TestSupport
import Testing

@Suite(.fewAtOnce) struct FaultPlanTests {
  /// A pattern, and which of two requests goes wrong.
  @Test(arguments: [
    ("/repos/*/*", [true, false]), ("/repos/**", [true, true]), ("/repos/octo/app/commits/*", [false, true]),
    ("/repos/octo/a*p/c*/m*n", [false, true]), ("/repos/octo", [false, false]), ("/**", [true, true]),
    ("/repos/octo/app/**", [true, true]), ("/repos/octo/appl*", [false, false]),
  ]) func `A pattern says which paths are meant`(_ pattern: String, _ fails: [Bool]) async throws {
    try await GitHubClient.with { client in
      let token = try client.github.makeToken(for: client.repository)
      client.github.plan(.respond(status: 502), method: "GET", path: pattern, times: 2)
      var seen: [Bool] = []
      for path in ["/repos/octo/app", "/repos/octo/app/commits/main"] {
        seen.append(try await client.call("GET", path, token: token).status == 502)
      }
      #expect(seen == fails)
      #expect(client.github.plannedFaults == 2 - fails.filter(\.self).count)
    }
  }

  @Test func `A fault may come after some requests that go well`() async throws {
    try await GitHubClient.with { client in
      let token = try client.github.makeToken(for: client.repository)
      client.github.plan(.respond(status: 500), path: "/repos/octo/app", skipping: 2)
      var seen: [Int] = []
      for _ in 1...4 { seen.append(try await client.call("GET", "/repos/octo/app", token: token).status) }
      #expect(seen == [200, 200, 500, 200])
    }
  }

  @Test(arguments: [403, 429]) func `The limits of the hour and of bursts say when to come again`(
    _ status: Int
  ) async throws {
    try await GitHubClient.with { client in
      let token = try client.github.makeToken(for: client.repository)
      client.github.plan(.primaryRateLimit(resetSeconds: 30, status: status))
      client.github.plan(.secondaryRateLimit(retryAfterSeconds: 7, status: status))
      client.github.plan(.secondaryRateLimit(retryAfterSeconds: nil, status: status))
      let primary = try await client.call("GET", "/repos/octo/app", token: token)
      #expect(primary.status == status)
      #expect(primary.message?.hasPrefix("API rate limit exceeded") == true)
      #expect(primary.headers["X-RateLimit-Remaining"] == "0")
      #expect(Int(primary.headers["X-RateLimit-Reset"] ?? "") != nil)
      #expect(primary.headers["Retry-After"] == nil)
      let secondary = try await client.call("GET", "/repos/octo/app", token: token)
      #expect(secondary.status == status)
      #expect(secondary.headers["Retry-After"] == "7")
      #expect(secondary.message?.contains("secondary rate limit") == true)
      let silent = try await client.call("GET", "/repos/octo/app", token: token)
      #expect(silent.headers["Retry-After"] == nil)
    }
  }

  @Test func `A trickled answer is the whole answer`() async throws {
    try await GitHubClient.with { client in
      let token = try client.github.makeToken(for: client.repository)
      let whole = try await client.call("GET", "/repos/octo/app/commits/main", token: token)
      client.github.plan(.trickle(bytes: 100, everyMilliseconds: 0))
      let slow = try await client.call("GET", "/repos/octo/app/commits/main", token: token)
      #expect(slow.bytes == whole.bytes)
      #expect(client.github.plannedFaults == 0)
    }
  }

  /// What each request met, in order.
  private func faults(ofSeed seed: UInt64) async throws -> [String?] {
    try await GitHubClient.with { client in
      let token = try client.github.makeToken(for: client.repository)
      client.github.plan(.seeded(seed, rate: 0.4, path: "/repos/**"))
      for _ in 1...30 {
        _ = try? await client.call(
          "POST", "/repos/octo/app/statuses/\(client.sha)", token: token, json: ["state": "success"],
          onNewConnection: true)
      }
      return client.github.requests.map(\.fault)
    }
  }

  @Test func `A seed makes the same faults in every run, another seed others`() async throws {
    let first = try await faults(ofSeed: 7)
    let again = try await faults(ofSeed: 7)
    let other = try await faults(ofSeed: 8)
    #expect(first == again)
    #expect(first != other)
    #expect(first.contains { $0 != nil } && first.contains { $0 == nil })
    let threeInARow = first.indices.dropLast(2).contains { index in
      first[index...(index + 2)].allSatisfy { $0 != nil }
    }
    #expect(!threeInARow)
  }

  @Test func `Every kind of fault is planned over HTTP, and dropped`() async throws {
    try await GitHubClient.with { client in
      let token = try client.github.makeToken(for: client.repository)
      let control = "\(client.github.webURL)/_fake/faults"
      let bodies: [JSONValue] = [
        ["status": 500], ["delayMilliseconds": 1], ["cut": "before"], ["cut": "after"],
        ["truncateAfterBytes": 3], ["trickleBytes": 9, "everyMilliseconds": 0],
        ["abandonUploadAfterBytes": 3], ["rateLimit": "primary"],
        ["rateLimit": "secondary", "retryAfterSeconds": 3, "status": 429],
        ["status": 500, "times": 3, "path": "/repos/*/*", "skipping": 1],
      ]
      for body in bodies {
        #expect(try await client.call("POST", control, json: body).status == 201, "\(body)")
      }
      #expect(client.github.plannedFaults == 12)
      #expect(try await client.call("POST", control, json: ["seed": 3, "rate": 1]).status == 201)
      #expect(try await client.call("POST", control, json: ["seed": 3]).status == 422)
      #expect(try await client.call("DELETE", control).status == 204)
      #expect(client.github.plannedFaults == 0)
      #expect(try await client.call("GET", "/repos/octo/app", token: token).status == 200)
    }
  }
}
