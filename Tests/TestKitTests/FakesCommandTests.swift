import Glibc
import HTTP
import Platform
import TestKit
import TestSupport
import Testing

/// The `fakes` executable as one starts it by hand.
@Suite(.fewAtOnce) struct FakesCommandTests {
  private func fakes() throws -> String {
    try #require(BuiltProducts.path("fakes"))
  }

  @Test(arguments: [["--help"], ["all", "--help"], ["github", "--help"], ["nomad", "--help"]])
  func `Every level has a help text`(_ arguments: [String]) async throws {
    let result = try await runProcess(try fakes(), arguments)
    #expect(result.status == .exited(0))
    #expect(result.outputText.hasPrefix("Usage: fakes"))
  }

  /// What is wrong on the command line, and a word of what is said to it.
  @Test(
    arguments: [
      ([], "github"), (["s3"], "not built yet"), (["gcs"], "not built yet"),
      (["github", "--prot", "1"], "--port"), (["nomad", "--port", "x"], "whole number"),
    ] as [([String], String)]) func `A wrong command line ends with 2 and says what is meant`(
      _ arguments: [String], _ text: String
    ) async throws
  {
    let result = try await runProcess(try fakes(), arguments)
    #expect(result.status == .exited(2))
    #expect(result.errorText.contains(text), "\(result.errorText)")
  }

  @Test(arguments: [SIGINT, SIGTERM]) func `It serves both fakes until a signal, and says where they are`(
    _ signal: Int32
  ) async throws {
    let process = try ChildProcess.spawn(
      ProcessOptions(
        executable: try fakes(), arguments: ["all", "--tag", "v1"],
        environment: try OrphanWatch.inheritedEnvironment, output: .pipe))
    var text = ""
    while !text.contains("Serving until"), let part = try await process.output?.read() {
      text += String(decoding: part, as: UTF8.self)
    }
    let http = HTTPClient()
    for (key, path) in [("web_url: ", "/_fake/"), ("addr: ", "/v1/nodes")] {
      let rest = try #require(text.split(separator: key, maxSplits: 1).dropFirst().first)
      let url = String(rest.prefix { !$0.isWhitespace })
      #expect(try await http.send(HTTPRequest("GET", url + path)).status == 200)
    }
    await http.shutdown()
    process.signal(signal)
    #expect(await process.wait() == .exited(0))
  }
}
