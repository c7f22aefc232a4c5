import HTTP
import Platform
import Synchronization
import TestSupport
import Testing

/// `cancel` and `rerun`, as the built program.
@Suite(.fewAtOnce) struct ControlCommandTests {
  private func result(
    _ stub: StubMatriz, _ arguments: [String], user: String = "ann"
  ) async throws -> ProcessResult {
    try await stub.serve { url in
      try await runMiseCI(
        arguments,
        environment: ["MISE_CI_URL": url, "MISE_CI_API_TOKEN": StubMatriz.token, "USER": user])
    }
  }

  @Test func `A cancelled run says who wanted it`() async throws {
    let stub = StubMatriz()
    let result = try await result(stub, ["cancel", StubMatriz.run])
    #expect(result.status == .exited(0))
    #expect(result.outputText == "run \(StubMatriz.run) is stopping (cancelled by ann)")
    let asked = try #require(stub.state.withLock { $0.asked }.first)
    #expect(asked.method == "POST")
    #expect(asked.target == "/api/v1/runs/\(StubMatriz.run)/cancel")
    #expect(asked.body == #"{"by":"ann"}"#)
  }

  @Test func `A run that is over is not cancelled, and that is a failure`() async throws {
    let other = "0199f3a1-7b00-7000-8000-0000000000ff"
    let result = try await result(StubMatriz(), ["cancel", other])
    #expect(result.status == .exited(1))
    #expect(result.errorText.contains("the run is over: it has succeeded"))
  }

  @Test(arguments: [false, true]) func `A run is done again, or what failed of it`(_ failed: Bool)
    async throws
  {
    let stub = StubMatriz()
    let result = try await result(
      stub, ["rerun", StubMatriz.run] + (failed ? ["--failed"] : []), user: "\u{7}")
    #expect(result.outputText == "run \(StubMatriz.run) is queued again, attempt 2")
    let body = try JSONValue(parsing: Array(stub.state.withLock { $0.asked }.first?.body.utf8 ?? "".utf8))
    #expect(body["failed"] == .bool(failed))
    #expect(body["by"]?.string?.contains("\u{7}") == false)
  }

  @Test func `A run is approved for the commit that was looked at`() async throws {
    let stub = StubMatriz()
    let result = try await result(stub, ["approve", StubMatriz.run, "--sha", "0123abcd"])
    #expect(result.outputText == "run \(StubMatriz.run) is approved for commit 0123abcd")
    #expect(stub.state.withLock { $0.asked }.first?.body == #"{"by":"ann","sha":"0123abcd"}"#)
  }

  @Test(arguments: ["cancel", "rerun", "approve"]) func `What is no run's id is a wrong command line`(
    _ command: String
  ) async throws {
    let result = try await result(StubMatriz(), [command, "../x"])
    #expect(result.status == .exited(2))
  }
}
