import Crypto
import Glibc
import Platform
import Synchronization

/// Reads a stored file in order and compares it with what was stored.
final class ArtifactReader: Sendable {
  private struct State: ~Copyable {
    var offset: Int64 = 0
    var hash = SHA256()
  }

  private let artifact: Artifact
  private let folder: ArtifactFolder
  private let descriptor: Descriptor
  /// Whether the digest is compared too; the length always is.
  private let verifies: Bool
  private let state = Mutex(State())

  /// Blocks.
  init(_ artifact: Artifact, in folder: ArtifactFolder, verifies: Bool) throws(ArtifactError) {
    self.artifact = artifact
    self.folder = folder
    self.verifies = verifies
    do {
      descriptor = try folder.openFile(at: artifact.location)
    } catch {
      guard error.code == ENOENT else { throw ArtifactError("cannot read \(artifact.location)", error) }
      throw ArtifactError(.fileMissing, "Artifact file missing: \(artifact.location)")
    }
    var status = stat()
    guard fstat(descriptor.raw, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      Int64(status.st_size) == artifact.size
    else {
      throw ArtifactError(
        .corrupt, "\(artifact.location) has not the \(artifact.size) bytes that were stored")
    }
  }

  func stream() -> ByteStream {
    ByteStream(length: artifact.size) {
      try await self.folder.executor.run { try self.next() }
    }
  }

  /// The next chunk. The last one is given only if the whole is what was stored: a reader who counts
  /// bytes, as HTTP clients do, then never takes damaged content for complete.
  private func next() throws -> [UInt8]? {
    try state.withLock { state in
      let rest = artifact.size - state.offset
      if rest == 0 {
        // An empty artifact has no last chunk.
        if artifact.size == 0 { try verify(&state) }
        return nil
      }
      let chunk = try read(at: state.offset, count: Int(min(rest, Int64(ByteStream.fileChunkBytes))))
      state.offset += Int64(chunk.count)
      if verifies { state.hash.update(chunk) }
      if state.offset == artifact.size { try verify(&state) }
      return chunk
    }
  }

  private func verify(_ state: inout State) throws(ArtifactError) {
    guard verifies else { return }
    guard Hexadecimal.encode(state.hash.finalize()) == artifact.sha256 else {
      throw ArtifactError(.corrupt, "\(artifact.location) is not what was stored: its SHA-256 differs")
    }
  }

  private func read(at offset: Int64, count: Int) throws(ArtifactError) -> [UInt8] {
    var result = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      repeat {
        result = pread(descriptor.raw, buffer.baseAddress, count, Int(offset))
      } while result < 0 && errno == EINTR
      filled = max(0, result)
    }
    if result < 0 { throw ArtifactError("cannot read \(artifact.location)", .last("read")) }
    if result == 0 { throw ArtifactError(.corrupt, "\(artifact.location) became shorter") }
    return bytes
  }
}
