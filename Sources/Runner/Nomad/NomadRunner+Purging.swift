import HTTP
import Platform
package import Runner
import Synchronization

extension NomadRunner {
  /// One call purges at most so many; the rest has its turn in the next.
  private static let maximumPurges = 200

  /// `DELETE /v1/job/:id?purge=true` for dispatches that are dead since `keepEndedSeconds`. Nomad itself forgets them
  /// only hours later, and every list of them is as long.
  package func forgetEnded() async throws(RunnerError) {
    let job = try await prepared()
    let dead = try await dispatches(of: job).filter { $0.status == "dead" }.map(\.id)
    let now = MonotonicClock.nanoseconds()
    let oldest = now - Int64(configuration.keepEndedSeconds * 1e9)
    let due = deadSince.withLock { known in
      // How long a server has known it as dead it does not say: what counts is since when we do.
      known = Dictionary(uniqueKeysWithValues: Set(dead).map { ($0, known[$0] ?? now) })
      return known.filter { $0.value <= oldest }.keys.sorted()
    }
    for handle in due.prefix(Self.maximumPurges) {
      let call = NomadCall(
        method: "DELETE", path: "job/\(PercentEncoding.encode(handle))",
        query: [(name: "purge", value: "true")])
      let answer = try await client.send(call, namespace: job.namespace)
      guard answer.isSuccess || answer.status == 404 else { throw unexpected(answer, of: call) }
      logger.debug("a dispatch that ended was purged", ["handle": handle])
    }
  }
}
