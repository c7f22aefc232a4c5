/// Something that goes wrong, or that somebody does at a bad moment.
package enum Fault: Int, CaseIterable, Sendable {
  // Between the forge and us.
  case deliveryLost, deliveryDoubled, deliveryLate, deliveryAnswerLost, deliveryMetNobody, deliveryNotStored
  case forgeDown, forgeFails, forgeSlow, forgeAnswerLost, forgeLimitsRate, releaseLate
  case requestLate, statusOverwritten
  // Between the runner and us.
  case dispatchAnswerLost, dispatchSlow, dispatchRefused, dispatchedAgain, runnerDown, runnerFails
  case placementSlow, allocationFailed, allocationLost, stopAnswerLost
  // The worker, and the way to it.
  case workerLate, workerNeverConnects, workerCannotStop, strangerConnects, workerReconnectsEarly,
    workerKilled, workerStopped
  case workerSlow, outputStalls, connectionCut, connectionCutUnnoticed, connectionStalled
  // The disk, and the process.
  case transactionFails, commitFails, diskFull, diskSlow, logWriteFails, logTailCut
  case crash, crashBeforeCommit, crashAfterCommit, reboot, clockForward, clockBack
  // People.
  case cancel, cancelInQueue, cancelWhileAway, rerun, superseded

  /// For people: `connection cut`.
  package var name: String {
    var words = ""
    for character in "\(self)" {
      if character.isUppercase { words += " " }
      words += character.lowercased()
    }
    return words
  }
}

/// How often each fault happened.
package struct FaultCounts: Sendable, Equatable {
  private var counts = [Int](repeating: 0, count: Fault.allCases.count)

  package init() {}

  package subscript(fault: Fault) -> Int { counts[fault.rawValue] }

  package mutating func add(_ fault: Fault) { counts[fault.rawValue] += 1 }

  package mutating func add(_ other: FaultCounts) {
    for index in counts.indices { counts[index] += other.counts[index] }
  }

  /// What never happened was not tested.
  package var missing: [Fault] { Fault.allCases.filter { self[$0] == 0 } }
}
