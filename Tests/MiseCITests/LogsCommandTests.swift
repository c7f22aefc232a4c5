import Platform
import Synchronization
import TestSupport
import Testing

/// `mise-ci logs`: which bytes come out, and what is asked for to get them.
@Suite(.fewAtOnce) struct LogsCommandTests {
  typealias Answer = StubMatriz.LogAnswer

  private static let log = Array("one\r\n\u{1B}[32mtwo\u{1B}[0m\n".utf8) + [0xFF, 0x00]

  private func logs(_ answers: [Answer], _ options: [String] = []) async throws -> (ProcessResult, [String]) {
    let stub = StubMatriz()
    stub.state.withLock { $0.logAnswers = answers }
    let result = try await stub.miseCI(["logs", StubMatriz.run] + options)
    let targets = stub.state.withLock { $0.asked.map(\.target) }
    return (result, targets.filter { $0.contains("/log?") }.map { String($0.split(separator: "?")[1]) })
  }

  @Test func `The bytes come out as they are`() async throws {
    let (result, queries) = try await logs([Answer(bytes: Self.log, size: Self.log.count, isComplete: false)])
    #expect(result.status == .exited(0))
    #expect(result.output == Self.log)
    #expect(queries == ["attempt=2&offset=0"])
  }

  @Test func `A log that comes in parts is asked for until its end`() async throws {
    let (result, queries) = try await logs(
      [
        Answer(bytes: Array("first ".utf8), size: 12, isComplete: true),
        Answer(bytes: Array("second".utf8), size: 12, isComplete: true),
      ], ["--attempt", "1", "--job", "ci"])
    #expect(result.outputText == "first second")
    #expect(queries == ["attempt=1&offset=0", "attempt=1&offset=6"])
  }

  @Test func `A followed log goes on until the job has ended, also behind an outage`() async throws {
    let (result, queries) = try await logs(
      [
        Answer(bytes: [], size: 0, isComplete: false),
        Answer(bytes: Array("a".utf8), size: 1, isComplete: false),
        Answer(bytes: [], size: 0, isComplete: false, status: 503),
        Answer(bytes: Array("b".utf8), size: 2, isComplete: false),
        Answer(bytes: Array("c".utf8), size: 3, isComplete: true),
      ], ["--follow"])
    #expect(result.status == .exited(0))
    #expect(result.outputText == "abc")
    #expect(queries.map { $0.last } == ["0", "0", "1", "1", "2"])
  }

  @Test(arguments: [
    [], [Answer(bytes: [], size: 5, isComplete: true)],
    [Answer(bytes: [], size: 0, isComplete: true, status: 503)],
  ]) func `A log that cannot be had is a failure`(_ answers: [Answer]) async throws {
    let (result, _) = try await logs(answers)
    #expect(result.status == .exited(1))
    #expect(result.errorText.hasPrefix("mise-ci: "))
  }

  @Test func `A job that the run has not is a wrong command line that names those it has`() async throws {
    let (result, _) = try await logs([], ["--job", "deploy"])
    #expect(result.status == .exited(2))
    #expect(result.errorText == "mise-ci logs: the run has no job 'deploy', only: ci")
  }
}
