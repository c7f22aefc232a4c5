import Configuration
import Crypto
import FakeGitHub
import HTTP
import Platform
import TestSupport
import Testing

/// `mise-ci runs`, `show`, `logs` and the others against a matriz that has something to show.
@Suite(.fewAtOnce) struct ClientTests {
  /// Runs `mise-ci` for this server, with its API token; it must end well.
  private static func ask(_ site: Site, _ arguments: String...) async throws -> ProcessResult {
    let result = try await MatrizProgram.run(
      arguments, environment: ["MISE_CI_URL": site.origin, "MISE_CI_API_TOKEN": "open sesame"])
    #expect(result.status == .exited(0), "\(arguments): \(result.errorText)")
    return result
  }

  @Test func `The commands show what a run was and give what it left`() async throws {
    let image = RandomBytes.generate(300_000)
    try await withMatriz {
      $0.server.apiToken = Secret("open sesame")
      $0.pipeline.artifacts = [.init(path: "image.bin")]
    } _: { stage, site in
      let pushed = try await stage.push(
        task: #"printf '\033[1mbold\033[0m \377\n'"#, ["image.bin": FakeFile(image)])
      #expect(try await stage.end(of: pushed).state == .success)
      #expect(try await Self.ask(site, "runs").outputText.contains(pushed.run))
      let shown = try await Self.ask(site, "show", pushed.run).outputText
      for text in ["acme/widgets", "succeeded", "mise run ci"] { #expect(shown.contains(text), "\(text)") }
      let log = try await Self.ask(site, "logs", pushed.run).output
      #expect(log.firstRange(of: Array("\u{1B}[1mbold\u{1B}[0m ".utf8) + [0xFF, 10]) != nil)
      #expect(
        try await Self.ask(site, "artifacts", "list", pushed.run).outputText.contains("image.bin"))
      let copy = "\(stage.folder)/copy.bin"
      _ = try await Self.ask(site, "artifacts", "get", pushed.run, "image.bin", "--output", copy)
      #expect(try await ByteStream.file(copy).collect(upTo: 1 << 20) == image)
      let delivery = try #require(stage.github.deliveries.first { $0.event == "push" })
      #expect(try await Self.ask(site, "deliveries", "list").outputText.contains(delivery.guid))
    }
  }

  @Test func `A log that is followed ends with its job`() async throws {
    try await withStage { stage in
      let gate = try Gate(in: stage.folder)
      var configuration = stage.configuration
      configuration.server.apiToken = Secret("open sesame")
      try await stage.withMatriz(configuration) { site in
        let pushed = try await stage.push(task: "exec >&2; echo before; \(gate.script); echo after")
        try await gate.waitUntilReached()
        async let followed = Self.ask(site, "logs", "--follow", pushed.run)
        try await gate.pass()
        let text = try await followed.outputText
        #expect(text.contains("before\n"))
        #expect(text.hasSuffix("after"))
      }
    }
  }
}
