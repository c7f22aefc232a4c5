package import Database
package import Platform
import Synchronization

/// Stores what jobs made: the bytes as files, what is known of them in the database.
///
/// An artifact is published in three steps, each durable before the next: the content in `.tmp`, its final
/// name, its row. Readers go by the row, so they see all of an artifact or nothing; a crash in between leaves
/// a file that the next start or the next publication of that name removes.
///
/// A name belongs to one job of its run. A later attempt of that job adds a version, and readers get the newest.
package final class ArtifactStore: Sendable {
  /// The steps of the schema, numbered from 100.
  package static var migrations: [Migration] { ArtifactTable.migrations }
  /// More artifacts of a run than this are not listed.
  package static let maximumListedArtifacts = 10_000

  /// Where the content is written to; `folder.writer()` is for those who publish by themselves.
  package let folder: ArtifactFolder
  private let database: Database
  /// `run/name` of what is being published, so that two publications never choose the same place.
  private let underway = Mutex<Set<String>>([])

  /// - Parameter database: has to have been opened with `migrations`.
  package init(database: Database, folder: ArtifactFolder) {
    self.database = database
    self.folder = folder
  }

  /// Opens the folder at `basePath`, and makes it where it is not.
  package static func open(database: Database, basePath: String) async throws -> ArtifactStore {
    ArtifactStore(database: database, folder: try await ArtifactFolder.open(basePath))
  }

  /// Stores all bytes of a stream. What is wrong with the description is told before any byte is taken.
  package func save(_ description: ArtifactDescription, _ stream: ByteStream) async throws -> Artifact {
    _ = try await newest(for: description)
    let writer = try await folder.writer(expectedBytes: stream.length)
    while let chunk = try await stream.next() {
      try await writer.write(chunk)
    }
    let content = try await writer.finish()
    if let length = stream.length, length != content.size {
      throw ArtifactError(
        .inputOutput, "the content of '\(description.name)' ended after \(content.size) of \(length) bytes")
    }
    return try await publish(content, as: description)
  }

  /// Makes complete content an artifact.
  ///
  /// What this attempt of the job has published already, the same bytes under the same name, is given back as it is:
  /// whoever learned nothing of it does it again.
  ///
  /// Throws `conflict` when another job has the name, or while the same name is being published.
  package func publish(
    _ content: StoredContent, as description: ArtifactDescription
  ) async throws -> Artifact {
    let key = "\(description.run)/\(description.name)"
    guard underway.withLock({ $0.insert(key).inserted }) else {
      throw ArtifactError(.conflict, "an artifact named '\(description.name)' is being published in this run")
    }
    defer { _ = underway.withLock { $0.remove(key) } }
    let newest = try await newest(for: description)
    if let newest, newest.attempt == description.attempt, newest.size == content.size,
      newest.sha256 == content.sha256
    {
      return newest
    }
    let version = (newest?.version ?? 0) + 1
    let artifact = self.artifact(description, content, version: version)
    try await folder.publish(content.file, at: artifact.location)
    FaultPoint.artifactNamed.reach()
    let number = try await database.write { db in try ArtifactTable.insert(artifact, in: db) }
    return artifact.numbered(number)
  }

  /// The newest artifact of this name in the run, and its bytes.
  package func get(run: String, name: String) async throws -> (Artifact, ByteStream) {
    let artifact = try await database.read { db in try ArtifactTable.newest(run: run, name: name, in: db) }
    guard let artifact else { throw ArtifactError(.notFound, "Artifact not found: \(name)") }
    return (artifact, try await content(of: artifact))
  }

  /// The artifact with this id, of whatever version, and its bytes.
  package func get(id: String) async throws -> (Artifact, ByteStream) {
    guard let artifact = try await find(id: id) else {
      throw ArtifactError(.notFound, "Artifact not found: \(id)")
    }
    return (artifact, try await content(of: artifact))
  }

  /// What is known of the artifact with this id.
  package func find(id: String) async throws -> Artifact? {
    try await database.read { db in try ArtifactTable.find(id: id, in: db) }
  }

  /// What is known of the artifact with this number.
  package func find(number: Int64) async throws -> Artifact? {
    try await database.read { db in try ArtifactTable.find(number: number, in: db) }
  }

  /// The newest version of each artifact of the run, by name.
  package func list(run: String) async throws -> [Artifact] {
    try await database.read { db in
      try ArtifactTable.list(run: run, limit: Self.maximumListedArtifacts, in: db)
    }
  }

  /// The bytes of an artifact. While they are read they are compared with the digest of what was stored; the last
  /// chunk is an error (`corrupt`) instead when they differ.
  package func content(of artifact: Artifact, verifies: Bool = true) async throws -> ByteStream {
    let folder = self.folder
    return try await folder.executor.run {
      try ArtifactReader(artifact, in: folder, verifies: verifies).stream()
    }
  }

  /// The version before an artifact of this description, if it may be one at all.
  private func newest(for description: ArtifactDescription) async throws -> Artifact? {
    try ArtifactName.check(description.name)
    guard UUIDv7.isValid(description.run) else {
      throw ArtifactError(.misuse, "'\(description.run)' is no id of a run")
    }
    let newest = try await database.read { db in
      try ArtifactTable.newest(run: description.run, name: description.name, in: db)
    }
    guard newest == nil || newest?.job == description.job else {
      throw ArtifactError(
        .conflict, "another job of this run has an artifact named '\(description.name)'")
    }
    return newest
  }

  private func artifact(
    _ description: ArtifactDescription, _ content: StoredContent, version: Int
  ) -> Artifact {
    let id = UUIDv7.generate()
    let location = ArtifactFolder.location(
      run: description.run, name: description.name, id: id, version: version)
    return Artifact(
      id: id, number: 0, run: description.run, job: description.job, attempt: description.attempt,
      name: description.name, version: version, type: description.type,
      contentType: ContentType.of(name: description.name, type: description.type), size: content.size,
      sha256: content.sha256, createdAt: .now(), location: location)
  }
}

extension Artifact {
  /// The artifact with the number that its row was given.
  fileprivate func numbered(_ number: Int64) -> Artifact {
    Artifact(
      id: id, number: number, run: run, job: job, attempt: attempt, name: name, version: version, type: type,
      contentType: contentType, size: size, sha256: sha256, createdAt: createdAt, location: location)
  }
}
