import Crypto
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
    guard let node = cluster.state.withLock({ $0.node(allocation.nodeID) }) else { return endKilled() }
    let environment = TaskEnvironment(
      allocation: allocation, task: task, folder: folder, node: node, region: cluster.options.region,
      host: cluster.options.hostEnvironment)
    if let failure = await writePayload() {
      tell { $0.add(.setupFailure(failure)) }
      return end(failed: true)
    }
    await runUntilDone(environment)
  }

  /// Starts the task, and again for as long as its policy says so.
  private func runUntilDone(_ environment: TaskEnvironment) async {
    var restarts = RestartTracker(task["RestartPolicy"] ?? .null, now: MonotonicClock.nanoseconds())
    while true {
      let outcome = await start(environment)
      note(outcome)
      if Task.isCancelled { return endKilled() }
      if case .ended(code: 0, _) = outcome { return end(failed: false) }
      switch restarts.decide(now: MonotonicClock.nanoseconds()) {
      case .giveUp(let reason):
        tell { $0.add(.notRestarting(reason)) }
        return end(failed: true)
      case .restart(let delay, let reason):
        tell {
          $0.add(.restarting(afterNanoseconds: delay, reason))
          $0.restarts += 1
          $0.restartedAt = .now()
          $0.phase = .pending
        }
        try? await Task.sleep(for: .nanoseconds(delay))
      }
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

  /// The dispatch's payload as the file that the task wants it in; answers what went wrong.
  private func writePayload() async -> String? {
    guard let file = task["DispatchPayload"]?["File"]?.string, !file.isEmpty,
      let payload = allocation.specification["Payload"]?.string.flatMap({ Base64.decode($0) })
    else { return nil }
    guard !file.contains("/"), file != ".." else {
      return "dispatch payload file \"\(file)\" is no file name"
    }
    let path = "\(folder)/\(name)/local/\(file)"
    do {
      try await BlockingExecutor.files.run {
        let descriptor = try Descriptor.open(path, flags: O_WRONLY | O_CREAT | O_TRUNC, mode: 0o644)
        var failure: SystemError?
        payload.withUnsafeBytes { bytes in
          do throws(SystemError) { try descriptor.writeAll(bytes) } catch { failure = error }
        }
        if let failure { throw failure }
      }
      return nil
    } catch {
      return "failed to write dispatch payload: \(error)"
    }
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
    // Changing a task's state refuses nothing.
    try? cluster.change { (state) throws(NomadError) in
      state.update(allocation.id, task: name, change)
    }
  }
}
