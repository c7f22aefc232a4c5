import Crypto
import FakeGitHub
import HTTP
import Platform
import TestSupport
import Testing

/// Tasks that print much, or oddly: every byte is in the log in its place, and nobody holds it in memory.
///
/// How much a flood is, the variable `MISE_CI_FLOOD_BYTES` says.
@Suite(.fewAtOnce) struct LogPressureTests {
  /// The most resident memory that a matriz, or a worker, may ever have had; debug builds of both.
  private static let maximumMatrizBytes = 96 << 20
  private static let maximumWorkerBytes = 96 << 20
  private static let floodBytes = ProcessEnvironment["MISE_CI_FLOOD_BYTES"].flatMap { Int($0) } ?? 30_000_000

  /// What a task prints, and how.
  struct Printing: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let block: [UInt8]
    let repetitions: Int
    /// `BLOCK` is the file with the block.
    let script: String

    var byteCount: Int { block.count * repetitions }
  }

  static let noise = RandomBytes.generate(1_000_000)

  static let printings = [
    Printing(
      testDescription: "a byte at a time", block: Array(noise.prefix(20_000)), repetitions: 1,
      script: "dd if=BLOCK bs=1 status=none"),
    Printing(
      testDescription: "one line of 10 MB", block: Array(repeating: UInt8(ascii: "x"), count: 100_000),
      repetitions: 100, script: "i=0; while [ $i -lt 100 ]; do cat BLOCK; i=$((i + 1)); done"),
    Printing(
      testDescription: "all of it after the task's own end", block: noise, repetitions: 1,
      // The child sees the end of the fifo when the last one who holds it, the parent, is gone.
      script: "mkfifo held; { cat held; cat BLOCK; } & exec 3> held; exit 0"),
  ]

  private static let flood = Printing(
    testDescription: "binary noise as fast as it goes", block: noise,
    repetitions: max(1, floodBytes / noise.count),
    script: "i=0; while [ $i -lt \(max(1, floodBytes / noise.count)) ]; do cat BLOCK; i=$((i + 1)); done")

  @Test(arguments: printings) func `The log has every byte of`(_ printing: Printing) async throws {
    try await withStage(workers: .program) { stage in
      let deployment = try await Deployment(on: stage)
      try await deployment.withMatriz { program, site in
        let pushed = try await stage.push(
          task: "exec >&2\n" + printing.script.replacing("BLOCK", with: "block.bin"),
          ["block.bin": FakeFile(printing.block)])
        #expect(try await stage.end(of: pushed).state == .success)
        try await Self.expectLog(of: pushed, printing, at: site)
        #expect(try Stage.peakMemoryBytes(of: program.process.processID) < Self.maximumMatrizBytes)
      }
    }
  }

  @Test func `The log has every byte of a flood, and neither worker nor matriz holds it in memory`()
    async throws
  {
    try await withStage(workers: .program) { stage in
      let deployment = try await Deployment(on: stage)
      let gate = try Gate(in: stage.folder)
      let printing = Self.flood
      try await deployment.withMatriz { program, site in
        let pushed = try await stage.push(
          task: "exec >&2\n" + printing.script.replacing("BLOCK", with: "block.bin") + "\n\(gate.script)",
          ["block.bin": FakeFile(printing.block)])
        try await gate.waitUntilReached()
        let worker = try await stage.worker()
        #expect(try Stage.peakMemoryBytes(of: worker.processID) < Self.maximumWorkerBytes)
        #expect(try Stage.peakMemoryBytes(of: program.process.processID) < Self.maximumMatrizBytes)
        try await gate.pass()
        #expect(try await stage.end(of: pushed).state == .success)
        try await Self.expectLog(of: pushed, printing, at: site)
      }
    }
  }

  /// The log ends with exactly what the task printed, by its digest.
  private static func expectLog(of pushed: PushedRun, _ printing: Printing, at site: Site) async throws {
    let size = try #require(Int(try await site.log(of: pushed.run, "?limit=0").headers["X-Log-Size"] ?? ""))
    let start = size - printing.byteCount
    try #require(start >= 0, "the log has \(size) bytes")
    var expected = SHA256()
    for _ in 0..<printing.repetitions { expected.update(printing.block) }
    var got = SHA256()
    for offset in stride(from: start, to: size, by: 4 << 20) {
      got.update(try await site.log(of: pushed.run, "?offset=\(offset)&limit=\(4 << 20)").bytes)
    }
    #expect(Hexadecimal.encode(got.finalize()) == Hexadecimal.encode(expected.finalize()))
    // Nothing of it stands before it either.
    let before = try await site.log(of: pushed.run, "?limit=\(start)").bytes
    #expect(before.firstRange(of: printing.block.prefix(1_000)) == nil)
  }
}
