import Glibc
import Synchronization

/// A place on the path of a run at which a debug build of the matriz can be made to die, as by `kill -9`.
///
/// `MISE_CI_FAULT_POINT=name` arms one: the process kills itself when it gets there, with `name:3` when it gets there
/// for the third time. In a release build nothing is armed and `reach` is empty. The tests go through all cases, so a
/// point that its scenario does not reach any more is noticed.
package enum FaultPoint: String, CaseIterable, Sendable {
  // A delivery.
  /// A webhook's signature was right; nothing of it is stored.
  case deliveryVerified = "delivery-verified"
  /// Delivery, run and effects are written, and not committed.
  case deliveryBeforeCommit = "delivery-before-commit"
  /// They are committed, and nobody knows.
  case deliveryCommitted = "delivery-committed"
  /// An HTTP answer has gone to the kernel.
  case answerWritten = "answer-written"

  // The dispatch.
  /// The effect was taken up; the runner was not asked.
  case dispatchBegun = "dispatch-begun"
  /// The runner has it; nothing here says so.
  case dispatchAnswered = "dispatch-answered"
  /// It is recorded that the runner has it.
  case dispatchRecorded = "dispatch-recorded"

  // The worker and its steps.
  /// A worker has said who it is; nothing of it is stored.
  case workerGreeted = "worker-greeted"
  /// Its connection is stored; it was not told anything.
  case workerConnected = "worker-connected"
  /// The start of a step is stored; its command was not sent.
  case stepStarted = "step-started"
  /// The step's command was sent.
  case commandSent = "command-sent"
  /// The result of the command is here, and not stored.
  case resultReceived = "result-received"
  /// The result is stored; the next step has not begun.
  case resultStored = "result-stored"
  /// The worker was told to go.
  case closeSent = "close-sent"

  // Its output and files.
  /// Output is in the log, and not acknowledged.
  case logAppended = "log-appended"
  /// Output was acknowledged.
  case logAcknowledged = "log-acknowledged"
  /// A part of a file was taken.
  case fileChunkTaken = "file-chunk-taken"
  /// All of a file is on the disk, under a temporary name.
  case artifactComplete = "artifact-complete"
  /// A file has its final name, and no row.
  case artifactNamed = "artifact-named"
  /// An artifact is published, and its step does not know.
  case artifactPublished = "artifact-published"

  // What ends it early.
  /// A cancel is stored; whoever wanted it was not answered, and the worker was not told.
  case cancelStored = "cancel-stored"
  /// The runner is to stop a worker; it was not asked.
  case stopBegun = "stop-begun"
  /// The runner stops the worker; nothing here says so.
  case stopAnswered = "stop-answered"

  // The end.
  /// An asset is to be uploaded; the forge was not asked.
  case uploadBegun = "upload-begun"
  /// The forge has the asset; nothing here says so.
  case uploadAnswered = "upload-answered"
  /// It is recorded that the forge has the asset.
  case uploadRecorded = "upload-recorded"
  /// The run is final; its last status was not sent.
  case finalStatusBegun = "final-status-begun"
  /// The forge has a status that is not final; nothing here says so.
  case statusAnswered = "status-answered"
  /// The forge has the final status; nothing here says so.
  case finalStatusAnswered = "final-status-answered"
  /// The run is final; its check was not completed.
  case finalCheckBegun = "final-check-begun"
  /// The forge has the completed check; nothing here says so.
  case finalCheckAnswered = "final-check-answered"
  /// Everything is done.
  case finalStatusRecorded = "final-status-recorded"

  // Stop and start.
  /// The process was asked to stop; it still serves.
  case stopping
  /// It serves no more; effects are under way.
  case stoppingDrained = "stopping-drained"
  /// The data folder is open; nothing was looked at.
  case startOpened = "start-opened"
  /// What the process before left was looked at; nothing of it is carried out.
  case startReconciled = "start-reconciled"

  /// Dies here if this point is armed.
  @inline(__always)
  package func reach() {
    #if DEBUG
      Self.armed?.reach(self)
    #endif
  }
}

#if DEBUG
  extension FaultPoint {
    static let armed = ArmedFaultPoint(ProcessEnvironment["MISE_CI_FAULT_POINT"])
  }

  /// The point at which this process dies, and how often it is passed before.
  final class ArmedFaultPoint: Sendable {
    let point: FaultPoint
    private let remaining: Mutex<Int>

    /// Reads `name` or `name:count`; `nil` for what is neither.
    init?(_ text: String?) {
      let parts = (text ?? "").split(separator: ":", maxSplits: 1).map(String.init)
      guard let name = parts.first, let point = FaultPoint(rawValue: name) else { return nil }
      guard let count = parts.count == 1 ? 1 : Int(parts[1]), count > 0 else { return nil }
      self.point = point
      remaining = Mutex(count)
    }

    func reach(_ point: FaultPoint) {
      guard point == self.point else { return }
      let isDue = remaining.withLock { remaining in
        remaining -= 1
        return remaining <= 0
      }
      if isDue { kill(getpid(), SIGKILL) }
    }
  }
#endif
