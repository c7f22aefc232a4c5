import Forge
import Platform
import RunModel

/// What people want of runs on the forge's pages, and what becomes of their repositories there.
extension Intake {
  /// Does what is wanted of each run that is meant and can have it.
  func carryOut<T: DeliveryTables & ~Copyable>(
    _ request: RunRequest, at now: Timestamp, in tables: borrowing T
  ) throws -> Result {
    let meant: [Run]
    switch try runs(meantBy: request, in: tables) {
    case .success(let runs): meant = runs
    case .failure(let refusal): return Result(outcome: .ignored, reason: refusal.reason)
    }
    var changes: [Ledger.Change] = []
    var refusals: [String] = []
    for run in meant {
      if let refusal = request.refusal(of: run) {
        refusals.append("run #\(run.number): \(refusal)")
      } else if let change = try ledger.handle(request.event, run: run.id, at: now, in: tables) {
        changes.append(change)
      }
    }
    guard let first = changes.first else {
      return Result(outcome: .ignored, reason: refusals.joined(separator: "; "))
    }
    let names = changes.map { "#\($0.run.number)" }.joined(separator: ", ")
    let done = request.wish == .approve ? "approved" : "wanted again"
    return Result(
      outcome: request.wish == .approve ? .approved : .rerun,
      reason: (["\(names) \(done) by \(request.by)"] + refusals).joined(separator: "; "),
      runID: first.run.id, changes: changes)
  }

  /// Why no run is meant.
  private struct Refusal: Error {
    let reason: String
  }

  /// The run of the check, if it is what the request says of it; or those that speak for the commit.
  private func runs<T: DeliveryTables & ~Copyable>(
    meantBy request: RunRequest, in tables: borrowing T
  ) throws -> Swift.Result<[Run], Refusal> {
    guard let externalID = request.externalID else {
      let runs = try tables.newestRuns(repository: request.repository, sha: request.sha)
      return runs.isEmpty ? .failure(Refusal(reason: "there is no run of this commit")) : .success(runs)
    }
    let cited = RunRequest.cited(externalID)
    guard let check = RunRequest.check(externalID) else {
      return .failure(Refusal(reason: "the check's id '\(cited)' is none of ours"))
    }
    guard let run = try tables.run(check.run), check.attempt <= run.attempt else {
      return .failure(Refusal(reason: "there is no run with the check '\(cited)'"))
    }
    guard run.source.repository == request.repository, run.source.sha == request.sha else {
      return .failure(Refusal(reason: "the check '\(cited)' is not one of this commit"))
    }
    return .success([run])
  }

  func move<T: DeliveryTables & ~Copyable>(
    _ old: String, to repository: WebhookRepository, at now: Timestamp, in tables: borrowing T
  ) throws -> Result {
    let changes = try ledger.moveRepository(
      from: old, to: repository.name, cloneURL: repository.cloneURL, at: now, in: tables)
    return Result(
      outcome: .moved, reason: "\(RunRequest.cited(old)) is called \(repository.name) now", changes: changes)
  }
}
