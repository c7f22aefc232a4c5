import ArtifactStore
import Platform

/// How a file that a worker was asked for came in.
enum StoredFile: Sendable {
  case stored(Artifact)
  /// The store will not have it: its name is taken.
  case refused(reason: String)
  /// It could not be kept.
  case broke(reason: String)
}

/// Takes a file in chunks into the artifact store.
struct FileIntake: Sendable {
  /// Which file it is.
  struct File: Sendable {
    let runID: String
    let jobID: String
    let attempt: Int
    let name: String
    let type: String?
  }

  private let store: ArtifactStore
  private let observer: any MatrizObserver
  private let file: File
  private var writer: ArtifactWriter?
  private var received: Int64 = 0

  init(store: ArtifactStore, observer: any MatrizObserver, file: File) {
    self.store = store
    self.observer = observer
    self.file = file
  }

  /// Takes the next chunks; after the last one says what became of the file.
  mutating func take(_ chunks: [BatchReading.Chunk], isLast: Bool) async -> StoredFile? {
    do {
      let writer = try await openWriter()
      for chunk in chunks {
        switch chunk {
        case .received(let parts):
          try await writer.write(parts)
          received += parts.reduce(0) { $0 + Int64($1.count) }
        case .copied(let bytes):
          try await writer.write(bytes)
          received += Int64(bytes.count)
        }
      }
      observer.progress(artifact: file.name, run: file.runID, bytes: received, of: nil, isComplete: isLast)
      FaultPoint.fileChunkTaken.reach()
      guard isLast else { return nil }
      let content = try await writer.finish()
      FaultPoint.artifactComplete.reach()
      let artifact = try await store.publish(
        content,
        as: ArtifactDescription(
          run: file.runID, job: file.jobID, attempt: file.attempt, name: file.name, type: file.type))
      FaultPoint.artifactPublished.reach()
      self.writer = nil
      return .stored(artifact)
    } catch let error as ArtifactError where error.code == .conflict || error.code == .invalidName {
      abandon()
      return .refused(reason: error.message)
    } catch {
      abandon()
      return .broke(reason: "the artifact '\(file.name)' could not be stored: \(error)")
    }
  }

  private mutating func openWriter() async throws -> ArtifactWriter {
    if let writer { return writer }
    let writer = try await store.folder.writer(expectedBytes: nil)
    self.writer = writer
    return writer
  }

  /// The rest will not come: a writer that is dropped leaves nothing behind.
  mutating func abandon() {
    writer = nil
  }
}
