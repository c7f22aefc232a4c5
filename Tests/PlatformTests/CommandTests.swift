import TestSupport
import Testing

@testable import Platform

@Suite("Command lines", .fewAtOnce)
struct CommandTests {
  private let program = Command(
    "tool", "Does things.",
    subcommands: [
      Command(
        "serve", "Serves.",
        options: [
          .init("port", value: "N", "Where to listen."), .init("json", "Print JSON."),
          .init("repo", value: "R", "One."),
        ],
        arguments: [
          .init("FOLDER", "What to serve."), .init("MORE", "More.", isRequired: false, isRepeated: true),
        ])
    ])

  @Test("options and arguments may be mixed, and written in both ways")
  func values() throws {
    let words = ["serve", "--port", "8", "a", "--json", "--repo=x", "b", "--repo", "y", "--", "--port"]
    guard case .run(let values) = try program.parse(words) else {
      Issue.record("no values")
      return
    }
    #expect(values.path == ["serve"])
    #expect(try values.integer("port", in: 0...10) == 8)
    #expect(values.has("json"))
    #expect(values.strings("repo") == ["x", "y"])
    #expect(values.arguments == ["a", "b", "--port"])
  }

  @Test(
    "a wrong command line says which word, and what is meant",
    arguments: [
      (["serve", "--prot", "8", "a"], "tool serve: unknown option '--prot'; did you mean '--port'?"),
      (["sreve"], "tool: unknown command 'sreve'; did you mean 'serve'?"),
      ([], "tool: a command is missing: one of serve"),
      (["serve"], "tool serve: FOLDER is missing"),
      (["serve", "a", "--port"], "tool serve: --port needs a value: --port N"),
      (["serve", "a", "--json=1"], "tool serve: --json takes no value"),
      (["--what"], "tool: unknown option '--what'"),
    ])
  func wrong(words: [String], message: String) {
    let error = #expect(throws: UsageError.self) { try program.parse(words) }
    #expect(error?.message.split(separator: "\n").first.map(String.init) == message)
  }

  @Test(
    "help is there at every level",
    arguments: [["--help"], ["help"], ["serve", "--help"], ["help", "serve"], ["serve", "a", "-h"]])
  func help(words: [String]) throws {
    guard case .help(let text) = try program.parse(words) else {
      Issue.record("no help")
      return
    }
    #expect(text.hasPrefix("Usage: tool"))
  }
}
