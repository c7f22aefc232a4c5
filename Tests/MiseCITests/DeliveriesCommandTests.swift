import HTTP
import Platform
import Synchronization
import TestSupport
import Testing

/// `deliveries list`, `show` and `replay`, as the built program.
@Suite(.fewAtOnce) struct DeliveriesCommandTests {
  @Test func `Deliveries are listed with what became of them`() async throws {
    let result = try await StubMatriz().miseCI(["deliveries", "list"])
    #expect(result.outputText.contains("d-2       push   acme/widgets  run \(StubMatriz.run)"))
    #expect(result.outputText.contains("r-1       star   -             ignored: nothing to do (replay)"))
  }

  @Test func `A delivery is shown with its headers and replays`() async throws {
    let result = try await StubMatriz().miseCI(["deliveries", "show", "d-2"])
    #expect(result.status == .exited(0), "\(result.errorText)")
    for line in [
      "delivery    d-2", "outcome     run \(StubMatriz.run)", "x-github-event: push",
      "2025-03-01T09:29:00.000Z  r-1  ignored: nothing to do",
    ] { #expect(result.outputText.contains(line), "\(result.outputText)") }
  }

  @Test(arguments: [
    ("--payload", #"{"ref":"refs/heads/main"}"#), ("--json", #""payload":{"ref":"refs/heads/main"}"#),
  ])
  func `What was sent is printed as JSON`(_ option: String, _ text: String) async throws {
    let result = try await StubMatriz().miseCI(["deliveries", "show", "d-2", option])
    #expect(result.outputText.contains(text))
    #expect(throws: Never.self) { try JSONValue(parsing: result.output) }
  }

  @Test(arguments: [("d-2", "run \(StubMatriz.run)"), ("d-1", "no run: nothing to do")])
  func `A replay says which run it made`(_ id: String, _ text: String) async throws {
    let stub = StubMatriz()
    let result = try await stub.miseCI(["deliveries", "replay", id])
    #expect(result.status == .exited(0))
    #expect(result.outputText == text)
    let asked = try #require(stub.state.withLock { $0.asked }.first)
    #expect(asked.method == "POST")
    #expect(asked.target == "/api/v1/deliveries/\(id)/replay")
  }

  @Test(arguments: [
    ("show", "404: there is no such delivery"), ("replay", "410: nothing is kept of this delivery"),
  ])
  func `What cannot be shown or replayed is a failure in the server's words`(
    _ command: String, _ text: String
  ) async throws {
    let result = try await StubMatriz().miseCI(["deliveries", command, "d-0"])
    #expect(result.status == .exited(1))
    #expect(result.errorText.contains(text))
  }

  @Test(
    arguments: [
      (["show"], "DELIVERY is missing"), (["show", "../runs"], "is not a delivery's id"),
      (["replay", ""], "is not a"),
      (["replya", "d-2"], "did you mean 'replay'?"),
      (["show", "d-2", "--playload"], "did you mean '--payload'?"),
      ([], "list, show, replay"),
    ] as [([String], String)]) func `A wrong command line ends with 2 and says what is meant`(
      _ arguments: [String], _ text: String
    ) async throws
  {
    let result = try await StubMatriz().miseCI(["deliveries"] + arguments)
    #expect(result.status == .exited(2))
    #expect(result.errorText.contains(text), "\(result.errorText)")
  }
}
