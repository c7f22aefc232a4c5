import Database
import Platform
import Synchronization
import TestSupport
import Testing

@testable import Matriz

@Suite("That a worker is away", .fewAtOnce)
struct AbsenceReportsTests {
  private let absence = AbsenceReports.Absence(
    token: WorkerToken(runID: "r", jobID: "j", attempt: 1, at: Timestamp(milliseconds: 0)), connection: "c")

  @Test("is told again until it is stored, and then no more")
  func untilStored() async throws {
    let tries = Watched(0)
    let reports = AbsenceReports(
      logger: .disabled, backoff: Backoff(firstSeconds: 0.001, maximumSeconds: 0.002)
    ) { _ in
      let count = tries.withLock { count -> Int in
        count += 1
        return count
      }
      if count < 4 { throw SystemError(code: 28, operation: "write") }
    }
    await reports.report(absence)
    _ = try await tries.value(timeoutSeconds: 10, waitingFor: "four tries") { $0 == 4 ? true : nil }
    await reports.stop()
    #expect(tries.withLock(\.self) == 4)
  }

  @Test("is not waited for when the matriz stops")
  func stopped() async throws {
    let reports = AbsenceReports(logger: .disabled, backoff: Backoff(firstSeconds: 3_600)) { _ in
      throw SystemError(code: 28, operation: "write")
    }
    await reports.report(absence)
    await reports.stop()
  }
}
