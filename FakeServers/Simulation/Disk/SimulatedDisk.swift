/// The database's file: transactions wait for each other's commit, as in the real one, and a commit may fail or never
/// happen.
///
/// Each transaction is a savepoint: one that throws leaves nothing behind and does not spoil the others of its commit.
final class SimulatedDisk {
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// What waits for the next commit: applies itself and says what to tell afterwards.
  private struct Pending {
    let apply: (MemoryTables) throws -> Void
    let tell: (Failure?) -> Void
  }

  let nature: Nature
  let witness: Witness
  /// What is there after a crash.
  let committed = MemoryTables()
  private var pending: [Pending] = []
  private var isCommitting = false
  private var fullUntil: Int64 = 0
  /// Changes with each process: what an earlier one had under way is gone.
  private var process = 0

  init(nature: Nature, witness: Witness) {
    self.nature = nature
    self.witness = witness
  }

  var isFull: Bool { nature.now < fullUntil }

  func fill(milliseconds: Int64) {
    nature.count(.diskFull)
    fullUntil = max(fullUntil, nature.now + milliseconds)
  }

  func makeRoom() {
    fullUntil = 0
  }

  /// Everything that is not committed is gone.
  func crash() {
    process += 1
    pending = []
    isCommitting = false
  }

  /// Has `apply` be part of the next commit; `tell` learns after it whether it is.
  ///
  /// - Parameter crash: ends the process, before or after a commit.
  func write(
    crash: @escaping () -> Void, _ apply: @escaping (MemoryTables) throws -> Void,
    tell: @escaping (Failure?) -> Void
  ) {
    pending.append(Pending(apply: apply, tell: tell))
    guard !isCommitting else { return }
    isCommitting = true
    let process = self.process
    nature.after(0...15) { [self] in
      if process == self.process { commit(crash) }
    }
  }

  private func commit(_ crash: () -> Void) {
    isCommitting = false
    let batch = pending
    pending = []
    let working = MemoryTables(committed.contents)
    var outcomes: [Failure?] = []
    for transaction in batch {
      let before = working.contents
      do {
        if isFull { throw Failure(description: "database or disk is full") }
        if nature.strikes(.transactionFails) { throw Failure(description: "disk I/O error") }
        try transaction.apply(working)
        outcomes.append(nil)
      } catch {
        working.contents = before
        outcomes.append(error as? Failure ?? Failure(description: "\(error)"))
      }
    }
    if nature.strikes(.crashBeforeCommit) { return crash() }
    if nature.strikes(.commitFails) {
      outcomes = batch.map { _ in Failure(description: "disk I/O error at the commit") }
    } else {
      let changed = working.takeChanges()
      committed.contents = working.contents
      witness.committed(changed)
      if nature.strikes(.crashAfterCommit) { return crash() }
    }
    for (transaction, failure) in zip(batch, outcomes) { transaction.tell(failure) }
  }
}
