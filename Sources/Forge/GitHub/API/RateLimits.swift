internal import Forge
internal import HTTP
internal import Platform
internal import Synchronization

/// The budgets of all accounts. What would be refused is not sent.
final class RateLimits: Sendable {
  /// Those of more accounts are forgotten, and learned again from the next answers.
  private static let maximumAccounts = 10_000

  private let budgets = Mutex<[Credential.Account: RateBudget]>([:])

  /// - Throws: `rateLimited`, with the seconds to wait.
  func admit(
    _ urgency: APICall.Urgency, of account: Credential.Account, at now: Timestamp, _ label: String
  ) throws(ForgeError) {
    let wait = budgets.withLock { $0[account]?.waitSeconds(urgency, at: now) }
    guard let wait else { return }
    throw ForgeError(
      .rateLimited, "\(label) was not sent: GitHub's limits allow it in \(wait) s", retryAfterSeconds: wait)
  }

  func observe(_ headers: HTTPHeaders, of account: Credential.Account, at now: Timestamp) {
    // Searches and other resources have limits of their own, and none of them is used here.
    guard headers["X-RateLimit-Resource"] ?? "core" == "core",
      let limit = headers["X-RateLimit-Limit"].flatMap({ Int64($0) }), limit > 0,
      let remaining = headers["X-RateLimit-Remaining"].flatMap({ Int64($0) }),
      let wait = Self.secondsUntilReset(headers, now)
    else { return }
    let resetsAt = Timestamp(milliseconds: now.milliseconds + wait * 1_000)
    update(account) { budget in
      budget.observe(RateBudget.Window(limit: limit, remaining: max(0, remaining), resetsAt: resetsAt))
    }
  }

  func succeeded(_ account: Credential.Account) {
    update(account) { $0.succeed() }
  }

  /// - Returns: how many seconds nothing is sent for that account.
  func refused(_ account: Credential.Account, hintSeconds: Int64?, at now: Timestamp) -> Int64 {
    update(account) { $0.refuse(hintSeconds: hintSeconds, at: now) }
  }

  /// From the answer until the limit's hour is over, at most `RateBudget.maximumWaitSeconds`. Both are by GitHub's clock,
  /// as far as the answer tells the time, so that ours may be wrong.
  static func secondsUntilReset(_ headers: HTTPHeaders, _ now: Timestamp) -> Int64? {
    guard let reset = headers["X-RateLimit-Reset"].flatMap({ Int64($0) }) else { return nil }
    let theirs = headers["Date"].flatMap(HTTPDate.init)?.timestamp ?? now
    let (wait, overflows) = reset.subtractingReportingOverflow(theirs.milliseconds / 1_000)
    return overflows ? nil : min(max(0, wait), RateBudget.maximumWaitSeconds)
  }

  private func update<T>(_ account: Credential.Account, _ body: (inout RateBudget) -> T) -> T {
    budgets.withLock { budgets in
      if budgets.count >= Self.maximumAccounts, budgets[account] == nil { budgets.removeAll() }
      return body(&budgets[account, default: RateBudget()])
    }
  }
}
