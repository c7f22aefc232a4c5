import Platform
import TestKit
import TestSupport
import Testing

@Suite(.fewAtOnce) struct MiseStandInTests {
  static let configuration = #"""
    min_version = "2024.1.1"
    [tools]
    node = "20"
    [env]
    GREETING = "hello world" # said below
    [tasks.ci]
    description = 'everything'
    depends = ["ci:lint",
      "short"]
    run = """
    echo one
    echo \"two $GREETING\"
    """
    [tasks."ci:lint"]
    run = 'echo lint'
    [tasks]
    short = "echo short"
    inline = { run = "echo inline", depends = "short" }
    [tasks.list]
    run = ["echo first", "echo second"]
    [tasks.stops]
    run = '''
    echo before
    false
    echo after
    '''
    [tasks.seven]
    run = "exit 7"
    [tasks.script]
    run = '''
    #!/bin/sh
    echo script
    '''

    """#

  private func run(_ arguments: [String], file: String = "mise.toml") async throws -> ProcessResult {
    try await withTemporaryDirectory { folder in
      let mise = try MiseStandIn.install(into: "\(folder)/bin")
      let made = try await runProcess(
        "sh", ["-c", "mkdir -p \"$0/work/below\" && cat > \"$0/work/\(file)\"", folder],
        input: Array(Self.configuration.utf8))
      #expect(made.status.isSuccess)
      return try await runProcess(mise, arguments, workingDirectory: "\(folder)/work/below")
    }
  }

  @Test(
    arguments: [
      (["run", "ci"], "lint\nshort\none\ntwo hello world", 0), (["run", "short"], "short", 0),
      (["run", "short", "a b", "c'd"], "short a b c'd", 0), (["run", "inline"], "short\ninline", 0),
      (["run", "list", ":::", "short"], "first\nsecond\nshort", 0), (["run", "stops"], "before", 1),
      (["run", "seven"], "", 7), (["run", "script"], "script", 0), (["trust"], "", 0),
      (["install"], "", 0), (["run", "missing"], "", 1), (["wrong"], "", 2),
    ] as [([String], String, Int32)]) func `A command does what mise does`(
      _ arguments: [String], _ output: String, _ code: Int32
    ) async throws
  {
    let result = try await run(arguments)
    #expect(result.outputText == output)
    #expect(result.status == .exited(code), "\(result.errorText)")
  }

  @Test(arguments: ["mise.toml", ".mise.toml"]) func `The tasks are found from a folder below`(
    _ file: String
  ) async throws {
    #expect(try await run(["run", "short"], file: file).outputText == "short")
  }

  @Test func `An unknown task is named`() async throws {
    #expect(try await run(["run", "missing"]).errorText.contains("no task missing found"))
  }

  @Test func `A real mise on the path is taken, else the stand-in`() async throws {
    try await withTemporaryDirectory { folder in
      let standIn = try MiseStandIn.choose(installingInto: "\(folder)/a", searchPath: "/nonexistent")
      #expect(standIn.pathPrefix == "\(folder)/a:")
      #expect(!standIn.isReal)
      let real = try MiseStandIn.choose(installingInto: "\(folder)/b", searchPath: "/x:\(folder)/a")
      #expect(real.pathPrefix == "")
      #expect(real.isReal)
    }
  }
}
