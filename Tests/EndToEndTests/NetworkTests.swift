import Platform
import TestKit
import TestSupport
import Testing

/// The worker's connection goes through a proxy that cuts it, stalls it and slows it down: the log and the files come
/// out as the task made them.
@Suite(.fewAtOnce) struct NetworkTests {
  /// Connections that are cut one after the other, and after how many bytes of whom.
  struct Cuts: Sendable, CustomTestStringConvertible {
    let sender: TCPProxy.Sender
    let afterBytes: [Int]

    var testDescription: String { "\(sender) after \(afterBytes)" }
  }

  /// The task prints 200,000 bytes and makes a file of 700,000.
  @Test(arguments: [
    Cuts(sender: .client, afterBytes: [1, 400, 5_000]),
    Cuts(sender: .client, afterBytes: [30_000, 90_000]),
    Cuts(sender: .client, afterBytes: [250_000, 123_456]),
    Cuts(sender: .client, afterBytes: [800_000]),
    Cuts(sender: .server, afterBytes: [9, 100, 300]),
    Cuts(sender: .server, afterBytes: [700, 1_000]),
  ])
  func `A connection that is cut is made again, and goes on where it was`(_ cuts: Cuts) async throws {
    try await withProxiedRun { run, proxy in
      for count in cuts.afterBytes { await proxy.planCut(afterBytes: count, from: cuts.sender) }
      try await run.deployment.withMatriz { _, site in
        try await run.pushTag()
        try await run.expectItsOneEnd(at: site)
      }
      #expect(proxy.traffic.connections == cuts.afterBytes.count + 1)
    }
  }

  @Test func `A connection that stalls is noticed by its ping, and made again`() async throws {
    try await withProxiedRun(waits: true, limits: ["ping_seconds": 1]) { run, proxy in
      try await run.deployment.withMatriz { program, site in
        try await run.pushTag()
        try await run.gate.waitUntilReached()
        await proxy.stall()
        try await run.gate.pass()
        try await program.waitForLog("a worker's connection ended")
        await proxy.resume()
        try await run.expectItsOneEnd(at: site)
      }
      #expect(proxy.traffic.connections == 2)
    }
  }

  @Test(arguments: [TCPProxy.Sender.client, .server])
  func `A connection of which one direction ended is made again`(_ sender: TCPProxy.Sender) async throws {
    try await withProxiedRun(waits: true) { run, proxy in
      try await run.deployment.withMatriz { _, site in
        try await run.pushTag()
        try await run.gate.waitUntilReached()
        await proxy.endInput(from: sender)
        try await run.gate.pass()
        try await run.expectItsOneEnd(at: site)
      }
      #expect(proxy.traffic.connections == 2)
    }
  }

  @Test func `A server that cannot be reached for a while is found again`() async throws {
    try await withProxiedRun(waits: true) { run, proxy in
      try await run.deployment.withMatriz { program, site in
        try await run.pushTag()
        try await run.gate.waitUntilReached()
        await proxy.setRefusing(true)
        await proxy.cut()
        try await run.gate.pass()
        try await program.waitForLog("a worker's connection ended")
        await proxy.setRefusing(false)
        try await run.expectItsOneEnd(at: site)
      }
    }
  }

  @Test func `A slow line changes nothing`() async throws {
    try await withProxiedRun { run, proxy in
      await proxy.setLatency(.milliseconds(20))
      try await run.deployment.withMatriz { _, site in
        try await run.pushTag()
        try await run.expectItsOneEnd(at: site)
      }
      #expect(proxy.traffic.connections == 1)
    }
  }

  private func withProxiedRun(
    waits: Bool = false, limits: [String: Int] = [:], _ body: (TagRun, TCPProxy) async throws -> Void
  ) async throws {
    try await withProxy { proxy in
      try await withTagRun(
        waits: waits, limits: limits, server: "  grpc_external_addr: \(proxy.address)"
      ) { run in
        await proxy.lead(to: try #require(Endpoint(run.deployment.grpcAddress)))
        try await body(run, proxy)
      }
    }
  }
}
