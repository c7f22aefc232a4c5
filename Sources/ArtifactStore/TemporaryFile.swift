import Glibc
import Platform
import Synchronization

/// A file in `.tmp`, which goes with this value unless it was published.
final class TemporaryFile: Sendable {
  let name: String
  let descriptor: Descriptor
  private let isPublished = Atomic(false)
  private let folder: ArtifactFolder

  /// Blocks.
  init(in folder: ArtifactFolder) throws(SystemError) {
    let name = UUIDv7.generate()
    self.descriptor = try folder.makeTemporaryFile(name)
    self.name = name
    self.folder = folder
  }

  /// The file has another name now, so it stays.
  func markPublished() {
    isPublished.store(true, ordering: .relaxed)
  }

  deinit {
    if !isPublished.load(ordering: .relaxed) { folder.removeTemporaryFile(name) }
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
