import FakeGitHub
import FakeNomad
import HTTP
import Platform
import TestKit
import TestSupport
import Testing

/// The programs that are deployed, as processes.
@Suite(.fewAtOnce) struct ProgramTests {
  @Test func `A push succeeds, and SIGTERM ends the matriz in order`() async throws {
    try await withStage(workers: .program) { stage in
      let deployment = try await Deployment(
        on: stage, more: "pipeline:\n  artifacts: [out.txt]\n")
      try await deployment.withMatriz { program, site in
        let pushed = try await stage.push(task: "echo hello; echo made > out.txt")
        let final = try await stage.end(of: pushed)
        #expect(final.state == .success)
        #expect(final.targetURL == "\(deployment.origin)/runs/\(pushed.run)")
        #expect(try await site.log(of: pushed.run).text.contains("hello\n"))
        let artifact = try #require(try await site.artifacts(of: pushed.run)["out.txt"])
        #expect(try await site.download(artifact).text == "made\n")
        let allocation = try #require(stage.nomad.allocations().first)
        _ = try await stage.nomad.allocation(ofJob: allocation.jobID, reaching: .complete)
        let (status, seconds) = await program.terminate()
        #expect(status == .exited(0), "\(program.logText)")
        #expect(seconds < 10)
      }
    }
  }

  @Test func `A second matriz on the same data refuses, and names the first one's process`() async throws {
    try await withStage { stage in
      let deployment = try await Deployment(on: stage)
      let other = try await Deployment(on: stage)
      try await deployment.withMatriz { program, _ in
        let result = try await MatrizProgram.run(["matriz", "--config", other.configurationFile])
        #expect(result.status == .exited(1))
        #expect(result.errorText.contains("\(program.process.processID)"), "\(result.errorText)")
      }
    }
  }

  @Test func `A configuration that is wrong ends with 2, and says where`() async throws {
    try await withStage { stage in
      let file = "\(stage.folder)/bad.yaml"
      try await stage.write("server:\n  http_addr: 127.0.0.1:0\n  http_port: 80\n", to: file)
      let result = try await MatrizProgram.run(["matriz", "--config", file])
      #expect(result.status == .exited(2))
      #expect(result.errorText.contains("\(file):3"), "\(result.errorText)")
      #expect(result.errorText.contains("http_port"))
    }
  }

  @Test(
    arguments: [
      [], ["matriz"], ["worker"], ["runs"], ["show"], ["logs"], ["artifacts"], ["artifacts", "get"],
      ["deliveries"],
    ])
  func `Every level has a help text`(_ arguments: [String]) async throws {
    let result = try await MatrizProgram.run(arguments + ["--help"])
    #expect(result.status == .exited(0))
    let usage = "Usage: " + (["mise-ci"] + arguments).joined(separator: " ")
    #expect(result.outputText.hasPrefix(usage), "\(result.outputText)")
  }

  /// What is wrong on the command line, and a word of what is said to it.
  @Test(
    arguments: [
      (["matriz", "--confg", "x"], "--config"), (["matrix"], "matriz"), ([], "--help"),
      (["worker", "--bogus"], "--bogus"), (["matriz", "--config"], "--config"),
      (["matriz", "--config", "/nowhere/matriz.yaml"], "/nowhere/matriz.yaml"),
      (["worker"], "MISE_CI_TOKEN"),
    ] as [([String], String)])
  func `A wrong command line ends with 2, and says what is meant`(
    _ arguments: [String], _ text: String
  ) async throws {
    let result = try await MatrizProgram.run(arguments)
    #expect(result.status == .exited(2))
    #expect(result.errorText.contains(text), "\(result.errorText)")
  }

  @Test func `The demo goes as it should, without control codes where nobody looks`() async throws {
    let demo = try #require(BuiltProducts.path("demo"))
    try await withTemporaryDirectory { folder in
      let result = try await runProcess(
        demo, ["--data", folder], environment: try OrphanWatch.inheritedEnvironment)
      #expect(result.status == .exited(0), "\(result.outputText)\n\(result.errorText)")
      #expect(!result.output.contains(0x1B))
      #expect(result.outputText.hasSuffix("All of it went as it should."))
    }
  }
}
