import Platform

/// What is done to repositories from code and over `/_fake/`.
extension Service {
  /// Makes a repository; with a path it is the one that lies there.
  func createRepository(
    _ fullName: String, path: String?, isPrivate: Bool, isInstalled: Bool, defaultBranch: String
  ) async throws -> Repository {
    let (owner, name) = try Self.split(fullName)
    guard model.withLock({ $0.repository(fullName) }) == nil else {
      throw FakeGitHubError(.invalidArgument, "there is a repository '\(fullName)' already")
    }
    let git: GitRepository
    if let path {
      git = try await GitRepository.open(path)
    } else {
      git = try await GitRepository.create(
        at: "\(folder)/repositories/\(owner)+\(name).git", defaultBranch: defaultBranch)
    }
    let branch = path == nil ? defaultBranch : try await git.headBranch()
    return add(
      owner: owner, name: name, git: git, defaultBranch: branch, isPrivate: isPrivate,
      isInstalled: isInstalled, parent: nil)
  }

  /// Makes a copy of a repository for another owner; the App is not installed there.
  func fork(_ fullName: String, owner: String) async throws -> Repository {
    let parent = try found(fullName)
    let (owner, name) = try Self.split("\(owner)/\(parent.name)")
    let git = try await parent.git.copy(to: "\(folder)/repositories/\(owner)+\(name).git")
    return add(
      owner: owner, name: name, git: git, defaultBranch: parent.defaultBranch,
      isPrivate: parent.isPrivate, isInstalled: false, parent: parent.fullName)
  }

  private func add(
    owner: String, name: String, git: GitRepository, defaultBranch: String, isPrivate: Bool,
    isInstalled: Bool, parent: String?
  ) -> Repository {
    model.withLock { model in
      let account = model.account(owner, kind: parent == nil ? .organization : .user)
      if isInstalled { _ = model.installation(on: owner, permissions: options.permissions) }
      let repository = Repository(
        id: model.makeID(), owner: account, name: name, git: git, defaultBranch: defaultBranch,
        isPrivate: isPrivate, isInstalled: isInstalled, parent: parent, createdAt: .now(), pushedAt: .now())
      model.repositories[repository.fullName.lowercased()] = repository
      return repository
    }
  }

  func commit(
    to name: String, files: [String: FakeFile], removing: [String], message: String, branch: String?,
    author: String
  ) async throws -> String {
    let repository = try found(name)
    let start = try await repository.git.commit("heads/\(repository.defaultBranch)")
    return try await repository.git.commit(
      files: files, removing: removing, message: message, branch: branch ?? repository.defaultBranch,
      startingAt: start, author: author, at: .now())
  }

  func push(
    to name: String, files: [String: FakeFile], removing: [String], message: String, branch: String?,
    author: String
  ) async throws -> FakeRepository.Push {
    let repository = try found(name)
    let branch = branch ?? repository.defaultBranch
    let old = try await repository.git.commit("heads/\(branch)") ?? GitRepository.zero
    let sha = try await commit(
      to: name, files: files, removing: removing, message: message, branch: branch, author: author)
    let delivery = try await deliverPush(
      of: "refs/heads/\(branch)", from: old, to: sha, in: name, by: author)
    return FakeRepository.Push(sha: sha, delivery: delivery)
  }

  func pushTag(
    _ tag: String, at sha: String, message: String?, to name: String
  ) async throws -> FakeRepository.Push {
    let git = try found(name).git
    let ref = "refs/tags/\(tag)"
    let old = try await git.object(ofRef: ref)?.sha ?? GitRepository.zero
    try await git.tag(tag, at: sha, message: message)
    let new = try await git.object(ofRef: ref)?.sha ?? sha
    let delivery = try await deliverPush(of: ref, from: old, to: new, in: name, by: Self.defaultUser)
    return FakeRepository.Push(sha: sha, delivery: delivery)
  }

  func pushDeletion(of name: String, in repository: String) async throws -> FakeRepository.Push {
    let git = try found(repository).git
    let ref = "refs/\(name)"
    guard let old = try await git.object(ofRef: ref)?.sha else {
      throw FakeGitHubError(.notFound, "\(repository) has no \(ref)")
    }
    try await git.deleteRef(ref)
    let delivery = try await deliverPush(
      of: ref, from: old, to: GitRepository.zero, in: repository, by: Self.defaultUser)
    return FakeRepository.Push(sha: GitRepository.zero, delivery: delivery)
  }

  func publishRelease(
    in name: String, tag: String, name title: String?, target: String?, isDraft: Bool
  ) async throws -> FakeGitHub.Release {
    let release: Release
    do {
      release = try await createRelease(
        in: try found(name), tag: tag, target: target, name: title, body: nil, isDraft: isDraft,
        isPrerelease: false, author: user(Self.defaultUser))
    } catch let error as APIError {
      throw FakeGitHubError(.invalidArgument, "release '\(tag)': \(error.message)", cause: error)
    }
    _ = try await deliverRelease(release.id, of: name)
    return FakeGitHub.Release(release)
  }

  func assetContents(_ name: String, tag: String, in repository: String) async throws -> [UInt8] {
    let release = try found(repository).releases.first { $0.tag == tag }
    guard let asset = release?.assets.first(where: { $0.name == name && $0.state == .uploaded }) else {
      throw FakeGitHubError(.notFound, "release '\(tag)' of \(repository) has no asset '\(name)'")
    }
    return try await ByteStream.file(asset.path).collect(upTo: 64 << 20)
  }

  func found(_ name: String) throws -> Repository {
    guard let repository = model.withLock({ $0.repository(name) }) else {
      throw FakeGitHubError(.notFound, "there is no repository '\(name)'")
    }
    return repository
  }

  /// Owner and name, each of letters, digits, `-`, `_` and `.`.
  static func split(_ fullName: String) throws -> (owner: String, name: String) {
    let parts = fullName.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    let isGood = parts.allSatisfy { part in
      !part.isEmpty && part != "." && part != ".." && !part.hasSuffix(".git") && part.utf8.count <= 100
        && part.unicodeScalars.allSatisfy(isNameScalar)
    }
    guard parts.count == 2, isGood else {
      throw FakeGitHubError(.invalidArgument, "'\(fullName)' is not of the form owner/name")
    }
    return (parts[0], parts[1])
  }

  private static func isNameScalar(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", "-", "_", ".": true
    default: false
    }
  }
}
