/// What everything in a world shares: time, chance, the record of what happened, and the promises.
///
/// Everything is done by one thread, one action after the other, and every choice comes from one generator: a seed
/// decides all of it.
final class Nature {
  var random: SeededGenerator
  var schedule = Schedule()
  var trace: Trace
  private(set) var faults = FaultCounts()
  /// The first promise that was not kept; the world ends there.
  private(set) var breach: Breach?
  /// No fault happens any more.
  var isCalm = false
  let mutation: Mutation?
  /// Of runs and jobs.
  let names = Names()
  private let weather: Weather
  /// What the clock of the matriz's machine says, from the one that nobody sets, in milliseconds.
  private(set) var clockOffset: Int64 = 1_700_000_000_000
  /// How far it was set back in all: what it measures may take so much longer.
  private(set) var clockSetBack: Int64 = 0

  init(seed: UInt64, mutation: Mutation?, traceLines: Int) {
    random = SeededGenerator(seed: seed)
    weather = Weather(&random)
    trace = Trace(maximumLines: traceLines)
    self.mutation = mutation
  }

  /// Milliseconds since the world began, by a clock that nobody sets.
  var now: Int64 { schedule.now }

  func setClock(forward milliseconds: Int64) {
    clockOffset += milliseconds
    clockSetBack += max(0, -milliseconds)
  }

  func after(_ milliseconds: Int64, _ action: @escaping () -> Void) {
    schedule.add(after: milliseconds, action)
  }

  func after(_ milliseconds: ClosedRange<Int>, _ action: @escaping () -> Void) {
    schedule.add(after: Int64(random.number(in: milliseconds)), action)
  }

  /// Whether this fault happens now, at this chance of its own; it is counted.
  func strikes(_ fault: Fault) -> Bool {
    guard isPossible(fault), random.happens(perMille: weather.perMille(fault)) else { return false }
    count(fault)
    return true
  }

  /// For faults that nobody asks the weather about at each step.
  func isPossible(_ fault: Fault) -> Bool { !isCalm && weather.perMille(fault) > 0 }

  func count(_ fault: Fault) {
    faults.add(fault)
    note("fault: \(fault.name)")
  }

  func note(_ text: @autoclosure () -> String) {
    trace.add(at: now, text)
  }

  func expect(_ promise: Promise, _ holds: Bool, _ details: @autoclosure () -> String) {
    guard !holds, breach == nil else { return }
    let broken = Breach(promise: promise, details: details())
    breach = broken
    note("BROKEN: \(broken)")
  }
}
