import Platform
import TestKit
import TestSupport
import Testing

/// `mise-ci artifacts`: what is fetched, where it ends up, and that nothing is left of what was not right.
@Suite(.fewAtOnce) struct ArtifactsCommandTests {
  private func files(in folder: String) async throws -> [String] {
    let result = try await runProcess("ls", ["-A", folder])
    return result.outputText.split(separator: "\n").map(String.init)
  }

  @Test func `Artifacts are listed with size and digest`() async throws {
    let result = try await StubMatriz().miseCI(["artifacts", "list", StubMatriz.run])
    let lines = result.outputText.split(separator: "\n")
    #expect(lines.count == 3)
    #expect(lines[1].hasPrefix("widget.bin   13"))
  }

  @Test(
    arguments: [
      ([], "widget.bin"), (["--output", "copy"], "copy"), (["--output", "below"], "below/widget.bin"),
    ] as [([String], String)]) func `An artifact is fetched, byte for byte`(
      _ options: [String], _ path: String
    ) async throws
  {
    try await withTemporaryDirectory { folder in
      try makeDirectories("\(folder)/below")
      let result = try await StubMatriz().miseCI(
        ["artifacts", "get", StubMatriz.run, "widget.bin"] + options, in: folder)
      #expect(result.status == .exited(0), "\(result.errorText)")
      #expect(result.outputText.hasPrefix("\(path): 13 bytes"))
      #expect(try await ByteStream.file("\(folder)/\(path)").collect(upTo: 100) == StubMatriz.artifact)
    }
  }

  @Test(arguments: [
    ("damaged.bin", "do not have the digest"),
    ("missing", "no artifact 'missing', only: widget.bin, damaged.bin"),
  ]) func `An artifact that is not right leaves nothing behind`(_ name: String, _ text: String) async throws {
    try await withTemporaryDirectory { folder in
      let result = try await StubMatriz().miseCI(["artifacts", "get", StubMatriz.run, name], in: folder)
      #expect(result.status == .exited(1))
      #expect(result.errorText.contains(text), "\(result.errorText)")
      #expect(try await files(in: folder) == [])
    }
  }

  @Test func `A destination that cannot be written is a failure that names it`() async throws {
    try await withTemporaryDirectory { folder in
      let result = try await StubMatriz().miseCI(
        ["artifacts", "get", StubMatriz.run, "widget.bin", "--output", "absent/copy"], in: folder)
      #expect(result.status == .exited(1))
      #expect(result.errorText.contains("absent"), "\(result.errorText)")
    }
  }
}
