import Platform
import Simulation
import Testing

/// A simulation that finds nothing proves nothing: each of these mistakes has to be found.
@Suite struct MutationTests {
  private static let maximumSeeds: UInt64 = 2_000
  private static let executor = BlockingExecutor(name: "mutations", threads: 1)

  @Test(arguments: Mutation.allCases) func aMistakeIsFound(mutation: Mutation) async throws {
    let summary = try await Self.executor.run {
      Simulation.run(seeds: 0..<Self.maximumSeeds, mutation: mutation)
    }
    let failure = try #require(summary.failure, "\(mutation) broke no promise")
    let promise = try #require(failure.breach?.promise)
    #expect(mutation.brokenPromises.contains(promise), "\(mutation): \(failure.report)")
    #expect(failure.report.contains("seed \(failure.seed)"))
    #expect(failure.trace.contains { $0.contains(promise.rawValue) })
  }
}

extension Mutation {
  /// What may come of the mistake.
  fileprivate var brokenPromises: [Promise] {
    switch self {
    case .outboxDropsAnEntryAtRestart:
      [.everythingIsDone, .everythingEnds, .forgeLearnsTheEnd, .checksAreCompleted]
    case .dispatchIsNotIdempotent: [.attemptsAreVisible]
    case .acknowledgesBeforeItIsDurable, .logIgnoresOffsets: [.acknowledgedOutputStays]
    case .reportsTheStatusAsItWas: [.noReportGoesBack, .forgeLearnsTheEnd]
    case .answersDeliveryBeforeCommit, .takesDeliveryTwice: [.oneRunPerDelivery]
    case .takesEveryInstance: [.oneWorkerPerAttempt]
    case .workerForgetsWhatItRan: [.commandRunsOnce, .acknowledgedOutputStays]
    case .stopIsForgotten: [.noOrphans]
    case .restartLeavesWorkersConnected: [.goneIsNoticed]
    case .queueIgnoresLimits: [.limitsHold]
    case .effectIsForgottenBeforeItsEvent: [.everythingEnds, .everythingIsDone, .noOrphans]
    case .deadlinesAreNotWatched: [.everythingEnds, .goneIsNoticed]
    case .reportsOvertakeEachOther, .reconcilesPastTheOutbox: [.oneReportAtATime, .noReportGoesBack]
    case .olderRunSpeaks: [.forgeLearnsTheEnd, .noReportGoesBack]
    case .nobodyReconciles: [.forgeLearnsTheEnd, .checksAreCompleted]
    }
  }
}
