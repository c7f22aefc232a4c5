import RunModel
import Runner

/// The runner: starts a worker for each dispatch, sooner, later or never, and knows what became of it. A dispatch
/// with the same run, job and attempt as an earlier one answers that one's handle.
final class SimulatedRunner {
  let nature: Nature
  let witness: Witness
  let door: Door
  private let settings: Settings
  private var downUntil: Int64 = 0
  private(set) var allocations: [SimulatedAllocation] = []
  private var instances = 0

  init(nature: Nature, witness: Witness, door: Door, settings: Settings) {
    self.nature = nature
    self.witness = witness
    self.door = door
    self.settings = settings
  }

  var isDown: Bool { nature.now < downUntil }

  func goDown(milliseconds: Int64) {
    nature.count(.runnerDown)
    downUntil = max(downUntil, nature.now + milliseconds)
  }

  func comeBack() {
    downUntil = 0
  }

  var liveWorkers: [SimulatedWorker] { allocations.flatMap(\.workers).filter(\.isAlive) }

  // MARK: Calls

  private func call<T>(
    _ losingAnswer: Fault?, slow: Fault? = nil, _ answer: @escaping (Result<T, RunnerError>) -> Void,
    carryOut: @escaping () -> Result<T, RunnerError>
  ) {
    nature.after(5...150) { [self] in
      let time = slow.map { nature.strikes($0) } ?? false ? 2_000...25_000 : 5...150
      let away = RunnerError(.unavailable, "the runner does not answer")
      if isDown { return nature.after(0...3_000) { answer(.failure(away)) } }
      if nature.strikes(.runnerFails) { return nature.after(time) { answer(.failure(away)) } }
      let result = carryOut()
      if let losingAnswer, nature.strikes(losingAnswer) {
        return nature.after(10_000) { answer(.failure(away)) }
      }
      nature.after(time) { answer(result) }
    }
  }

  func dispatch(_ key: AttemptKey, answer: @escaping (Result<String, RunnerError>) -> Void) {
    call(.dispatchAnswerLost, slow: .dispatchSlow, answer) { [self] in
      witness.dispatchArrived(key)
      if let known = allocations.first(where: { $0.key == key }) {
        nature.count(.dispatchedAgain)
        if nature.mutation != .dispatchIsNotIdempotent { return .success(known.handle) }
      }
      if nature.strikes(.dispatchRefused) {
        return .failure(RunnerError(.refused, "the runner refuses the job"))
      }
      return .success(allocate(key).handle)
    }
  }

  /// What was dispatched and may still have a worker.
  func list(answer: @escaping (Result<[SimulatedAllocation], RunnerError>) -> Void) {
    call(nil, answer) { [self] in .success(allocations.filter { !$0.state.isTerminal }) }
  }

  func findDispatch(_ key: AttemptKey, answer: @escaping (Result<String?, RunnerError>) -> Void) {
    call(nil, answer) { [self] in .success(allocations.first { $0.key == key }?.handle) }
  }

  func cancel(_ handle: String, answer: @escaping (Result<Void, RunnerError>) -> Void) {
    call(.stopAnswerLost, answer) { [self] in
      guard nature.mutation != .stopIsForgotten else { return .success(()) }
      nature.note("runner: \(handle) is to stop")
      if let allocation = allocations.first(where: { $0.handle == handle }) { stop(allocation) }
      return .success(())
    }
  }

  func state(_ handle: String, answer: @escaping (Result<RunnerJobState, RunnerError>) -> Void) {
    call(nil, answer) { [self] in
      .success(allocations.first { $0.handle == handle }?.state ?? .gone)
    }
  }

  // MARK: Allocations

  private func allocate(_ key: AttemptKey) -> SimulatedAllocation {
    let handle = "d\(allocations.count + 1)"
    nature.note("runner: \(handle) for \(key)")
    witness.allocated(key)
    let allocation = SimulatedAllocation(handle: handle, key: key, state: .pending(reason: nil))
    allocations.append(allocation)
    let isSlow = nature.strikes(.placementSlow)
    if isSlow { allocation.state = .pending(reason: "no node has room") }
    nature.after(isSlow ? 20_000...400_000 : 100...4_000) { [self] in place(allocation) }
    return allocation
  }

  private func place(_ allocation: SimulatedAllocation) {
    guard case .pending = allocation.state else { return }
    if nature.strikes(.allocationFailed) {
      nature.note("runner: \(allocation.handle) failed")
      allocation.state = .failed(reason: "the image was not found")
      return
    }
    allocation.state = .running
    startWorker(in: allocation, mayHang: true)
    if nature.strikes(.strangerConnects) {
      nature.after(100...30_000) { [self] in
        if case .running = allocation.state { startWorker(in: allocation, mayHang: false) }
      }
    }
  }

  private func startWorker(in allocation: SimulatedAllocation, mayHang: Bool) {
    instances += 1
    let worker = SimulatedWorker(
      key: allocation.key, instance: "i\(instances)", nature: nature, witness: witness, door: door,
      leaseSeconds: settings.limits.leaseSeconds)
    allocation.workers.append(worker)
    worker.onExit = { [weak self, weak allocation] code in
      guard let self, let allocation, case .running = allocation.state else { return }
      guard code == 0 || !allocation.workers.contains(where: \.isAlive) else { return }
      nature.note("runner: \(allocation.handle) ended with \(code)")
      allocation.state = code == 0 ? .finished : .failed(reason: "exit code \(code)")
      // Where one process of a task ends in good order, the others end with it.
      for other in allocation.workers { other.kill(serverNotices: true) }
    }
    worker.start(mayHang: mayHang)
  }

  private func stop(_ allocation: SimulatedAllocation) {
    if !allocation.state.isTerminal { allocation.state = .failed(reason: "stopped") }
    for worker in allocation.workers { worker.terminate() }
  }

  // MARK: Mischief

  /// The machine of an allocation is gone, with everything on it.
  func loseAllocation() {
    let running = allocations.filter { if case .running = $0.state { true } else { false } }
    guard let allocation = nature.random.pick(running) else { return }
    nature.count(.allocationLost)
    nature.note("runner: \(allocation.handle) is lost")
    allocation.state = .lost(reason: "its node is down")
    for worker in allocation.workers { worker.kill(serverNotices: false) }
  }
}
