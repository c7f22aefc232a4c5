import Glibc
import HTTP
import Platform

/// Runs one task of an allocation from `Received` to its end, and tells the cluster each step. Being cancelled is
/// being killed.
struct TaskRunner: Sendable {
  /// How one start of the task ended.
  enum Outcome: Sendable {
    case ended(code: Int32, signal: Int32)
    case outOfMemory
    case notStarted(String)
  }

  let cluster: Cluster
  let allocation: Allocation
  let task: JSONValue
  let folder: String

  var name: String { task["Name"]?.string ?? "" }
  var killTimeoutNanoseconds: Int64 { task["KillTimeout"]?.integer ?? 5_000_000_000 }

  @concurrent
  func run() async {
    tell { $0.add(.received) }
    let delay = cluster.options.startDelaySeconds
    if delay > 0 { try? await Task.sleep(for: .seconds(delay)) }
    guard !Task.isCancelled else { return endKilled() }
    tell { $0.add(.setup) }
    let environment = TaskEnvironment(
      allocation: allocation, task: task, folder: folder, node: cluster.node, region: cluster.options.region,
      host: cluster.options.hostEnvironment)
    let attempts = task["RestartPolicy"]?["Attempts"]?.integer ?? 0
    var restarts: Int64 = 0
    while true {
      let outcome = await start(environment)
      note(outcome)
      if Task.isCancelled { return endKilled() }
      if case .ended(code: 0, _) = outcome { return end(failed: false) }
      guard restarts < attempts else { return giveUp(attempts: attempts) }
      restarts += 1
      let delay = task["RestartPolicy"]?["Delay"]?.integer ?? 0
      tell {
        $0.add(.restarting(afterNanoseconds: delay))
        $0.restarts += 1
        $0.phase = .pending
      }
      try? await Task.sleep(for: .nanoseconds(delay))
      if Task.isCancelled { return endKilled() }
    }
  }

  private func note(_ outcome: Outcome) {
    switch outcome {
    case .ended(let code, let signal): tell { $0.add(.terminated(code: code, signal: signal)) }
    case .outOfMemory: tell { $0.add(.terminated(code: 137, signal: 9, outOfMemory: true)) }
    case .notStarted(let reason): tell { $0.add(.driverFailure(reason)) }
    }
  }

  private func giveUp(attempts: Int64) {
    let interval = GoDuration.text(nanoseconds: task["RestartPolicy"]?["Interval"]?.integer ?? 0)
    tell {
      $0.add(
        .notRestarting(
          attempts == 0
            ? "Policy allows no restarts"
            : "Exceeded allowed attempts \(attempts) in interval \(interval) and mode is \"fail\""))
    }
    end(failed: true)
  }

  private func endKilled() {
    tell { $0.add(.killed) }
    end(failed: false)
  }

  private func end(failed: Bool) {
    tell {
      $0.phase = .dead
      $0.failed = failed
      $0.finishedAt = .now()
    }
  }

  func tellStarted() {
    tell {
      $0.add(.started)
      $0.phase = .running
      $0.startedAt = .now()
    }
  }

  func tell(_ change: (inout TaskState) -> Void) {
    cluster.state.withLock { $0.update(allocation.id, task: name, change) }
  }
}
