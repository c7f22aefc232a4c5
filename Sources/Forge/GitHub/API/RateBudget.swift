internal import Platform

/// How many requests one account has left, and until when it is to be quiet. A value without a clock.
///
/// GitHub has a primary limit, so many requests in an hour, whose state comes with each answer; and secondary ones, for
/// too much at once, which only show when they are exceeded.
struct RateBudget: Sendable {
  /// The part of the hour's requests that background work leaves for what people wait for.
  static let reservedShare = 0.2
  /// GitHub's windows are an hour long: whoever is told to wait longer asks again after that.
  static let maximumWaitSeconds: Int64 = 3_600
  /// How long to wait after a secondary limit that does not say, as GitHub's documentation asks; twice as long each time
  /// that it did not help.
  static let silentWaitSeconds: Int64 = 60
  static let maximumSilentWaitSeconds: Int64 = 960

  /// What answers say about the primary limit.
  struct Window: Sendable, Hashable {
    var limit: Int64
    var remaining: Int64
    /// By our own clock.
    var resetsAt: Timestamp
  }

  /// Windows that end closer together are one: their end is known in whole seconds, and answers take their time.
  private static let sameWindowMilliseconds: Int64 = 60_000

  private var window: Window?
  private var quietUntil: Timestamp?
  private var silentRefusals: Int64 = 0

  /// How many seconds to wait before a request may be sent; `nil` when it may be sent now.
  func waitSeconds(_ urgency: APICall.Urgency, at now: Timestamp) -> Int64? {
    if let quietUntil, now < quietUntil { return Self.seconds(from: now, until: quietUntil) }
    guard let window, now < window.resetsAt else { return nil }
    let reserved = urgency == .background ? Int64(Double(window.limit) * Self.reservedShare) : 0
    return window.remaining > reserved ? nil : Self.seconds(from: now, until: window.resetsAt)
  }

  /// An answer came, and said this.
  mutating func observe(_ seen: Window) {
    // Answers overtake each other: within one window the lower number is the newer one.
    if let window,
      abs(window.resetsAt.milliseconds - seen.resetsAt.milliseconds) < Self.sameWindowMilliseconds
    {
      self.window?.remaining = min(window.remaining, seen.remaining)
    } else {
      window = seen
    }
  }

  /// A request was done, so a limit that did not say how long to wait is over.
  mutating func succeed() {
    silentRefusals = 0
  }

  /// A request was refused by a limit.
  ///
  /// - Parameter hintSeconds: what the answer says; `nil` when it says nothing.
  /// - Returns: how many seconds nothing is sent.
  mutating func refuse(hintSeconds: Int64?, at now: Timestamp) -> Int64 {
    let seconds: Int64
    if let hintSeconds {
      seconds = min(max(0, hintSeconds), Self.maximumWaitSeconds)
    } else {
      silentRefusals = min(silentRefusals + 1, 10)
      seconds = min(Self.silentWaitSeconds << (silentRefusals - 1), Self.maximumSilentWaitSeconds)
    }
    let until = Timestamp(milliseconds: now.milliseconds + seconds * 1_000)
    quietUntil = max(quietUntil ?? until, until)
    return seconds
  }

  private static func seconds(from now: Timestamp, until: Timestamp) -> Int64 {
    min((until.milliseconds - now.milliseconds + 999) / 1_000, maximumWaitSeconds)
  }
}
