import HTTP

/// Commits, refs, branches and what differs between commits.
extension Representation {
  /// Nothing here is signed.
  static let unsigned: JSONValue = [
    "verified": false, "reason": "unsigned", "signature": nil, "payload": nil, "verified_at": nil,
  ]

  /// An item of `GET /repos/{owner}/{repo}/commits`.
  ///
  /// - Parameter accounts: whose names its author and committer may be.
  func commit(_ commit: GitCommit, in repository: Repository, accounts: [String: Account]) -> JSONValue {
    let url = url(repository)
    let web = "\(origin)/\(repository.fullName)"
    func account(_ signature: GitCommit.Signature) -> JSONValue {
      accounts[signature.name.lowercased()].map { self.account($0) } ?? .null
    }
    return [
      "url": .string("\(url)/commits/\(commit.sha)"), "sha": .string(commit.sha),
      "node_id": .string("C_\(commit.sha)"), "html_url": .string("\(web)/commit/\(commit.sha)"),
      "comments_url": .string("\(url)/commits/\(commit.sha)/comments"),
      "commit": [
        "url": .string("\(url)/git/commits/\(commit.sha)"), "author": signature(commit.author),
        "committer": signature(commit.committer), "message": .string(commit.message),
        "tree": ["sha": .string(commit.tree), "url": .string("\(url)/git/trees/\(commit.tree)")],
        "comment_count": 0, "verification": Self.unsigned,
      ],
      "author": account(commit.author), "committer": account(commit.committer),
      "parents": parents(commit, in: repository),
    ]
  }

  /// `GET /repos/{owner}/{repo}/commits/{ref}`: with what it changed.
  func commit(
    _ commit: GitCommit, changes: [GitRepository.Change], in repository: Repository,
    accounts: [String: Account]
  ) -> JSONValue {
    let additions = changes.reduce(0) { $0 + $1.additions }
    let deletions = changes.reduce(0) { $0 + $1.deletions }
    return self.commit(commit, in: repository, accounts: accounts).merging([
      "stats": [
        "additions": .integer(additions), "deletions": .integer(deletions),
        "total": .integer(additions + deletions),
      ],
      "files": .array(changes.map { change($0, at: commit.sha, in: repository) }),
    ])
  }

  /// A file in a commit, a comparison or a pull request.
  func change(_ change: GitRepository.Change, at sha: String, in repository: Repository) -> JSONValue {
    let web = "\(origin)/\(repository.fullName)"
    let path = Self.path(change.path)
    return [
      "sha": .string(change.sha), "filename": .string(change.path), "status": .string(change.status),
      "additions": .integer(change.additions), "deletions": .integer(change.deletions),
      "changes": .integer(change.additions + change.deletions),
      "blob_url": .string("\(web)/blob/\(sha)/\(path)"), "raw_url": .string("\(web)/raw/\(sha)/\(path)"),
      "contents_url": .string("\(url(repository))/contents/\(path)?ref=\(sha)"),
    ]
  }

  /// `GET /repos/{owner}/{repo}/git/commits/{commit_sha}`: git's own view of it.
  func gitCommit(_ commit: GitCommit, in repository: Repository) -> JSONValue {
    let url = url(repository)
    return [
      "sha": .string(commit.sha), "node_id": .string("C_\(commit.sha)"),
      "url": .string("\(url)/git/commits/\(commit.sha)"),
      "html_url": .string("\(origin)/\(repository.fullName)/commit/\(commit.sha)"),
      "author": signature(commit.author), "committer": signature(commit.committer),
      "message": .string(commit.message),
      "tree": ["sha": .string(commit.tree), "url": .string("\(url)/git/trees/\(commit.tree)")],
      "parents": parents(commit, in: repository), "verification": Self.unsigned,
    ]
  }

  /// A commit in a push event's list.
  func pushedCommit(_ commit: GitCommit, in repository: Repository) -> JSONValue {
    simpleCommit(commit).merging([
      "distinct": true, "url": .string("\(origin)/\(repository.fullName)/commit/\(commit.sha)"),
      "added": .array(commit.added.map { .string($0) }),
      "removed": .array(commit.removed.map { .string($0) }),
      "modified": .array(commit.modified.map { .string($0) }),
    ])
  }

  /// The commit as check suites and workflow runs name it.
  func simpleCommit(_ commit: GitCommit) -> JSONValue {
    [
      "id": .string(commit.sha), "tree_id": .string(commit.tree), "message": .string(commit.message),
      "timestamp": .string(commit.committer.time),
      "author": ["name": .string(commit.author.name), "email": .string(commit.author.email)],
      "committer": ["name": .string(commit.committer.name), "email": .string(commit.committer.email)],
    ]
  }

  /// `GET /repos/{owner}/{repo}/git/ref/{ref}`.
  func reference(_ ref: String, sha: String, type: String, in repository: Repository) -> JSONValue {
    [
      "ref": .string(ref), "node_id": .string("REF_\(ref)"),
      "url": .string("\(url(repository))/git/\(Self.path(ref))"),
      "object": [
        "sha": .string(sha), "type": .string(type),
        "url": .string("\(url(repository))/git/\(type)s/\(sha)"),
      ],
    ]
  }

  /// An item of `GET /repos/{owner}/{repo}/branches`.
  func branch(_ name: String, sha: String, in repository: Repository) -> JSONValue {
    [
      "name": .string(name), "protected": false,
      "commit": ["sha": .string(sha), "url": .string("\(url(repository))/commits/\(sha)")],
    ]
  }

  func signature(_ signature: GitCommit.Signature) -> JSONValue {
    [
      "name": .string(signature.name), "email": .string(signature.email),
      "date": .string(signature.time),
    ]
  }

  private func parents(_ commit: GitCommit, in repository: Repository) -> JSONValue {
    .array(
      commit.parents.map { sha in
        [
          "sha": .string(sha), "url": .string("\(url(repository))/commits/\(sha)"),
          "html_url": .string("\(origin)/\(repository.fullName)/commit/\(sha)"),
        ]
      })
  }
}
