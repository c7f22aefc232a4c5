import Glibc
import Platform
import TestKit
import TestSupport
import Testing

@Suite(.fewAtOnce) struct OrphanWatchTests {
  @Test func `What was started ends with us, also in a session of its own and as a grandchild`() async throws
  {
    let watch = try OrphanWatch()
    let environment = watch.environment.merging(["PATH": ProcessEnvironment["PATH"] ?? "/usr/bin:/bin"]) {
      $1
    }
    let child = try ChildProcess.spawn(
      ProcessOptions(
        executable: "sh", arguments: ["-c", "setsid sh -c 'echo there; exec sleep 1000' & wait"],
        environment: environment, output: .pipe))
    #expect(try await child.output?.read() == Array("there\n".utf8))
    await watch.end()
    #expect(await child.wait() == .signalled(SIGKILL))
    // The grandchild holds the pipe's other end until it is gone.
    #expect(try await child.output?.read() == nil)
  }

  @Test func `What was not started by us lives on`() async throws {
    let watch = try OrphanWatch()
    let other = try ChildProcess.spawn(
      ProcessOptions(
        executable: "cat", environment: ["PATH": ProcessEnvironment["PATH"] ?? "/usr/bin:/bin"], input: .pipe,
        output: .pipe))
    await watch.end()
    try await other.input?.write([65])
    #expect(try await other.output?.read() == [65])
    await other.input?.close()
    #expect(await other.wait() == .exited(0))
  }
}
