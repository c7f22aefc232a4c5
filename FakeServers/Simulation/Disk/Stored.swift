import Platform
import RunModel

struct Entry {
  let id: Int64
  let runID: String
  let lane: String
  let effect: Effect
  var tries = 0
  var notBefore: Timestamp
  let createdAt: Timestamp
}

/// What is in the database.
struct Stored {
  struct Missing: Error {}

  private(set) var runs: [String: Run] = [:]
  private(set) var runIDs: [String] = []
  private(set) var outbox: [Entry] = []
  private(set) var deliveries: [String: String?] = [:]
  var artifacts: Set<String> = []
  private var nextEntry: Int64 = 1
  private var changed: [String] = []

  mutating func takeChanges() -> [Run] {
    defer { changed = [] }
    return changed.compactMap { runs[$0] }
  }

  mutating func insert(_ run: Run, delivery: String) {
    runs[run.id] = run
    runIDs.append(run.id)
    changed.append(run.id)
    deliveries[delivery] = run.id
  }

  mutating func update(_ run: Run) {
    runs[run.id] = run
    if !changed.contains(run.id) { changed.append(run.id) }
  }

  mutating func insert(_ effects: [Effect], of run: Run, at now: Timestamp) -> [Entry] {
    effects.map { effect in
      let lane: String
      switch effect {
      case .reportStatus: lane = "status \(run.source.sha)"
      case .readCommitMessage: lane = "message \(run.id)"
      case .dispatch(let job, _), .stop(let job, _, _): lane = "job \(job)"
      case .uploadAsset(let name): lane = "asset \(run.id) \(name)"
      }
      let entry = Entry(
        id: nextEntry, runID: run.id, lane: lane, effect: effect, notBefore: now, createdAt: now)
      nextEntry += 1
      outbox.append(entry)
      return entry
    }
  }

  mutating func remove(_ id: Int64) {
    outbox.removeAll { $0.id == id }
  }

  mutating func postpone(_ entry: Entry) {
    guard let index = outbox.firstIndex(where: { $0.id == entry.id }) else { return }
    outbox[index] = entry
  }
}
