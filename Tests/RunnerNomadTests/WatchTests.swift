import FakeNomad
import Platform
import Runner
import RunnerNomad
import TestSupport
import Testing

@testable import RunnerNomad

@Suite struct EventLineTests {
  @Test(arguments: [
    ("", []), ("{}", []), ("not JSON", []), (#"{"Events":null}"#, []), (#"{"Events":[{}]}"#, []),
    (
      #"{"Index":7,"Events":[{"Topic":"Allocation","FilterKeys":["ci/dispatch-1","other"]}]}"#,
      ["ci/dispatch-1"]
    ),
    (
      #"{"Events":[{"FilterKeys":["ci/dispatch-1"]},{"FilterKeys":["ci/dispatch-1","ci","my-ci/dispatch-3"]}]}"#,
      ["ci/dispatch-1"]
    ),
  ])
  func `A line names the dispatches that it is about`(line: String, handles: [String]) {
    #expect(EventLine.handles(in: Array(line.utf8), of: "ci") == Set(handles))
  }
}

@Suite(.fewAtOnce) struct WatchTests {
  @Test func `What happens to a dispatch is told as it happens, and nothing of other jobs`() async throws {
    try await withRunner(Template.shell("exit 1")) { fixture in
      try await fixture.runner.prepare()
      let told = Watched<[String]>([])
      let watch = Task { [runner = fixture.runner] in
        await runner.watch { handle in told.withLock { $0.append(handle) } }
      }
      // What happens before it is connected is not told.
      var request = RunnerFixture.request
      var handles: Set<String> = []
      while told.withLock(\.isEmpty), request.attempt < 100 {
        let handle = try await fixture.runner.dispatch(request)
        handles.insert(handle)
        _ = try await fixture.nomad.allocation(ofJob: handle, reaching: .failed, timeoutSeconds: 60)
        request.attempt += 1
      }
      _ = try await told.value(timeoutSeconds: 60, waitingFor: "news of a dispatch") {
        $0.isEmpty ? nil : true
      }
      watch.cancel()
      await watch.value
      #expect(told.withLock { Set($0) }.isSubset(of: handles))
    }
  }
}

/// Dispatches that have ended do not stay for ever.
@Suite(.fewAtOnce) struct PurgeTests {
  @Test func `A dispatch that is dead for long is purged, one that runs is not`() async throws {
    var configuration = NomadConfiguration.none
    configuration.keepEndedSeconds = 0
    try await withRunner(Template.shell("exec sleep 600"), settings: configuration) { fixture in
      let ended = try await fixture.runner.dispatch(RunnerFixture.request)
      var request = RunnerFixture.request
      request.attempt = 2
      let running = try await fixture.runner.dispatch(request)
      try await fixture.runner.cancel(ended)
      _ = try await fixture.nomad.allocation(ofJob: ended, reaching: .complete, timeoutSeconds: 60)
      try await fixture.runner.forgetEnded()
      #expect(try await fixture.runner.state(ended) == .gone)
      #expect(try await fixture.runner.state(running) != .gone)
      #expect(try await fixture.runner.list().map(\.handle) == [running])
    }
  }

  @Test func `A dispatch that has just died is left for people to look at`() async throws {
    try await withRunner(Template.shell("exec sleep 600")) { fixture in
      let ended = try await fixture.runner.dispatch(RunnerFixture.request)
      try await fixture.runner.cancel(ended)
      _ = try await fixture.nomad.allocation(ofJob: ended, reaching: .complete, timeoutSeconds: 60)
      try await fixture.runner.forgetEnded()
      #expect(try await fixture.runner.state(ended) != .gone)
    }
  }
}
