internal import HTTP
internal import Synchronization

/// Answers that GitHub gave a tag to. Asked again with it, GitHub says 304 when nothing changed, which counts against no
/// limit. The least recently used ones go when there are too many.
///
/// What one account was answered is never given to another.
final class AnswerCache: Sendable {
  struct Key: Hashable, Sendable {
    let account: Credential.Account
    let path: String
  }

  struct Entry: Sendable {
    /// As it came in `ETag`.
    let tag: String
    /// Those that belong to the content.
    let headers: HTTPHeaders
    let bytes: [UInt8]
  }

  static let maximumEntries = 1_000
  static let maximumBytes = 16 << 20
  /// Of one answer; longer ones are not kept.
  static let maximumEntryBytes = 1 << 20

  private struct State {
    var entries: [Key: (entry: Entry, lastUse: UInt64)] = [:]
    var bytes = 0
    var uses: UInt64 = 0
  }

  private let state = Mutex(State())

  subscript(key: Key) -> Entry? {
    state.withLock { state in
      guard let entry = state.entries[key]?.entry else { return nil }
      state.uses &+= 1
      state.entries[key] = (entry, state.uses)
      return entry
    }
  }

  /// Keeps an answer in the place of an older one, if it has a tag and is not too long.
  func keep(_ answer: APIAnswer, for key: Key) {
    state.withLock { state in
      if let old = state.entries.removeValue(forKey: key) { state.bytes -= old.entry.bytes.count }
      guard let tag = answer.headers["ETag"], answer.bytes.count <= Self.maximumEntryBytes else { return }
      let kept = HTTPHeaders(answer.headers.values(of: "Link").map { ("Link", $0) })
      state.uses &+= 1
      state.entries[key] = (Entry(tag: tag, headers: kept, bytes: answer.bytes), state.uses)
      state.bytes += answer.bytes.count
      Self.shrink(&state)
    }
  }

  var size: (entries: Int, bytes: Int) {
    state.withLock { ($0.entries.count, $0.bytes) }
  }

  /// Drops a tenth at once, so that the search for the oldest is rare.
  private static func shrink(_ state: inout State) {
    guard state.entries.count > maximumEntries || state.bytes > maximumBytes else { return }
    let oldestFirst = state.entries.sorted { $0.value.lastUse < $1.value.lastUse }
    for (key, value) in oldestFirst {
      guard state.entries.count > maximumEntries * 9 / 10 || state.bytes > maximumBytes * 9 / 10 else {
        return
      }
      state.entries[key] = nil
      state.bytes -= value.entry.bytes.count
    }
  }
}
