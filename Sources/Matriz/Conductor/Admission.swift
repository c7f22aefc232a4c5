import Platform
import RunModel

/// Has free slots given to the jobs that wait for one: when the matriz starts, and after each change of a run. Several
/// changes that come while it looks are answered by one more look.
actor Admission {
  private static let retrySeconds = 5

  private let conductor: Conductor
  private let logger: Logger
  private var isWanted = false
  private var looking: Task<Void, Never>?
  private var isStopped = false

  init(conductor: Conductor, logger: Logger) {
    self.conductor = conductor
    self.logger = logger
  }

  /// There may be a slot for somebody.
  func look() {
    isWanted = true
    guard looking == nil, !isStopped else { return }
    looking = Task { [weak self] in await self?.lookUntilNothingIsWanted() }
  }

  func stop() async {
    isStopped = true
    looking?.cancel()
    await looking?.value
  }

  private func lookUntilNothingIsWanted() async {
    while isWanted, !isStopped {
      isWanted = false
      do {
        try await conductor.admit()
      } catch {
        logger.error("waiting jobs could not be looked at", ["error": "\(error)"])
        isWanted = true
        try? await Task.sleep(for: .seconds(Self.retrySeconds))
      }
    }
    looking = nil
  }
}
