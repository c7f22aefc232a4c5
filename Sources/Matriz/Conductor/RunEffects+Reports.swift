import Forge
import Platform
import RunModel

/// What the forge is told. It is the state as it is now, whatever it was when the effect was written: so the last word is
/// the final one, in whatever order effects are repeated after a crash.
extension RunEffects {
  /// How often it is tried to read what a check says in detail, before it says the rest.
  private static let maximumDetailTries = 3

  func reportStatus(_ run: Run) async throws -> EffectOutcome {
    if run.state.isFinal { FaultPoint.finalStatusBegun.reach() }
    try await update(settings.reports.status(of: run), of: run)
    (run.state.isFinal ? FaultPoint.finalStatusAnswered : .statusAnswered).reach()
    return .done(nil)
  }

  func reportJobStatus(_ job: String, _ run: Run) async throws -> EffectOutcome {
    guard let status = settings.reports.status(ofJob: job, in: run) else { return .done(nil) }
    try await update(status, of: run)
    return .done(nil)
  }

  private func update(_ status: CommitStatus, of run: Run) async throws(ForgeError) {
    try await forge.updateStatus(repository: run.source.repository, sha: run.source.sha, status: status)
  }

  /// A forge that refuses checks keeps nobody from anything else: there is the status.
  func reportCheck(_ run: Run, tries: Int) async throws -> EffectOutcome {
    guard forge.supportsChecks else { return .done(nil) }
    let details = run.state.isFinal ? try await details(of: run, tries: tries) : CheckDetails()
    let check = settings.reports.check(of: run, details: details)
    if run.state.isFinal { FaultPoint.finalCheckBegun.reach() }
    do throws(ForgeError) {
      try await forge.updateCheck(repository: run.source.repository, sha: run.source.sha, check: check)
    } catch {
      guard error.code == .refused else { throw error }
      tellOfRefusedCheck(run, error)
    }
    if run.state.isFinal { FaultPoint.finalCheckAnswered.reach() }
    return .done(nil)
  }

  private func details(of run: Run, tries: Int) async throws -> CheckDetails {
    do {
      return try await checkDetails.read(run)
    } catch {
      guard tries + 1 >= Self.maximumDetailTries, !Task.isCancelled else { throw error }
      logger.error("the details of a check could not be read", ["run": run.id, "error": "\(error)"])
      var details = CheckDetails()
      details.problems = ["The details could not be read."]
      return details
    }
  }

  private func tellOfRefusedCheck(_ run: Run, _ error: ForgeError) {
    guard refusedChecks.isFirst(run.source.repository) else { return }
    logger.warning(
      "the forge refuses checks, so there are only statuses: the app needs the permission 'Checks: write', and the "
        + "repository's owner has to have accepted it",
      ["repository": run.source.repository, "run": run.id, "reason": error.message])
  }
}
