import Forge

/// The forge: sends webhooks, keeps statuses and releases. It may be down, slow, or do what it is asked for and
/// lose the answer.
final class SimulatedForge {
  /// A client gives a request up after this.
  static let timeoutMilliseconds = 20_000

  let nature: Nature
  let witness: Witness
  let door: Door
  private var downUntil: Int64 = 0
  private(set) var pushes: [SimulatedPush] = []
  /// By delivery: whether the forge saw it accepted.
  var accepted: Set<String> = []
  var underWay: [String: Int] = [:]
  /// What it shows for a commit, by `sha context`.
  var statuses: [String: CommitStatus] = [:]
  /// By `sha name external id`.
  var checks: [String: Check.State] = [:]
  /// The names of a release's assets, by `owner/name tag`.
  private(set) var releases: [String: Set<String>] = [:]

  init(nature: Nature, witness: Witness, door: Door) {
    self.nature = nature
    self.witness = witness
    self.door = door
  }

  func goDown(milliseconds: Int64) {
    nature.count(.forgeDown)
    downUntil = max(downUntil, nature.now + milliseconds)
  }

  func add(_ push: SimulatedPush) {
    pushes.append(push)
  }

  /// Everything works from now on.
  func comeBack() {
    downUntil = 0
  }

  var isDown: Bool { nature.now < downUntil }

  // MARK: Calls

  /// Carries a request to the forge and its answer back. What is done, is done when the request arrives, soon; the
  /// answer may take long, or get lost on its way.
  func call<T>(
    _ what: String, _ answer: @escaping (Result<T, ForgeError>) -> Void,
    carryOut: @escaping () -> Result<T, ForgeError>
  ) {
    nature.after(5...200) { [self] in
      let time = nature.strikes(.forgeSlow) ? 2_000...15_000 : 5...200
      guard !isDown else {
        return nature.after(0...2_000) { answer(.failure(ForgeError(.unavailable, "\(what): no answer"))) }
      }
      if nature.strikes(.forgeLimitsRate) {
        let seconds = Int64(nature.random.number(in: 1...120))
        let error = ForgeError(.rateLimited, "\(what): too many requests", retryAfterSeconds: seconds)
        return nature.after(time) { answer(.failure(error)) }
      }
      if nature.strikes(.forgeFails) {
        return nature.after(time) { answer(.failure(ForgeError(.unavailable, "\(what): 502"))) }
      }
      let result = carryOut()
      if nature.strikes(.forgeAnswerLost) {
        return nature.after(Int64(Self.timeoutMilliseconds)) {
          answer(.failure(ForgeError(.unavailable, "\(what): timed out")))
        }
      }
      nature.after(time) { answer(result) }
    }
  }

  func readCommitMessage(sha: String, answer: @escaping (Result<String?, ForgeError>) -> Void) {
    call("commit", answer) { [self] in .success(pushes.first { $0.sha == sha }?.skipMarker) }
  }

  // MARK: Releases

  func publishRelease(repository: String, tag: String) {
    nature.note("forge: release \(tag) is published")
    releases["\(repository) \(tag)"] = []
    if nature.strikes(.deliveryLost) { return }
    nature.after(10...500) { [self] in door.matriz?.releasePublished(repository: repository, tag: tag) }
  }

  func releaseAsset(
    repository: String, tag: String, name: String, answer: @escaping (Result<Bool, ForgeError>) -> Void
  ) {
    call("release", answer) { [self] in
      guard let assets = releases["\(repository) \(tag)"] else { return .failure(Self.noRelease(tag)) }
      return .success(assets.contains(name))
    }
  }

  func uploadAsset(
    repository: String, tag: String, name: String, answer: @escaping (Result<Void, ForgeError>) -> Void
  ) {
    call("upload", answer) { [self] in
      guard let assets = releases["\(repository) \(tag)"] else { return .failure(Self.noRelease(tag)) }
      guard !assets.contains(name) else { return .failure(ForgeError(.conflict, "\(name) exists")) }
      releases["\(repository) \(tag)"]?.insert(name)
      return .success(())
    }
  }

  private static func noRelease(_ tag: String) -> ForgeError {
    ForgeError(.notFound, "release with tag '\(tag)' not found")
  }
}
