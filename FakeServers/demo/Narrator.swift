import Matriz
import Platform
import RunModel
import Synchronization

/// Tells on the terminal what the matriz does, as it does it.
final class Narrator: MatrizObserver {
  private struct State {
    var last: Run?
    var artifactsBegunAt: [String: Int64] = [:]
  }

  private let terminal: Terminal
  private let state = Mutex(State())
  private let finished = Watched<[Run]>([])

  init(terminal: Terminal) {
    self.terminal = terminal
  }

  /// The next run that ends.
  func finishedRun(timeoutSeconds: Double) async throws -> Run {
    let run = try await finished.value(timeoutSeconds: timeoutSeconds, waitingFor: "the run to end") {
      $0.first
    }
    finished.withLock { $0.removeAll { $0.id == run.id } }
    return run
  }

  func changed(_ run: Run) {
    let lines = state.withLock { state in
      defer { state.last = run }
      return Self.news(from: state.last.flatMap { $0.id == run.id ? $0 : nil }, to: run)
    }
    for line in lines { terminal.line(line) }
    if run.state.isFinal { finished.withLock { $0.append(run) } }
  }

  func output(_ bytes: [UInt8], run: String, job: String) {
    terminal.output(bytes)
  }

  func progress(artifact: String, run: String, bytes: Int64, of total: Int64?, isComplete: Bool) {
    let now = MonotonicClock.nanoseconds()
    let begun = state.withLock { state in
      let begun = state.artifactsBegunAt[artifact] ?? now
      state.artifactsBegunAt[artifact] = isComplete ? nil : begun
      return begun
    }
    let seconds = Double(max(1, now - begun)) / 1e9
    terminal.progress(
      artifact, bytes: bytes, of: total, bytesPerSecond: now == begun ? 0 : Double(bytes) / seconds,
      isComplete: isComplete)
  }

  /// What is worth telling of a change.
  private static func news(from before: Run?, to run: Run) -> [String] {
    var lines: [String] = []
    if before == nil {
      lines.append("run       #\(run.number) of \(run.source.repository), \(run.source.ref)")
    }
    for job in run.jobs {
      let old = before?.job(job.id)
      if job.dispatchHandle != old?.dispatchHandle, let handle = job.dispatchHandle {
        lines.append("dispatch  \(handle)")
      }
      if job.worker != old?.worker, let worker = job.worker {
        lines.append("worker    connected from \(worker.hostname) (\(worker.system)/\(worker.architecture))")
      }
      for (index, step) in job.steps.enumerated() where step.state != old?.steps[index].state {
        if step.state == .running { lines.append("step      \(step.plan.name)") }
        if step.state == .failed || step.state == .errored {
          lines.append("step      \(step.plan.name): \(step.reason ?? "exit code \(step.exitCode ?? -1)")")
        }
      }
    }
    for asset in run.assets where asset.state.isFinal {
      let old = before?.assets.first { $0.name == asset.name }
      if old?.state != asset.state { lines.append("release   \(asset.name): \(asset.reason ?? "uploaded")") }
    }
    if run.state.isFinal, before?.state.isFinal != true { lines.append("run       \(run.state.rawValue)") }
    return lines
  }
}
