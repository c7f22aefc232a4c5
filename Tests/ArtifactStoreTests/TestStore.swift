import ArtifactStore
import Database
import Glibc
import Platform

/// A store with its database in a folder of its own.
struct TestStore {
  let store: ArtifactStore
  let database: Database
  /// The folder of artifacts.
  let basePath: String
  let run = UUIDv7.generate()

  /// Opens the store again as after a restart.
  func reopened() async throws -> ArtifactStore {
    try await ArtifactStore.open(database: database, basePath: basePath)
  }

  func description(
    _ name: String, job: String = "job", attempt: Int = 1, type: String? = nil
  ) -> ArtifactDescription {
    ArtifactDescription(run: run, job: job, attempt: attempt, name: name, type: type)
  }

  /// The path of a file below the folder of artifacts.
  func path(_ location: String) -> String { "\(basePath)/\(location)" }

  func bytes(_ location: String) async throws -> [UInt8] {
    try await ByteStream.file(path(location)).collect(upTo: 64_000_000)
  }
}

func withStore(_ body: (TestStore) async throws -> Void) async throws {
  try await withTemporaryDirectory { folder in
    let database = try await Database.open(path: "\(folder)/test.db", migrations: ArtifactStore.migrations)
    let basePath = "\(folder)/data/artifacts"
    do {
      let store = try await ArtifactStore.open(database: database, basePath: basePath)
      try await body(TestStore(store: store, database: database, basePath: basePath))
    } catch {
      await database.close()
      throw error
    }
    await database.close()
  }
}

/// The names in a folder, sorted; empty when there is no such folder.
func names(in path: String) -> [String] {
  guard let stream = opendir(path) else { return [] }
  defer { closedir(stream) }
  var names: [String] = []
  while let entry = readdir(stream) {
    let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    if name != "." && name != ".." { names.append(name) }
  }
  return names.sorted()
}

func write(_ bytes: [UInt8], to path: String) throws {
  let file = try Descriptor.open(path, flags: O_WRONLY | O_CREAT | O_TRUNC)
  try bytes.withUnsafeBytes { try file.writeAll($0) }
}

/// Bytes in which a piece that is lost, doubled or moved shows: their period is a prime, and no power of two
/// bytes is a multiple of it.
func pattern(_ count: Int) -> [UInt8] {
  var bytes: [UInt8] = []
  bytes.reserveCapacity(count + period.count)
  while bytes.count < count { bytes += period }
  return Array(bytes.prefix(count))
}

private let period: [UInt8] = (0..<65_521).map { UInt8(truncatingIfNeeded: ($0 &* 2_654_435_761) >> 16) }

struct Cut: Error {}
