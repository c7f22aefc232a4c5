import Database
import Platform

/// The clock that runs are timed by, which goes on from one process to the next.
///
/// As long as a run is unfinished, its deadlines are those of the clock that it began with, though somebody sets the
/// system's clock, while we are there or between two of our starts. A start that finds no such run, or another boot of
/// the machine, sets the clock anew.
struct ClockStore: Sendable {
  /// A difference between our clock and the system's that nobody needs to hear of.
  private static let maximumQuietDifferenceMilliseconds: Int64 = 2_000

  /// The clock that an earlier process has begun, or a new one.
  static func clock(of database: Database, logger: Logger) async throws -> SteadyClock {
    let boot = await currentBoot()
    let clock = try await database.write { db in
      try ClockStore().clock(boot: boot, fresh: SteadyClock(), in: db)
    }
    let behind = Timestamp.now().milliseconds - clock.now().milliseconds
    if abs(behind) > maximumQuietDifferenceMilliseconds {
      logger.warning(
        "the system's clock was set while runs were unfinished: ours goes on as before until a start without any",
        ["behind": "\(behind) ms"])
    }
    return clock
  }

  /// - Parameters:
  ///   - boot: what the system calls the time since it was started; `nil` when it does not say.
  ///   - fresh: a clock that agrees with the system's.
  func clock(boot: String?, fresh: SteadyClock, in db: borrowing DatabaseConnection) throws -> SteadyClock {
    let hasUnfinished =
      try db.first("SELECT 1 AS one FROM runs WHERE is_final = 0 LIMIT 1") { _ in true } ?? false
    if hasUnfinished, let boot,
      let offset = try db.first(
        "SELECT offset_milliseconds FROM clock WHERE boot = ?", [boot],
        { try $0["offset_milliseconds"] as Int64 })
    {
      return SteadyClock(offsetMilliseconds: offset)
    }
    try db.execute("DELETE FROM clock")
    if let boot {
      try db.execute(
        "INSERT INTO clock (boot, offset_milliseconds) VALUES (?, ?)", [boot, fresh.offsetMilliseconds])
    }
    return fresh
  }

  /// `/proc/sys/kernel/random/boot_id`
  private static func currentBoot() async -> String? {
    try? await BlockingExecutor.files.run {
      let file = try Descriptor.open("/proc/sys/kernel/random/boot_id", flags: 0)
      let text = String(decoding: try file.read(upTo: 64).filter { $0 > 0x20 }, as: UTF8.self)
      return text.isEmpty ? nil : text
    }
  }
}
