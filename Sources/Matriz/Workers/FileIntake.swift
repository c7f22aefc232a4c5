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

/// Takes a file in chunks into the artifact store. What came before the connection broke, or this process did, is kept
/// for the next one.
struct FileIntake: Sendable {
  /// Which file it is.
  struct File: Sendable {
    let runID: String
    let jobID: String
    let attempt: Int
    let step: Int
    let name: String
    let type: String?

    fileprivate var partial: PartialContent {
      PartialContent(run: runID, job: jobID, attempt: attempt, step: step)
    }
  }

  /// How much of the file is here, in bytes: where the worker goes on.
  private(set) var received: Int64
  private let store: ArtifactStore
  private let observer: any MatrizObserver
  private let file: File
  private var writer: ArtifactWriter?

  /// - Parameter resumes: whether the worker can go on in the middle; else what came before is of no use.
  init(
    _ file: File, store: ArtifactStore, observer: any MatrizObserver, resumes: Bool
  ) async throws(ArtifactError) {
    self.store = store
    self.observer = observer
    self.file = file
    let writer = try await store.folder.writer(continuing: file.partial, startsOver: !resumes)
    self.writer = writer
    received = writer.earlierBytes
  }

  /// Takes the next chunks; after the last one says what became of the file.
  ///
  /// Throws what may be otherwise the next time: there was no room, or the database could not be written.
  mutating func take(_ chunks: [BatchReading.Chunk], isLast: Bool) async throws -> StoredFile? {
    guard let writer else { return .broke(reason: "the artifact '\(file.name)' came twice") }
    do {
      for chunk in chunks {
        switch chunk {
        case .received(let parts): try await writer.write(parts)
        case .copied(let bytes): try await writer.write(bytes)
        }
        received += Int64(chunk.byteCount)
      }
      observer.progress(artifact: file.name, run: file.runID, bytes: received, of: nil, isComplete: isLast)
      FaultPoint.fileChunkTaken.reach()
      guard isLast else { return nil }
      return .stored(try await publish(try await writer.finish()))
    } catch let error as ArtifactError where !error.isTransient {
      writer.discard()
      self.writer = nil
      switch error.code {
      case .conflict, .invalidName: return .refused(reason: error.message)
      default: return .broke(reason: "the artifact '\(file.name)' could not be stored: \(error)")
      }
    }
  }

  private mutating func publish(_ content: StoredContent) async throws -> Artifact {
    FaultPoint.artifactComplete.reach()
    let artifact = try await store.publish(
      content,
      as: ArtifactDescription(
        run: file.runID, job: file.jobID, attempt: file.attempt, name: file.name, type: file.type))
    FaultPoint.artifactPublished.reach()
    writer = nil
    return artifact
  }

  /// Nothing more comes on this connection; when this is over, another one may go on with the file.
  mutating func leave() async {
    await writer?.settle()
    writer = nil
  }
}
