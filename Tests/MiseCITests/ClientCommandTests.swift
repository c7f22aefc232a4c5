import HTTP
import Platform
import Synchronization
import TestSupport
import Testing

/// The commands that ask a server, as the built program.
@Suite(.fewAtOnce) struct ClientCommandTests {
  @Test func `Runs are listed with what a person looks for`() async throws {
    let result = try await StubMatriz().miseCI(["runs", "--limit", "1"])
    #expect(result.status == .exited(0))
    let lines = result.outputText.split(separator: "\n")
    #expect(lines.count == 2)
    for word in [StubMatriz.run, "failed", "acme/widgets #450", "refs/heads/main", "01234567", "2 min 5 s"] {
      #expect(lines.last?.contains(word) == true, "\(word)")
    }
  }

  @Test func `A long list is fetched page by page, with the token`() async throws {
    let stub = StubMatriz()
    let result = try await stub.miseCI(["runs", "--limit", "420", "--json"])
    let items = try JSONValue(parsing: result.output)["items"]?.array ?? []
    #expect(items.map { $0["number"]?.integer } == (31...450).reversed().map { Int64($0) })
    let asked = stub.state.withLock { $0.asked }
    #expect(
      asked.map(\.target) == [
        "/api/v1/runs?limit=200", "/api/v1/runs?limit=200&cursor=200", "/api/v1/runs?limit=20&cursor=400",
      ])
    #expect(asked.allSatisfy { $0.authorization == "Bearer \(StubMatriz.token)" })
  }

  @Test func `A run is shown with its steps`() async throws {
    let result = try await StubMatriz().miseCI(["show", StubMatriz.run])
    #expect(result.status == .exited(0))
    for line in [
      "number   #7 of acme/widgets", "reason   task 'ci' ended with 3",
      "job ci, failed, attempt 2, on node-1",
      "  mise run ci  failed  4.2 s  exit code 3",
    ] {
      #expect(result.outputText.contains(line), "\(result.outputText)")
    }
  }

  @Test(arguments: [["runs"], ["show", StubMatriz.run]])
  func `What others wrote brings no control characters to the terminal`(_ arguments: [String]) async throws {
    let result = try await StubMatriz().miseCI(arguments)
    #expect(result.outputText.contains("Widgets  [31mare red"))
    #expect(!result.output.contains(0x1B))
  }

  @Test(arguments: [nil, "another"]) func `A server that wants another token is a failure that says so`(
    _ token: String?
  ) async throws {
    let result = try await StubMatriz().miseCI(["runs"], token: token)
    #expect(result.status == .exited(1))
    #expect(result.errorText.contains("401: an API token is needed"))
    #expect(result.errorText.contains("MISE_CI_API_TOKEN is not set") == (token == nil))
  }

  @Test func `A run that the server does not have is a failure in the server's words`() async throws {
    let result = try await StubMatriz().miseCI(["show", StubMatriz.job])
    #expect(result.status == .exited(1))
    #expect(result.errorText == "mise-ci: the server answered 404: there is no such run")
  }

  @Test func `A server that is not there is a failure`() async throws {
    // A port that was free a moment ago: nobody listens there any more.
    let url = try await StubMatriz().serve { $0 }
    let result = try await runMiseCI(["runs", "--url", url])
    #expect(result.status == .exited(1))
    #expect(result.errorText.hasPrefix("mise-ci: GET \(url)"))
  }

  @Test(
    arguments: [
      (["runs"], "--url URL or MISE_CI_URL"), (["runs", "--url", "ftp://host"], "http://"),
      (["runs", "--url", "http://host", "--limit", "0"], "from 1 to"),
      (["show", "../runs", "--url", "http://host"], "is not a run's id"), (["show"], "RUN is missing"),
      (["logs", StubMatriz.run, "--folow"], "--follow"), (["artifacts"], "list, get"),
      (["artifacts", "get", StubMatriz.run], "NAME is missing"),
    ] as [([String], String)]) func `A wrong command line ends with 2 and says what is meant`(
      _ arguments: [String], _ text: String
    ) async throws
  {
    let result = try await runMiseCI(arguments)
    #expect(result.status == .exited(2))
    #expect(result.errorText.contains(text), "\(result.errorText)")
  }

  @Test(arguments: [
    [], ["matriz"], ["worker"], ["runs"], ["show"], ["logs"], ["artifacts"], ["artifacts", "list"],
    ["artifacts", "get"], ["deliveries"], ["deliveries", "list"], ["deliveries", "show"],
    ["deliveries", "replay"],
  ]) func `Every level has a help text`(_ path: [String]) async throws {
    let result = try await runMiseCI(path + ["--help"])
    #expect(result.status == .exited(0))
    #expect(result.outputText.hasPrefix((["Usage: mise-ci"] + path).joined(separator: " ")))
  }
}
