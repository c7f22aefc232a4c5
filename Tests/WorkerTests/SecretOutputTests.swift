import Glibc
import Platform
import TestSupport
import Testing
import WorkerProtocol

@testable import Worker

@Suite("What commands print without the job's secrets", .fewAtOnce)
struct SecretOutputTests {
  /// Prints the script's secrets where the shell's own command line does not: they are in its environment.
  private static func shell(
    _ script: String, _ secret: String, on bench: CommandBench, id: UInt64 = 1
  ) async throws -> CommandBench.Outcome {
    try await bench.shell(script, env: ["VALUE": secret], id: id)
  }

  @Test("The worker's token is masked on both streams, and in base 64")
  func token() async throws {
    try await CommandBench.with { bench in
      let script = #"echo "<$VALUE>"; printf %s "$VALUE" >&2; echo; printf %s "$VALUE" | base64 -w0"#
      let outcome = try await Self.shell(script, "secret-token-1", on: bench)
      #expect(outcome.outputText == "<***>\n\n***=")
      #expect(outcome.errorText == "***")
    }
  }

  @Test("A renewed token is masked, and the old one still is")
  func renewedToken() async throws {
    try await CommandBench.with { bench in
      bench.send(ServerMessage(.renew(.init(token: "renewed-token-2"))))
      let outcome = try await Self.shell(#"echo "$VALUE"; echo secret-token-1"#, "renewed-token-2", on: bench)
      #expect(outcome.outputText == "***\n***\n")
    }
  }

  @Test("What the server names is masked, also when it comes while the command runs")
  func serverSecrets() async throws {
    try await CommandBench.with { bench in
      bench.send(ServerMessage(.mask(.init(values: ["first secret", "two\nlines"]))))
      bench.open()
      let script = "echo first secret; echo lines; while [ ! -e go ]; do sleep 0.01; done; echo second secret"
      bench.send(ServerMessage(id: 1, .run(.init(cmd: "sh", args: ["-c", script]))))
      var outcome = CommandBench.Outcome()
      while outcome.output.filter({ $0 == 10 }).count < 2 {
        let ended = try await bench.take(into: &outcome, id: 1)
        try #require(!ended)
      }
      bench.send(ServerMessage(.mask(.init(values: ["second secret"]))))
      let go = try Descriptor.open("\(bench.folder)/go", flags: O_WRONLY | O_CREAT)
      _ = go
      while try await !bench.take(into: &outcome, id: 1) {}
      #expect(outcome.outputText == "***\n***\n***\n")
    }
  }

  @Test("A command names a secret on either stream; from then on it is masked on both, in later commands too")
  func addMask() async throws {
    try await CommandBench.with { bench in
      let first = try await Self.shell(
        #"echo "::add-mask::$VALUE" >&2; echo "::add-mask::other%0Asecret""#, "hunter2!", on: bench)
      #expect(first.errorText == "::add-mask::***\n")
      #expect(first.outputText == "::add-mask::***\n")
      let second = try await Self.shell(
        #"echo "$VALUE"; echo secret other >&2"#, "hunter2!", on: bench, id: 2)
      #expect(second.outputText == "***\n")
      #expect(second.errorText == "*** ***\n")
    }
  }

  @Test("A secret whose bytes come one by one is masked, and what only begins like one comes at the end")
  func piecewise() async throws {
    try await CommandBench.with { bench in
      bench.send(ServerMessage(.mask(.init(values: ["secret phrase"]))))
      let script = #"for c in s e c r e t ' ' p h r a s e - s e c r; do printf '%s' "$c"; done"#
      let outcome = try await bench.shell(script)
      #expect(outcome.outputText == "***-secr")
    }
  }

  @Test("A prompt without a line end is shown while the command waits")
  func prompt() async throws {
    try await CommandBench.with { bench in
      bench.open()
      let script = "printf 'password: '; while [ ! -e go ]; do sleep 0.01; done"
      bench.send(ServerMessage(id: 1, .run(.init(cmd: "sh", args: ["-c", script]))))
      var outcome = CommandBench.Outcome()
      while outcome.outputText != "password: " {
        let ended = try await bench.take(into: &outcome, id: 1)
        try #require(!ended)
      }
      let go = try Descriptor.open("\(bench.folder)/go", flags: O_WRONLY | O_CREAT)
      _ = go
      while try await !bench.take(into: &outcome, id: 1) {}
    }
  }

  @Test("A clone's credentials are masked, plain and as the header that git sends")
  func cloneCredentials() async throws {
    try await CommandBench.with { bench in
      var copy = ServerMessage.Copy()
      copy.source = "http://user:p%40ssphrase@127.0.0.1:9/a.git"
      copy.dest = "src"
      copy.creds = .init(.token("ghs_clone-token"))
      #expect(try await bench.carryOut(.copy(copy)).failure?.contains("git fetch") == true)
      let script = """
        echo ghs_clone-token; echo p@ssphrase; printf x-access-token:ghs_clone-token | base64
        printf ghs_clone-token | base64
        """
      let outcome = try await bench.shell(script, id: 2)
      #expect(outcome.outputText == "***\n***\n***\n***\n")
    }
  }

  @Test("What the server is told of a failure has no secret in it, nor have the worker's own lines")
  func errors() async throws {
    try await CommandBench.with { bench in
      bench.send(ServerMessage(.mask(.init(values: ["folder-secret"]))))
      let failed = try await bench.carryOut(.run(.init(cmd: "true", workdir: "folder-secret")))
      #expect(failed.failure?.contains("/***' is not there") == true)
      let missing = try await bench.carryOut(.run(.init(cmd: "folder-secret")), id: 2)
      #expect(missing.errorText == "mise-ci: ***: command not found\n")
    }
  }

  @Test("Values that are too short are not masked; the log says so once, without them")
  func tooShort() async throws {
    try await CommandBench.with { bench in
      bench.send(ServerMessage(.mask(.init(values: ["abc", "x", "", "abc"]))))
      let first = try await bench.shell("echo abc; echo ::add-mask::xyz; echo xyz")
      #expect(first.outputText == "abc\n::add-mask::***\nxyz\n")
      #expect(
        first.errorText == """
          mise-ci: 2 secrets have fewer than 4 characters: not masked
          mise-ci: a secret has fewer than 4 characters: not masked

          """)
      bench.send(ServerMessage(.mask(.init(values: ["abc"]))))
      let outcome = try await bench.shell("echo abc", id: 2)
      #expect(outcome.errorText.isEmpty)
    }
  }
}
