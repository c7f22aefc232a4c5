import Platform

/// Workflows, read from the repository's git.
extension Service {
  static let workflowFolder = ".github/workflows"

  /// The workflow files of a commit.
  func workflowFiles(at sha: String, in repository: Repository) async throws -> [WorkflowFile] {
    if let known = repository.actions.files[sha] { return known }
    let files = try await repository.git.files(in: Self.workflowFolder, at: sha)
      .filter { $0.path.hasSuffix(".yml") || $0.path.hasSuffix(".yaml") }
      .map { WorkflowFile(path: $0.path, text: $0.contents) }
    _ = model.withLock { model in
      model.update(repository.fullName) { repository in
        if repository.actions.files.count >= ActionsState.maximumCommits { repository.actions.files = [:] }
        repository.actions.files[sha] = files
      }
    }
    return files
  }

  /// The repository with the workflows that its default branch has now, beside those that were seen before.
  func withWorkflows(_ repository: Repository) async throws -> Repository {
    guard let sha = try await repository.git.commit("heads/\(repository.defaultBranch)") else {
      return repository
    }
    return try note(try await workflowFiles(at: sha, in: repository), in: repository)
  }

  /// Remembers workflows: each keeps its id for as long as its path is the same.
  func note(_ files: [WorkflowFile], in repository: Repository) throws -> Repository {
    let noted = model.withLock { model -> Repository? in
      let ids = files.map { _ in model.makeID() }
      return model.update(repository.fullName) { repository in
        for (file, id) in zip(files, ids) {
          if let index = repository.actions.workflows.firstIndex(where: { $0.path == file.path }) {
            repository.actions.workflows[index].name = file.name
          } else {
            repository.actions.workflows.append(
              Workflow(id: id, path: file.path, name: file.name, createdAt: .now(), updatedAt: .now()))
          }
        }
        return repository
      }
    }
    guard let noted else { throw APIError.notFound }
    return noted
  }

  func updateWorkflow(_ id: Int64, in name: String, _ body: (inout Workflow) -> Void) {
    model.withLock { model in
      _ = model.update(name) { repository in
        guard let index = repository.actions.workflows.firstIndex(where: { $0.id == id }) else { return }
        body(&repository.actions.workflows[index])
        repository.actions.workflows[index].updatedAt = .now()
      }
    }
  }
}
