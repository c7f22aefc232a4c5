import Platform

/// Pull requests: their refs in the base's git, and their events.
extension Service {
  func openPullRequest(
    in name: String, head: String, base: String?, title: String, fork: String?, author: String
  ) async throws -> FakeGitHub.PullRequest {
    let number = try await makePullRequest(
      in: name, head: head, base: base ?? found(name).defaultBranch, title: title, body: nil, fork: fork,
      author: user(author))
    return try await announce("opened", number, in: name)
  }

  /// Makes it, with its refs, and gives its number; nothing is delivered.
  func makePullRequest(
    in name: String, head: String, base baseBranch: String, title: String, body: String?, fork: String?,
    author: Account
  ) async throws -> Int64 {
    let opened = model.withLock { model -> PullRequest? in
      let id = model.makeID()
      return model.update(name) { repository in
        let pull = PullRequest(
          id: id, number: (repository.pullRequests.last?.number ?? 0) + 1, title: title, body: body,
          author: author,
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
    return opened.number
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
    let common = try await base.git.mergeBase(baseSHA, headSHA)
    let changes = try await base.git.changes(from: common, to: headSHA)
    let commits = try await base.git.history(of: headSHA, without: [baseSHA])
    try update(number, in: name) { pull in
      pull.size = PullRequest.Size(
        commits: Int64(commits.count), files: Int64(changes.count),
        additions: changes.reduce(0) { $0 + $1.additions }, deletions: changes.reduce(0) { $0 + $1.deletions }
      )
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

  func update(
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
