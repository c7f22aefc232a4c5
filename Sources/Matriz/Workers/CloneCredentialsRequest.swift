import Forge
import Platform

/// Asks the forge for clone credentials, again while it is away.
struct CloneCredentialsRequest: Sendable {
  /// Tries before the clone is given up; with the backoff between them about half a minute.
  private static let maximumTries = 7

  let forge: any Forge
  var backoff = Backoff(firstSeconds: 0.5, maximumSeconds: 10)

  func credentials(repository: String) async throws(ForgeError) -> CloneCredentials {
    var tries = 0
    while true {
      do throws(ForgeError) {
        return try await forge.cloneCredentials(repository: repository)
      } catch {
        tries += 1
        guard error.isTransient, tries < Self.maximumTries else { throw error }
        let delay = error.retryAfterSeconds.map(Double.init) ?? backoff.delaySeconds(afterTries: tries)
        guard (try? await Task.sleep(for: .seconds(min(delay, backoff.maximumSeconds)))) != nil else {
          throw error
        }
      }
    }
  }
}
