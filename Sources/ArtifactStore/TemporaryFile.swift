import Glibc
import Platform
import Synchronization

/// A file of which not all is there yet. It goes with this value unless it was published, or is kept to be continued.
final class TemporaryFile: Sendable {
  enum Place: Sendable {
    /// `.tmp`
    case temporary
    /// `.partial`: what is there when the process ends is good for the next one.
    case partial
  }

  let name: String
  let place: Place
  let descriptor: Descriptor
  private let stays: Atomic<Bool>
  private let folder: ArtifactFolder

  /// A new file. Blocks.
  init(in folder: ArtifactFolder) throws(SystemError) {
    let name = UUIDv7.generate()
    descriptor = try folder.makeTemporaryFile(name)
    place = .temporary
    stays = Atomic(false)
    self.name = name
    self.folder = folder
  }

  /// The file of this content, with what is there of it. Blocks.
  init(_ content: PartialContent, in folder: ArtifactFolder) throws(SystemError) {
    name = content.fileName
    descriptor = try folder.openPartialFile(name)
    place = .partial
    stays = Atomic(true)
    self.folder = folder
  }

  /// The file has another name now, so it stays.
  func markPublished() {
    stays.store(true, ordering: .relaxed)
  }

  /// Nobody continues it.
  func markUnneeded() {
    stays.store(false, ordering: .relaxed)
  }

  deinit {
    if !stays.load(ordering: .relaxed) { folder.remove(name, from: place) }
  }
}

/// Content that is complete and durable, and not yet an artifact. It goes when it is dropped without being published.
package struct StoredContent: Sendable {
  /// In bytes.
  package let size: Int64
  /// SHA-256 in lower-case hexadecimal digits.
  package let sha256: String
  let file: TemporaryFile
}
