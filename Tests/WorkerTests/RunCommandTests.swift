import Glibc
import Platform
import TestSupport
import Testing
import WorkerProtocol

@testable import Worker

@Suite("Running commands", .fewAtOnce)
struct RunCommandTests {
  @Test("Both streams come back byte for byte with the exit code")
  func streams() async throws {
    try await CommandBench.with { bench in
      let outcome = try await bench.shell(#"printf 'a\000\377\n'; printf 'e\r' >&2; exit 7"#)
      #expect(outcome.output == [0x61, 0x00, 0xFF, 0x0A])
      #expect(outcome.error == [0x65, 0x0D])
      #expect(outcome.exitCode == 7)
    }
  }

  @Test(
    "Exit codes are those that a shell gives",
    arguments: [
      ("exit 0", Int32(0)), ("exit 255", 255), ("kill -TERM $$", 143), ("kill -KILL $$", 137),
      ("kill -SEGV $$", 139),
    ])
  func exitCodes(script: String, expected: Int32) async throws {
    try await CommandBench.with { bench in
      let outcome = try await bench.shell(script)
      #expect(outcome.exitCode == expected)
    }
  }

  @Test(
    "A command that is not there is 127, one that cannot be executed 126, each with a line that says so",
    arguments: [
      ("no-such-command", Int32(127), "command not found"), ("./missing", 127, "command not found"),
      ("", 127, "command not found"), ("./plain", 126, "not executable"), ("./folder", 126, "not executable"),
      ("./lost-interpreter", 127, "interpreter"), ("./script", 0, ""),
    ])
  func missing(name: String, code: Int32, text: String) async throws {
    try await CommandBench.with { bench in
      _ = try await bench.shell(
        """
        mkdir folder; echo x > plain; printf '#!/no/such/interpreter\\n' > lost-interpreter
        printf '#!/bin/sh\\n:\\n' > script; chmod +x lost-interpreter script
        """)
      let outcome = try await bench.carryOut(.run(.init(cmd: name)), id: 2)
      #expect(outcome.exitCode == code)
      #expect(text.isEmpty ? outcome.error.isEmpty : outcome.errorText.contains(text))
    }
  }

  @Test("The command's own PATH decides which program it is")
  func ownPath() async throws {
    try await CommandBench.with { bench in
      _ = try await bench.shell("mkdir bin; printf '#!/bin/sh\\necho mine\\n' > bin/tool; chmod +x bin/tool")
      let outcome = try await bench.carryOut(
        .run(.init(cmd: "tool", env: ["PATH": "\(bench.folder)/bin:/usr/bin:/bin"])), id: 2)
      #expect(outcome.outputText == "mine\n")
    }
  }

  @Test("The work folder is where commands run, its subfolders by name")
  func workingFolder() async throws {
    try await CommandBench.with { bench in
      _ = try await bench.shell("mkdir -p a/b")
      var run = ServerMessage.Run(cmd: "pwd", workdir: "a/b")
      #expect(try await bench.carryOut(.run(run), id: 2).outputText.hasSuffix("/a/b\n"))
      run.workdir = "missing"
      #expect(try await bench.carryOut(.run(run), id: 3).failure?.contains("is not there") == true)
      run.workdir = "../.."
      #expect(try await bench.carryOut(.run(run), id: 4).failure?.contains("leads out") == true)
      run.workdir = "/"
      #expect(try await bench.carryOut(.run(run), id: 5).outputText == "/\n")
    }
  }

  @Test("A command sees what it needs and nothing of the worker's own")
  func environment() async throws {
    let inherited = [
      "PATH": "/usr/bin:/bin", "HOME": "/home/x", "MISE_CI_TOKEN": "secret-token-1",
      "MISE_CI_CALLBACK": "http://127.0.0.1:9", "MISE_CI_TOKEN_FILE": "/run/token", "MISE_CI_CA_FILE": "/ca",
      "NOMAD_META_token": "secret-token-1", "NOMAD_META_callback_url": "http://127.0.0.1:9",
      "SCHEDULER_JSON": #"{"token":"secret-token-1"}"#, "MISE_YES": "0",
    ]
    try await CommandBench.with(environment: inherited) { bench in
      let outcome = try await bench.carryOut(
        .run(.init(cmd: "env", env: ["MISE_CI_SHA": "abc", "HOME": "/home/y"])))
      let lines = Set(outcome.outputText.split(separator: "\n"))
      #expect(lines == ["CI=true", "HOME=/home/y", "MISE_CI_SHA=abc", "MISE_YES=1", "PATH=/usr/bin:/bin"])
    }
  }

  @Test("A line is there before the command ends")
  func live() async throws {
    try await CommandBench.with { bench in
      bench.open()
      bench.send(
        ServerMessage(
          id: 1, .run(.init(cmd: "sh", args: ["-c", "echo first; while [ ! -e go ]; do sleep 0.01; done"]))))
      var outcome = CommandBench.Outcome()
      while outcome.output.isEmpty {
        let ended = try await bench.take(into: &outcome, id: 1)
        try #require(!ended)
      }
      #expect(outcome.outputText == "first\n")
      let go = try Descriptor.open("\(bench.folder)/go", flags: O_WRONLY | O_CREAT)
      _ = go
      while try await !bench.take(into: &outcome, id: 1) {}
      #expect(outcome.exitCode == 0)
    }
  }

  @Test("A flood of output is complete although the spool is small")
  func flood() async throws {
    try await CommandBench.with(spoolBytes: 100_000) { bench in
      let outcome = try await bench.shell("seq 1 200000")
      let expected = (1...200_000).reduce(into: [UInt8]()) { $0 += Array("\($1)\n".utf8) }
      #expect(outcome.output == expected)
      #expect(outcome.exitCode == 0)
    }
  }

  @Test("A server that acknowledges nothing holds the command, and memory stays bounded")
  func backPressure() async throws {
    try await CommandBench.with(spoolBytes: 100_000) { bench in
      bench.open()
      bench.send(ServerMessage(id: 1, .run(.init(cmd: "yes"))))
      let held = try await bench.state.value(timeoutSeconds: 30, waitingFor: "a full spool") {
        $0.session.hasRoom ? nil : $0.session.unacknowledgedBytes
      }
      #expect(held < 300_000)
      bench.send(ServerMessage(.cancel(.init(id: 1, graceSeconds: 1))))
      #expect(try await bench.outcome(of: 1).exitCode == 143)
    }
  }

  @Test("Output that comes after the command's end is in the log")
  func lateOutput() async throws {
    try await CommandBench.with { bench in
      let outcome = try await bench.shell(
        "(while [ -d /proc/$$ ]; do sleep 0.01; done; echo late) & echo early")
      #expect(outcome.outputText == "early\nlate\n")
      #expect(outcome.exitCode == 0)
    }
  }

  @Test("A process that holds the output open for ever does not hold the job")
  func lingeringProcess() async throws {
    try await CommandBench.with(drainSeconds: 0.3) { bench in
      let outcome = try await bench.shell("sleep 600 & echo $!")
      let sleeper = try #require(Int32(outcome.outputText.split(separator: "\n")[0]))
      kill(sleeper, SIGKILL)
      #expect(outcome.exitCode == 0)
      #expect(outcome.errorText.contains("read no further"))
    }
  }

  @Test("Cancelling ends the command and what it started, also outside of its process group")
  func cancelTree() async throws {
    try await CommandBench.with { bench in
      bench.open()
      // The group's member and the one that left it say who they are.
      let script =
        "sh -c 'echo $$; exec sleep 600' & setsid sh -c 'echo $$; exec sleep 600' & wait; echo never"
      bench.send(ServerMessage(id: 1, .run(.init(cmd: "sh", args: ["-c", script]))))
      var outcome = CommandBench.Outcome()
      while outcome.output.filter({ $0 == 10 }).count < 2 {
        let ended = try await bench.take(into: &outcome, id: 1)
        try #require(!ended)
      }
      bench.send(ServerMessage(.cancel(.init(id: 1, graceSeconds: 5))))
      while try await !bench.take(into: &outcome, id: 1) {}
      #expect(outcome.exitCode == 143)
      let sleepers = outcome.outputText.split(separator: "\n").compactMap { Int32($0) }
      #expect(sleepers.count == 2)
      for sleeper in sleepers {
        // Gone, or dead and not yet waited for by the init process.
        #expect(!ProcessTree().contains(living: sleeper))
      }
    }
  }

  @Test("Of several grace periods the shortest counts", arguments: [[600, 0], [0, 600]] as [[UInt32]])
  func shortestGrace(seconds: [UInt32]) async throws {
    try await CommandBench.with { bench in
      bench.open()
      let script = "trap '' TERM; echo ready; while :; do sleep 0.05; done"
      bench.send(ServerMessage(id: 1, .run(.init(cmd: "sh", args: ["-c", script]))))
      var outcome = CommandBench.Outcome()
      while outcome.output.isEmpty { _ = try await bench.take(into: &outcome, id: 1) }
      for graceSeconds in seconds {
        bench.send(ServerMessage(.cancel(.init(id: 1, graceSeconds: graceSeconds))))
      }
      while try await !bench.take(into: &outcome, id: 1) {}
      #expect(outcome.exitCode == 137)
    }
  }

  @Test("A command that ignores TERM is killed after the grace period")
  func cancelStubborn() async throws {
    try await CommandBench.with { bench in
      bench.open()
      let script = "trap '' TERM; echo ready; while :; do sleep 0.05; done"
      bench.send(ServerMessage(id: 1, .run(.init(cmd: "sh", args: ["-c", script]))))
      var outcome = CommandBench.Outcome()
      while outcome.output.isEmpty { _ = try await bench.take(into: &outcome, id: 1) }
      bench.send(ServerMessage(.cancel(.init(id: 1, graceSeconds: 0))))
      while try await !bench.take(into: &outcome, id: 1) {}
      #expect(outcome.exitCode == 137)
    }
  }
}
