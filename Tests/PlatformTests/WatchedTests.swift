import Glibc
import Platform
import TestSupport
import Testing

@Suite(.fewAtOnce) struct WatchedTests {
  @Test func `A wait ends with the change that makes its condition true`() async throws {
    let watched = Watched(0)
    async let waited = watched.value { $0 >= 3 ? $0 : nil }
    for _ in 1...3 { watched.withLock { $0 += 1 } }
    #expect(try await waited == 3)
  }

  @Test func `A wait for what is there already ends at once`() async throws {
    let watched = Watched("ready")
    #expect(try await watched.value { $0 == "ready" ? true : nil })
  }

  @Test func `A cancelled wait throws`() async {
    let watched = Watched(0)
    let task = Task { try await watched.value { $0 > 0 ? $0 : nil } }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  @Test func `A wait past its deadline says what it waited for`() async {
    let watched = Watched(0)
    await #expect(throws: SystemError(code: ETIMEDOUT, operation: "wait for one")) {
      try await watched.value(timeoutSeconds: 0.01, waitingFor: "one") { $0 > 0 ? $0 : nil }
    }
  }

  @Test func `A failing change leaves what it wrote and wakes the waiters`() async throws {
    struct Failure: Error {}
    let watched = Watched(0)
    async let waited = watched.value { $0 == 7 ? $0 : nil }
    #expect(throws: Failure.self) {
      try watched.withLock { state throws(Failure) in
        state = 7
        throw Failure()
      }
    }
    #expect(try await waited == 7)
  }
}
