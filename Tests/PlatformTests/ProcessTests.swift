import Glibc
import TestSupport
import Testing

@testable import Platform

@Suite("Child processes", .fewAtOnce)
struct ProcessTests {
  @Test(
    "the way a process ends is told as a shell tells it",
    arguments: [("exit 0", 0), ("exit 7", 7), ("kill -TERM $$", 143), ("kill -KILL $$", 137)]
      as [(String, Int32)])
  func status(script: String, code: Int32) async throws {
    let result = try await runProcess("sh", ["-c", script])
    #expect(result.status.code == code)
  }

  @Test("input, output and error each have their own way")
  func streams() async throws {
    let input = [UInt8](repeating: 65, count: 300_000)
    let result = try await runProcess("sh", ["-c", "cat; echo oops >&2"], input: input)
    #expect(result.output == input)
    #expect(result.errorText == "oops")
  }

  @Test("a process gets just the environment and the folder that it is given")
  func environment() async throws {
    let result = try await runProcess(
      "/bin/sh", ["-c", "echo $A-$HOME-$(pwd)"], environment: ["A": "x", "PATH": "/usr/bin:/bin"],
      workingDirectory: "/usr")
    #expect(result.outputText == "x--/usr")
  }

  @Test("descriptors of the parent do not leak into a child")
  func descriptors() async throws {
    let ends = try Descriptor.pipe()
    let result = try await runProcess("sh", ["-c", "ls /proc/self/fd | wc -l"])
    // 0, 1, 2, and the one that ls reads the folder through.
    #expect(result.outputText == "4")
    _ = ends.read.raw
  }

  @Test(
    "a program that cannot be started says why",
    arguments: [("/no/such/program", ENOENT), ("no-such-program", ENOENT), ("/etc/passwd", EACCES)])
  func missing(executable: String, code: Int32) async throws {
    await #expect(throws: SystemError(code: code, operation: "start \(executable)")) {
      try await runProcess(executable, [])
    }
  }

  @Test("the group of a process that leads one gets its signals")
  func group() async throws {
    let process = try ChildProcess.spawn(
      ProcessOptions(
        executable: "sh", arguments: ["-c", "sleep 1000 & echo started; wait"],
        environment: ProcessEnvironment.current(), output: .pipe, leadsProcessGroup: true))
    #expect(try await process.output?.read() == Array("started\n".utf8))
    process.signal(SIGKILL)
    #expect(await process.wait() == .signalled(SIGKILL))
    // The pipe ends only when the sleep is gone, too.
    #expect(try await process.output?.read() == nil)
  }

  @Test("reading ends when its task is cancelled, and what comes later is still there")
  func cancelledRead() async throws {
    let ends = try Descriptor.pipe(nonBlockingRead: true, nonBlockingWrite: true)
    let (read, write) = ends.release()
    let reader = PipeReader(owning: Descriptor(owning: read))
    let writer = PipeWriter(owning: Descriptor(owning: write))
    let task = Task { try await reader.read() }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    try await writer.write([1, 2, 3])
    #expect(try await reader.read() == [1, 2, 3])
  }
}
