import Forge
import Matriz
import RunModel

/// A matriz with its disk, a forge, a runner, workers, people, and weather. A seed decides everything that happens.
///
/// A storm of faults; then calm, in which everything has to come to its end.
final class World {
  /// Calm lasts this long at most; what is not done by then never will be.
  private static let calmMilliseconds: Int64 = 4 * 3_600_000
  /// A world that goes on without an end is a breach by itself.
  private static let maximumSteps = 200_000

  let nature: Nature
  let witness: Witness
  let door = Door()
  let forge: SimulatedForge
  let runner: SimulatedRunner
  let disk: SimulatedDisk
  let settings: Settings
  private(set) var matriz: SimulatedMatriz?
  private(set) var steps = 0
  private var calmSince = Int64.max
  private var boot = 1
  private let stormMilliseconds: Int64

  init(seed: UInt64, mutation: Mutation?, traceLines: Int) {
    nature = Nature(seed: seed, mutation: mutation, traceLines: traceLines)
    settings = Settings(&nature.random)
    witness = Witness(nature: nature, settings: settings)
    forge = SimulatedForge(nature: nature, witness: witness, door: door)
    runner = SimulatedRunner(nature: nature, witness: witness, door: door, settings: settings)
    disk = SimulatedDisk(nature: nature, witness: witness)
    stormMilliseconds = Int64(nature.random.number(in: 2...12)) * 60_000
  }

  /// Everything, until the end or the first broken promise.
  func run() {
    startMatriz()
    push()
    for _ in 0..<nature.random.below(3) { nature.after(0...240_000) { [self] in push() } }
    nature.after(1_000...30_000) { [self] in mischief() }
    proceed(until: stormMilliseconds)
    if nature.breach == nil { becomeCalm() }
    let end = nature.now + Self.calmMilliseconds
    var isSettled = false
    while !isSettled, nature.breach == nil, nature.now < end {
      proceed(until: nature.now + 60_000)
      isSettled = whatIsMissing == nil
      checkThatGoneIsNoticed()
    }
    if nature.breach == nil, let missing = whatIsMissing {
      nature.expect(missing.promise, false, missing.details)
    }
    clearUp()
  }

  /// What waits for its time holds everything else.
  private func clearUp() {
    nature.schedule.removeAll()
    matriz?.end()
    matriz = nil
  }

  private func proceed(until end: Int64) {
    while nature.breach == nil, steps < Self.maximumSteps, let next = nature.schedule.nextTime, next <= end {
      nature.schedule.takeNext()?()
      steps += 1
      nature.trace.mix(nature.random.state)
    }
    if nature.breach == nil, nature.now < end { nature.schedule.skip(to: end) }
    nature.expect(.everythingEnds, steps < Self.maximumSteps, "\(steps) things happened, and there is no end")
  }

  // MARK: The matriz's process

  func startMatriz() {
    let process = SimulatedMatriz(
      nature: nature, witness: witness, disk: disk, forge: forge, runner: runner, settings: settings,
      boot: boot, crash: { [weak self] in self?.crash() })
    nature.note("the matriz starts")
    matriz = process
    door.matriz = process
    process.start()
  }

  func crash() {
    guard let matriz else { return }
    nature.note("the matriz is killed")
    matriz.end()
    self.matriz = nil
    door.matriz = nil
    disk.crash()
    witness.crash()
    // Not the process alone: its machine starts again, and with it every clock but the one on the wall.
    if nature.strikes(.reboot) { boot += 1 }
    nature.after(nature.isCalm ? 2_000...5_000 : 2_000...60_000) { [self] in startMatriz() }
  }

  // MARK: Calm

  private func becomeCalm() {
    nature.note("the world is calm")
    nature.isCalm = true
    calmSince = nature.now
    forge.comeBack()
    runner.comeBack()
    disk.makeRoom()
    for push in forge.pushes {
      if let tag = push.tag, forge.releases["\(push.repository) \(tag)"] == nil {
        forge.publishRelease(repository: push.repository, tag: tag)
      }
    }
  }

  /// What a lease is longer by, until a job has ended because of it: timers, a commit, the start after a crash.
  private static let noticeMarginMilliseconds: Int64 = 120_000

  private func checkThatGoneIsNoticed() {
    let patience =
      Int64(settings.limits.leaseSeconds) * 1_000 + Self.noticeMarginMilliseconds + nature.clockSetBack
    for allocation in runner.allocations {
      guard let ended = allocation.workers.map({ $0.endedAt ?? .max }).max(),
        max(ended, calmSince) < nature.now - patience,
        let job = witness.runs[allocation.key.run]?.job(allocation.key.job)
      else { continue }
      nature.expect(
        .goneIsNoticed, job.attempt != allocation.key.attempt || job.state != .running,
        "\(allocation.key) runs, and its worker ended \((nature.now - ended) / 1_000) s ago")
    }
  }

  /// What is not as it has to be in the end; `nil` when all is well.
  private var whatIsMissing: Breach? {
    for push in forge.pushes {
      guard let run = witness.run(of: push) else {
        return Breach(promise: .oneRunPerDelivery, details: "\(push.delivery) has no run")
      }
      guard run.state.isFinal else {
        let jobs = run.jobs.map { "\($0.id)#\($0.attempt) \($0.state)" }
        return Breach(promise: .everythingEnds, details: "run \(run.id) is \(run.state): \(jobs)")
      }
      if speaks(run), let breach = whatTheForgeLacks(of: run) { return breach }
    }
    if let entry = disk.committed.pendingEffects().first {
      return Breach(promise: .everythingIsDone, details: "\(entry.effect) of \(entry.runID) is not done")
    }
    if let orphan = runner.allocations.first(where: \.isOccupied) {
      return Breach(
        promise: .noOrphans, details: "\(orphan.handle) of \(orphan.key) is \(orphan.state) at the runner")
    }
    return nil
  }
}
