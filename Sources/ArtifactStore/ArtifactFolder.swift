import CShims
import Glibc
import Platform
import Synchronization

/// The files of artifacts: a folder with one folder for each run, `.tmp` for what is not complete, and `.partial` for
/// what is not complete and will be continued.
///
/// Every file is reached from an open descriptor, segment by segment and never through a link, so nothing
/// outside of the folder can be read or written whatever somebody has put into it. One process at a time
/// uses a folder.
package final class ArtifactFolder: Sendable {
  private static let temporaryFolder = ".tmp"
  private static let partialFolder = ".partial"
  private static let versionsFolder = ".v"

  /// Whether what is stored is waited for until it is on the disk. Only a measurement does without.
  let synchronizes: Bool
  /// Hashes, writes and reads. A transfer keeps a thread busy for `ArtifactWriter.maximumTurnBytes` at most.
  let executor: BlockingExecutor
  private let base: Descriptor
  private let temporary: Descriptor
  private let partial: Descriptor
  /// Those that have a file in `.partial`.
  private let partials: Mutex<Set<PartialContent>>

  private init(
    base: consuming Descriptor, temporary: consuming Descriptor, partial: consuming Descriptor,
    partials: Set<PartialContent>, executor: BlockingExecutor, synchronizes: Bool
  ) {
    self.partial = partial
    self.partials = Mutex(partials)
    self.base = base
    self.temporary = temporary
    self.executor = executor
    self.synchronizes = synchronizes
  }

  deinit {
    executor.shutdown()
  }

  /// Opens the folder at `path`, makes it where it is not, and removes what a crash has left incomplete.
  package static func open(_ path: String, synchronizes: Bool = true) async throws -> ArtifactFolder {
    let executor = BlockingExecutor(name: "artifacts", threads: 4)
    do {
      return try await executor.run {
        try makeDirectories(path, mode: 0o755)
        let base = try Descriptor.open(path, flags: O_RDONLY | O_DIRECTORY)
        let temporary = try folder(temporaryFolder, in: base, isMade: true)
        try forEachName(in: temporary) { name in _ = unlinkat(temporary.raw, name, 0) }
        let partial = try folder(partialFolder, in: base, isMade: true)
        var partials: Set<PartialContent> = []
        try forEachName(in: partial) { name in
          if let content = PartialContent(fileName: name) {
            partials.insert(content)
          } else {
            _ = unlinkat(partial.raw, name, 0)
          }
        }
        return ArtifactFolder(
          base: base, temporary: temporary, partial: partial, partials: partials, executor: executor,
          synchronizes: synchronizes)
      }
    } catch let error as SystemError {
      executor.shutdown()
      throw ArtifactError("cannot use the folder for artifacts", error)
    }
  }

  /// A writer for new content.
  ///
  /// - Parameter expectedBytes: the length, where somebody has told it; room is taken for that ahead. It is a hint.
  package func writer(expectedBytes: Int64? = nil) async throws -> ArtifactWriter {
    do {
      return try await executor.run {
        ArtifactWriter(try TemporaryFile(in: self), in: self, expectedBytes: expectedBytes)
      }
    } catch let error as SystemError {
      throw ArtifactError("cannot store", error)
    }
  }

  // MARK: Partial content

  /// A writer that goes on with content where an earlier one has left it. One at a time for the same content; what it
  /// has written when it is dropped stays, until the content is finished or removed.
  ///
  /// - Parameter startsOver: nothing of what was left is used.
  package func writer(
    continuing content: PartialContent, startsOver: Bool
  ) async throws(ArtifactError) -> ArtifactWriter {
    guard content.isNameable else {
      throw ArtifactError(.misuse, "'\(content.run)' or '\(content.job)' is no id")
    }
    partials.withLock { _ = $0.insert(content) }
    do {
      return try await executor.run {
        if startsOver { self.remove(content.fileName, from: .partial) }
        return try ArtifactWriter(continuing: try TemporaryFile(content, in: self), in: self)
      }
    } catch let error as SystemError {
      throw ArtifactError("cannot store", error)
    } catch {
      throw ArtifactError(.inputOutput, "cannot store", cause: error)
    }
  }

  /// Removes what nobody will continue.
  package func removePartialContent(
    where isUnneeded: (PartialContent) -> Bool
  ) async throws(ArtifactError) {
    let unneeded = partials.withLock { partials in
      let unneeded = partials.filter(isUnneeded)
      partials.subtract(unneeded)
      return unneeded
    }
    guard !unneeded.isEmpty else { return }
    do {
      try await executor.run { for content in unneeded { self.remove(content.fileName, from: .partial) } }
    } catch {
      throw ArtifactError(.inputOutput, "cannot remove partial content", cause: error)
    }
  }

  // MARK: Locations

  /// Where the content of an artifact is, below the folder.
  static func location(run: String, name: String, id: String, version: Int) -> String {
    version == 1 ? "\(run)/\(name)" : "\(run)/\(versionsFolder)/\(id)"
  }

  /// Gives a complete file its final place. What lies there already is a leftover that no row knows.
  func publish(_ file: TemporaryFile, at location: String) async throws {
    do {
      try await executor.run { try self.publishNow(file, at: location) }
    } catch let error as SystemError {
      throw ArtifactError("cannot publish \(location)", error)
    }
  }

  /// Opens a published file for reading. Blocks.
  func openFile(at location: String) throws(SystemError) -> Descriptor {
    try at(location, makesFolders: false) { folder, name throws(SystemError) in
      try Self.open(name, in: folder, flags: O_RDONLY | O_NONBLOCK)
    }
  }

  /// The descriptor of a new file in `.tmp`. Blocks.
  func makeTemporaryFile(_ name: String) throws(SystemError) -> Descriptor {
    try Self.open(name, in: temporary, flags: O_WRONLY | O_CREAT | O_EXCL)
  }

  /// The descriptor of a file in `.partial`, which is made if need be; what is written goes to its end. Blocks.
  func openPartialFile(_ name: String) throws(SystemError) -> Descriptor {
    try Self.open(name, in: partial, flags: O_RDWR | O_CREAT | O_APPEND)
  }

  func remove(_ name: String, from place: TemporaryFile.Place) {
    _ = unlinkat(folder(of: place), name, 0)
  }

  private func folder(of place: TemporaryFile.Place) -> Int32 {
    switch place {
    case .temporary: temporary.raw
    case .partial: partial.raw
    }
  }

  private func publishNow(_ file: TemporaryFile, at location: String) throws(SystemError) {
    try at(location, makesFolders: true) { folder, name throws(SystemError) in
      guard renameat(self.folder(of: file.place), file.name, folder.raw, name) == 0 else {
        throw .last("rename to \(location)")
      }
      file.markPublished()
      if synchronizes { try Self.synchronize(folder) }
    }
  }

  /// Goes down the segments of a location and hands out the folder of the last one.
  private func at<T: ~Copyable>(
    _ location: String, makesFolders: Bool,
    _ body: (borrowing Descriptor, String) throws(SystemError) -> T
  ) throws(SystemError) -> T {
    let segments = location.split(separator: "/").map(String.init)
    switch segments.count {
    case 2:
      let run = try folder(segments[0], makes: makesFolders)
      return try body(run, segments[1])
    case 3:
      let run = try folder(segments[0], makes: makesFolders)
      let versions = try Self.folder(segments[1], in: run, isMade: makesFolders, synchronizes: synchronizes)
      return try body(versions, segments[2])
    default:
      throw SystemError(code: EINVAL, operation: "open \(location)")
    }
  }

  private func folder(_ name: String, makes: Bool) throws(SystemError) -> Descriptor {
    try Self.folder(name, in: base, isMade: makes, synchronizes: synchronizes)
  }

  // MARK: System calls

  private static func folder(
    _ name: String, in parent: borrowing Descriptor, isMade: Bool, synchronizes: Bool = true
  ) throws(SystemError) -> Descriptor {
    if isMade {
      if mkdirat(parent.raw, name, 0o755) == 0 {
        if synchronizes { try synchronize(parent) }
      } else if errno != EEXIST {
        throw .last("make folder \(name)")
      }
    }
    return try open(name, in: parent, flags: O_RDONLY | O_DIRECTORY)
  }

  private static func open(
    _ name: String, in folder: borrowing Descriptor, flags: Int32
  ) throws(SystemError) -> Descriptor {
    while true {
      let raw = shim_openat(folder.raw, name, flags | O_NOFOLLOW | O_CLOEXEC, 0o644)
      if raw >= 0 { return Descriptor(owning: raw) }
      if errno != EINTR { throw .last("open \(name)") }
    }
  }

  private static func synchronize(_ folder: borrowing Descriptor) throws(SystemError) {
    guard fsync(folder.raw) == 0 else { throw .last("fsync") }
  }

  /// Gives the names of what is in a folder.
  private static func forEachName(
    in folder: borrowing Descriptor, _ body: (String) -> Void
  ) throws(SystemError) {
    // The stream owns its descriptor, and reading moves its position: so it gets one of its own.
    let raw = shim_openat(folder.raw, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0)
    guard raw >= 0 else { throw .last("open a folder") }
    guard let stream = fdopendir(raw) else {
      _ = Descriptor(owning: raw)
      throw .last("read a folder")
    }
    defer { closedir(stream) }
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != "." && name != ".." { body(name) }
    }
  }
}
