import Platform

/// Pull requests: their refs in the base's git, and their events.
extension Service {
  func openPullRequest(
    in name: String, head: String, base: String?, title: String, fork: String?, author: String
  ) async throws -> FakeGitHub.PullRequest {
    let repository = try found(name)
    let baseBranch = base ?? repository.defaultBranch
    let opened = model.withLock { model -> PullRequest? in
      let id = model.makeID()
      let author = model.account(author, kind: .user)
      return model.update(name) { repository in
        let pull = PullRequest(
          id: id, number: Int64(repository.pullRequests.count + 1), title: title, author: author,
          headRepository: fork ?? repository.fullName, headBranch: head, headSHA: "",
          baseBranch: baseBranch, baseSHA: "", createdAt: .now(), updatedAt: .now())
        repository.pullRequests.append(pull)
        return pull
      }
    }
    guard let opened else { throw FakeGitHubError(.notFound, "there is no repository '\(name)'") }
    do {
      try await refresh(opened.number, in: name)
    } catch {
      _ = model.withLock { model in
        model.update(name) { $0.pullRequests.removeAll { $0.number == opened.number } }
      }
      throw error
    }
    return try await announce("opened", opened.number, in: name)
  }

  func synchronizePullRequest(_ number: Int64, in name: String) async throws -> FakeGitHub.PullRequest {
    let before = try pullRequest(number, in: name).headSHA
    try await refresh(number, in: name)
    return try await announce("synchronize", number, in: name, before: before)
  }

  func setPullRequest(
    _ number: Int64, isOpen: Bool, in name: String
  ) async throws -> FakeGitHub.PullRequest {
    try update(number, in: name) { $0.isOpen = isOpen }
    return try await announce(isOpen ? "reopened" : "closed", number, in: name)
  }

  /// Sets `refs/pull/N/head` and `/merge` to what the branches are now.
  private func refresh(_ number: Int64, in name: String) async throws {
    let base = try found(name)
    let pull = try pullRequest(number, in: name)
    let ref = "refs/pull/\(number)"
    guard let baseSHA = try await base.git.commit("heads/\(pull.baseBranch)") else {
      throw FakeGitHubError(.notFound, "\(name) has no branch '\(pull.baseBranch)'")
    }
    let headSHA = try await base.git.fetch(
      branch: pull.headBranch, from: try found(pull.headRepository).git, into: "\(ref)/head")
    let merge = try await base.git.merge(
      base: baseSHA, head: headSHA, message: "Merge \(headSHA) into \(baseSHA)")
    if let merge {
      try await base.git.setRef("\(ref)/merge", to: merge)
    } else if try await base.git.object(ofRef: "\(ref)/merge") != nil {
      try await base.git.deleteRef("\(ref)/merge")
    }
    try update(number, in: name) { pull in
      pull.headSHA = headSHA
      pull.baseSHA = baseSHA
      pull.mergeSHA = merge
    }
  }

  private func announce(
    _ action: String, _ number: Int64, in name: String, before: String? = nil
  ) async throws -> FakeGitHub.PullRequest {
    let delivery = try await deliverPullRequest(action, number, of: name, before: before)
    let pull = try pullRequest(number, in: name)
    return FakeGitHub.PullRequest(
      number: number, headSHA: pull.headSHA, baseSHA: pull.baseSHA, mergeSHA: pull.mergeSHA,
      delivery: delivery)
  }

  private func pullRequest(_ number: Int64, in name: String) throws -> PullRequest {
    guard let pull = try found(name).pullRequests.first(where: { $0.number == number }) else {
      throw FakeGitHubError(.notFound, "\(name) has no pull request \(number)")
    }
    return pull
  }

  private func update(
    _ number: Int64, in name: String, _ body: (inout PullRequest) -> Void
  ) throws {
    model.withLock { model in
      _ = model.update(name) { repository in
        guard let index = repository.pullRequests.firstIndex(where: { $0.number == number }) else { return }
        body(&repository.pullRequests[index])
        repository.pullRequests[index].updatedAt = .now()
      }
    }
  }
}
