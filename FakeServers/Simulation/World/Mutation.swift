/// A mistake that is built in on purpose: the simulation has to find it, or it would find none.
package enum Mutation: String, CaseIterable, Sendable {
  case outboxDropsAnEntryAtRestart
  case dispatchIsNotIdempotent
  case acknowledgesBeforeItIsDurable
  case reportsTheStatusAsItWas
  case answersDeliveryBeforeCommit
  case takesDeliveryTwice
  case takesEveryInstance
  case workerForgetsWhatItRan
  case stopIsForgotten
  case restartLeavesWorkersConnected
  case logIgnoresOffsets
  case queueIgnoresLimits
  case effectIsForgottenBeforeItsEvent
  case deadlinesAreNotWatched
  case reportsOvertakeEachOther
  case olderRunSpeaks
  case nobodyReconciles
  case reconcilesPastTheOutbox
}
