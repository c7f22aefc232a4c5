import Archive
import Glibc
import Platform
import TestSupport
import Testing

/// The archives of others, and ours read by others. Skipped where a tool is not installed.
@Suite(.fewAtOnce) struct ForeignToolTests {
  private static func has(_ tool: String) -> Bool {
    (ProcessEnvironment["PATH"] ?? "").split(separator: ":").contains { access("\($0)/\(tool)", X_OK) == 0 }
  }

  private static var entries: [ZipEntry] {
    [
      ZipFixture.entry("a.txt", String(repeating: "text\n", count: 1_000)),
      ZipFixture.entry("dir/grün €.sh", "#!/bin/sh\n", compression: .store, permissions: 0o755),
      ZipEntry("unmeasured", contents: ZipFixture.unmeasured([[0x78], [0x79]])),
    ]
  }

  @Test(.enabled(if: has("unzip"), "unzip is not installed"))
  func `unzip finds nothing wrong, and restores names and modes`() async throws {
    try await ZipFixture.withFile(try await ZipFixture.zip(Self.entries)) { path in
      let test = try await runProcess("unzip", ["-t", path])
      #expect(test.status.isSuccess, "\(test.outputText) \(test.errorText)")
      let unpacked = try await runProcess(
        "sh", ["-c", "cd \"${0%/*}\" && unzip -q \"$0\" && stat -c '%a %s %n' a.txt dir/* unmeasured", path],
        environment: ["PATH": ProcessEnvironment["PATH"] ?? "", "LC_ALL": "C.UTF-8"])
      #expect(
        unpacked.outputText == "644 5000 a.txt\n755 10 dir/grün €.sh\n644 2 unmeasured",
        "\(unpacked.errorText)")
    }
  }

  @Test(.enabled(if: has("python3"), "python3 is not installed"))
  func `Python's zipfile agrees on everything`() async throws {
    let script = """
      import sys, zipfile
      with zipfile.ZipFile(sys.argv[1]) as z:
          assert z.testzip() is None
          for i in z.infolist():
              print(i.filename, oct(i.external_attr >> 16), i.file_size, i.compress_type, i.date_time[0])
      """
    try await ZipFixture.withFile(try await ZipFixture.zip(Self.entries)) { path in
      let listed = try await runProcess(
        "python3", ["-c", script, path],
        environment: ["PATH": ProcessEnvironment["PATH"] ?? "", "LC_ALL": "C.UTF-8", "TZ": "UTC"])
      #expect(
        listed.outputText == """
          a.txt 0o100644 5000 8 1980
          dir/grün €.sh 0o100755 10 0 1980
          unmeasured 0o100644 2 8 1980
          """, "\(listed.errorText)")
    }
  }

  @Test(.enabled(if: has("zip"), "zip is not installed"))
  func `What zip writes is read, links as well`() async throws {
    try await withTemporaryDirectory { folder in
      let script =
        "cd \"$0\" && mkdir d && printf 1 > d/ä && chmod 750 d/ä && ln -s ä d/l && zip -qry a.zip d"
      let made = try await runProcess(
        "sh", ["-c", script, folder],
        environment: ["PATH": ProcessEnvironment["PATH"] ?? "", "LC_ALL": "C.UTF-8"])
      #expect(made.status.isSuccess, "\(made.errorText)")
      let entries = try await ZipFixture.read(ZipReader(file: "\(folder)/a.zip"))
      let found = Dictionary(uniqueKeysWithValues: entries.map { ($0.entry.name, $0.entry) })
      #expect(found["d"]?.kind == .folder)
      #expect(found["d/ä"]?.permissions == 0o750)
      #expect(found["d/l"]?.kind == .link(target: "ä"))
      #expect(entries.first { $0.entry.name == "d/ä" }?.text == "1")
      let streamed = try await ZipFixture.read(ZipReader(try await .file("\(folder)/a.zip")))
      #expect(streamed.map(\.entry.name).sorted() == ["d", "d/l", "d/ä"])
    }
  }

  @Test(.enabled(if: has("python3"), "python3 is not installed"), arguments: ["ZIP_STORED", "ZIP_DEFLATED"])
  func `What Python streams is read as a stream`(_ method: String) async throws {
    let script = """
      import sys, zipfile
      class Pipe:
          def write(self, b): return sys.stdout.buffer.write(b)
          def flush(self): sys.stdout.flush()
      with zipfile.ZipFile(Pipe(), 'w', zipfile.\(method)) as z:
          z.writestr('a.txt', 'one' * 1000)
          z.writestr('d/ü', 'two')
      """
    let made = try await runProcess(
      "python3", ["-c", script], environment: ["PATH": ProcessEnvironment["PATH"] ?? "", "LC_ALL": "C.UTF-8"])
    let entries = try await ZipFixture.read(ZipReader(.bytes(made.output)))
    #expect(entries.map(\.entry.name) == ["a.txt", "d/ü"])
    #expect(entries.map(\.text) == [String(repeating: "one", count: 1_000), "two"])
  }
}
