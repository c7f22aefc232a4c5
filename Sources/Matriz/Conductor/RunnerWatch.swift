import Platform
import RunModel
import Runner

/// Asks the runner what became of workers that are not here, as `RunnerInquiries` says, and tells their runs.
actor RunnerWatch {
  private let conductor: Conductor
  private let runner: any Runner
  private let logger: Logger
  private var inquiries = RunnerInquiries()
  private var underWay: [RunnerInquiries.Inquiry: Task<Void, Never>] = [:]
  private var alarm = Alarm()
  private var watching: Task<Void, Never>?
  private var isStopped = false

  init(conductor: Conductor, runner: any Runner, logger: Logger) {
    self.conductor = conductor
    self.runner = runner
    self.logger = logger
  }

  /// Listens to what the runner tells by itself.
  func start() {
    guard watching == nil, !isStopped else { return }
    watching = Task { [runner] in
      await runner.watch { [weak self] handle in await self?.hurry(handle) }
    }
  }

  private func hurry(_ handle: String) {
    inquiries.hurry(handle, at: conductor.now())
    askWhereItIsTime()
  }

  /// Takes in how a run is now.
  func note(_ run: Run) {
    inquiries.note(run, at: conductor.now())
    askWhereItIsTime()
  }

  func stop() async {
    isStopped = true
    alarm.cancel()
    watching?.cancel()
    await watching?.value
    for task in underWay.values { task.cancel() }
    for task in underWay.values { await task.value }
  }

  private func askWhereItIsTime() {
    guard !isStopped else { return }
    for inquiry in inquiries.takeReady(at: conductor.now()) {
      underWay[inquiry] = Task { await self.ask(inquiry) }
    }
    alarm.set(for: inquiries.nextTime, now: conductor.now()) { [weak self] in await self?.timeCame() }
  }

  private func timeCame() {
    alarm.rang()
    askWhereItIsTime()
  }

  private func ask(_ inquiry: RunnerInquiries.Inquiry) async {
    let state = await answer(to: inquiry)
    underWay[inquiry] = nil
    guard !isStopped else { return }
    let event = inquiries.conclude(inquiry, state, at: conductor.now(), random: .random(in: 0...1))
    if let event { await tell(event, inquiry) }
    askWhereItIsTime()
  }

  /// `nil` when it could not be asked, or when nobody misses the worker any more.
  private func answer(to inquiry: RunnerInquiries.Inquiry) async -> RunnerJobState? {
    do {
      // Changes are told side by side: what is known here may not be the newest.
      guard let run = try await conductor.run(inquiry.run) else { return nil }
      inquiries.note(run, at: conductor.now())
      guard run.missedWorkers.contains(inquiry) else { return nil }
      return try await runner.state(inquiry.handle)
    } catch {
      logger.debug(
        "the runner could not be asked about a worker", ["run": inquiry.run, "error": "\(error)"])
      return nil
    }
  }

  private func tell(_ event: Event, _ inquiry: RunnerInquiries.Inquiry) async {
    do {
      try await conductor.handle(event, run: inquiry.run) { $0.missedWorkers.contains(inquiry) }
      if case .workerLost(_, _, let reason) = event {
        logger.info("a worker was lost", ["run": inquiry.run, "job": inquiry.job, "reason": reason])
      }
    } catch {
      // The runner is asked again, and says the same.
      logger.error("the runner's word could not be stored", ["run": inquiry.run, "error": "\(error)"])
    }
  }
}
