import Platform
import Testing

@testable import ForgeGitHub

@Suite
struct RateBudgetTests {
  static let now = Timestamp(milliseconds: 1_700_000_000_000)
  static func after(_ seconds: Int64) -> Timestamp {
    Timestamp(milliseconds: now.milliseconds + seconds * 1_000)
  }

  static func window(_ remaining: Int64, seconds: Int64 = 600) -> RateBudget.Window {
    RateBudget.Window(limit: 100, remaining: remaining, resetsAt: after(seconds))
  }

  /// What remains of 100 requests, and for how long visible and background work wait.
  @Test(
    "background work leaves a fifth of the hour's requests to what people wait for",
    arguments: [(100, nil, nil), (21, nil, nil), (20, nil, 600), (1, nil, 600), (0, 600, 600)]
      as [(Int64, Int64?, Int64?)])
  func reserve(remaining: Int64, visible: Int64?, background: Int64?) {
    var budget = RateBudget()
    budget.observe(Self.window(remaining))
    #expect(budget.waitSeconds(.visible, at: Self.now) == visible)
    #expect(budget.waitSeconds(.background, at: Self.now) == background)
    #expect(budget.waitSeconds(.background, at: Self.after(600)) == nil)
  }

  @Test("of answers that overtake each other the lower number counts, until a new hour begins")
  func overtaking() {
    var budget = RateBudget()
    budget.observe(Self.window(0))
    budget.observe(Self.window(3, seconds: 601))
    #expect(budget.waitSeconds(.visible, at: Self.now) == 600)
    budget.observe(Self.window(99, seconds: 4_200))
    #expect(budget.waitSeconds(.visible, at: Self.now) == nil)
  }

  @Test("a wait lasts until its end, and a shorter one does not end it")
  func wait() {
    var budget = RateBudget()
    #expect(budget.refuse(hintSeconds: 30, at: Self.now) == 30)
    #expect(budget.refuse(hintSeconds: 5, at: Self.now) == 5)
    #expect(budget.waitSeconds(.visible, at: Self.after(29)) == 1)
    #expect(budget.waitSeconds(.visible, at: Self.after(30)) == nil)
  }

  /// What an answer asks for, and what is waited.
  @Test(
    "no answer can make us wait longer than an hour, or in the past",
    arguments: [(0, 0), (-5, 0), (3_600, 3_600), (3_601, 3_600), (.max, 3_600), (.min, 0)] as [(Int64, Int64)]
  )
  func bounds(hint: Int64, seconds: Int64) {
    var budget = RateBudget()
    #expect(budget.refuse(hintSeconds: hint, at: Self.now) == seconds)
    #expect(budget.waitSeconds(.visible, at: Self.now) == (seconds == 0 ? nil : seconds))
  }

  @Test("a limit that does not say how long is waited for longer each time, until something works")
  func silent() {
    var budget = RateBudget()
    let waits = (0..<7).map { _ in budget.refuse(hintSeconds: nil, at: Self.now) }
    #expect(waits == [60, 120, 240, 480, 960, 960, 960])
    budget.succeed()
    #expect(budget.refuse(hintSeconds: nil, at: Self.now) == 60)
  }
}
