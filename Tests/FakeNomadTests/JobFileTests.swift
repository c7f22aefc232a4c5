import HTTP
import TestSupport
import Testing

@testable import FakeNomad

@Suite(.fewAtOnce) struct JobFileTests {
  @Test("the documented template becomes a job that only lacks datacenters")
  func documented() throws {
    let job = try JobDecoder.job(parsing: Jobs.fixture("documented.hcl"))
    let task = try #require(job["TaskGroups"]?[0]?["Tasks"]?[0])
    #expect(job["ID"] == "mise-ci-run")
    #expect(job["Datacenters"] == .null)
    #expect(job["ParameterizedJob"]?["MetaRequired"] == ["callback_url", "token"])
    #expect(task["Config"]?["image"] == "${image}")
    #expect(task["Env"]?["MISE_CI_TOKEN"] == "${NOMAD_META_token}")
    #expect(task["Resources"]?["MemoryMB"] == 2048)
    #expect(job["TaskGroups"]?[0]?["RestartPolicy"] == .null)
    let refusal = try #require(JobValidation.refusal(of: CanonicalJob.fill(job)))
    #expect(refusal.message == "1 error occurred:\n\t* Missing job datacenters\n\n")
  }

  @Test("comments, heredocs, escapes, maps and conversions are read as HCL reads them")
  func syntax() throws {
    let job = try JobDecoder.job(parsing: Jobs.fixture("raw_exec.hcl"))
    let task = try #require(job["TaskGroups"]?[0]?["Tasks"]?[0])
    #expect(job["Meta"] == ["team": "build", "cost-center": "7"])
    #expect(task["KillTimeout"] == 2_000_000_000)
    #expect(task["Resources"]?["MemoryMB"] == 32)
    #expect(task["Env"]?["GREETING"] == "tab\there, \"quoted\", ${literal}, \u{e9}")
    #expect(
      task["Config"]?["args"]?[1]
        == "printf '%s\\n' \"$MISE_CI_CALLBACK\" \"${NOMAD_META_attempt}\" \"$GREETING\"\n")
  }

  @Test("a batch job gets the defaults of batch jobs, and keeps what it says of a policy")
  func defaults() throws {
    let text =
      "job \"a\" {\n type = \"batch\"\n group \"g\" {\n restart {\n attempts = 1\n }\n task \"t\" {}\n }\n}"
    let job = CanonicalJob.fill(try JobDecoder.job(parsing: text))
    let group = try #require(job["TaskGroups"]?[0])
    #expect(group["RestartPolicy"]?["Attempts"] == 1)
    #expect(group["RestartPolicy"]?["Mode"] == "fail")
    #expect(group["ReschedulePolicy"]?["Attempts"] == 1)
    #expect(group["Tasks"]?[0]?["RestartPolicy"] == group["RestartPolicy"])
    #expect(group["Tasks"]?[0]?["KillTimeout"] == 5_000_000_000)
    #expect(job["Priority"] == 50)
  }

  @Test(
    "what is wrong is named with line and columns",
    arguments: [
      (
        "job \"a\" {\n  colour = 1\n}",
        "2,3-9: Unsupported argument; An argument named \"colour\" is not expected here."
      ),
      (
        "job \"a\" {\n  paint {}\n}",
        "2,3-8: Unsupported block type; Blocks of type \"paint\" are not expected here."
      ),
      ("job {}", "1,5-6: Missing name for job; All job blocks must have 1 labels (name)."),
      (
        "job \"a\" {\n  name = upper(\"x\")\n}",
        "2,10-15: Call to unknown function; There is no function named \"upper\"."
      ),
      (
        "job \"a\" {\n  name = \"x${file(\"y\")}\"\n}",
        "2,14-18: Call to unknown function; There is no function named \"file\"."
      ),
      ("job \"a\" {\n  name = other\n}", "2,10-15: Unknown variable; There is no variable named \"other\"."),
      (
        "job \"a\" {\n  name = \"x\" priority = 1\n}",
        "2,14-22: Missing newline after argument; An argument definition must end with a newline."
      ),
      (
        "job \"a\" {\n  name = \"x\"\n  name = \"y\"\n}",
        "3,3-7: Attribute redefined; The argument \"name\" was already set at input.hcl:2,3-7. Each argument may be set only once."
      ),
      (
        "job \"a\" {\n  datacenters = [\"a\" \"b\"]\n}",
        "2,22-23: Missing item separator; Expected a comma to mark the beginning of the next item."
      ),
      (
        "job \"a\" {\n  datacenters = \"dc1\"\n}",
        "2,18-21: Unsuitable value type; Unsuitable value: list of string required"
      ),
      (
        "job \"a\" {\n  group \"g\" {\n    shutdown_delay = \"soon\"\n  }\n}",
        "3,23-27: Unsuitable value type; Unsuitable value: time: invalid duration \"soon\""
      ),
      (
        "job \"a\" {\n  colour = 1\n  shape = 2\n}",
        "2,3-9: Unsupported argument; An argument named \"colour\" is not expected here., and 1 other diagnostic(s)"
      ),
      ("\"job\" \"a\" {}", "1,1-2: Invalid argument name; Argument names must not be quoted."),
      (
        "job \"a\" {\n  name = \"\\q\"\n}",
        "2,11-13: Invalid escape sequence; The symbol \"q\" is not a valid escape sequence selector."
      ),
      (
        "job \"a\" {\n  name = <<EOT\nx\n}",
        "2,10-15: Unterminated template string; No closing marker was found for the string."
      ),
    ])
  func mistakes(_ text: String, _ message: String) throws {
    let error = try #require(throws: HCLError.self) { try JobDecoder.job(parsing: text) }
    #expect(error.description == "input.hcl:" + message)
  }

  @Test("nesting is bounded, in blocks and in values", arguments: ["a {\n", "a = [", "a = {b="])
  func nesting(_ opening: String) {
    let inner = opening.hasPrefix("a =") ? String(opening.dropFirst(4)) : opening
    let text = opening + String(repeating: inner, count: 10_000)
    #expect(throws: HCLError.self) { try HCLParser.parse(text) }
  }

  @Test(
    "durations are read as Go reads them",
    arguments: [
      ("10s", 10_000_000_000), ("1h30m", 5_400_000_000_000), ("1.5s", 1_500_000_000), ("250ms", 250_000_000),
      ("0", 0), ("", nil), ("5", nil), ("s", nil), ("99999999999h", nil),
    ] as [(String, Int64?)])
  func durations(_ text: String, _ nanoseconds: Int64?) {
    #expect(GoDuration.nanoseconds(text) == nanoseconds)
  }
}
