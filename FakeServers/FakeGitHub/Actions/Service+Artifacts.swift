import Archive
import Platform

extension Service {
  /// Keeps files as an artifact of a run: a zip archive, as GitHub does.
  func addArtifact(
    _ artifactName: String, files: [String: FakeFile], isExpired: Bool, toRun id: Int64, in name: String
  ) async throws -> FakeGitHub.WorkflowArtifact {
    guard let run = try found(name).actions.run(id) else {
      throw FakeGitHubError(.notFound, "\(name) has no workflow run \(id)")
    }
    let entries = files.sorted { $0.key < $1.key }.map { path, file in
      ZipEntry(path, permissions: file.isExecutable ? 0o755 : 0o644, contents: .bytes(file.contents))
    }
    let path = newFile(in: "assets")
    let file = try await ReceivedFile.create(path)
    let receipt: ReceivedFile.Receipt
    do {
      receipt = try await file.receive(ZipWriter.stream(of: entries))
    } catch let error as ArchiveError {
      throw FakeGitHubError(.invalidArgument, "artifact '\(artifactName)': \(error)", cause: error)
    }
    let now = Timestamp.now()
    let kept = options.actions.artifactDays * 86_400_000
    return try model.withLock { model throws(FakeGitHubError) in
      let artifact = FakeGitHub.WorkflowArtifact(
        id: model.makeID(), run: run.id, name: artifactName, sizeBytes: receipt.bytes, sha256: receipt.sha256,
        isExpired: isExpired, path: path, createdAt: now,
        expiresAt: Timestamp(milliseconds: now.milliseconds + kept))
      guard model.update(name, { $0.actions.artifacts.append(artifact) }) != nil else {
        throw FakeGitHubError(.notFound, "there is no repository '\(name)'")
      }
      return artifact
    }
  }

  /// Lets an artifact's time be over.
  func expireArtifact(_ id: Int64, in name: String) throws {
    let isThere = model.withLock { model in
      model.update(name) { repository in
        guard let index = repository.actions.artifacts.firstIndex(where: { $0.id == id }) else {
          return false
        }
        repository.actions.artifacts[index].isExpired = true
        return true
      } ?? false
    }
    guard isThere else { throw FakeGitHubError(.notFound, "\(name) has no artifact \(id)") }
  }
}
