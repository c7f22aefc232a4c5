import HTTP

extension Representation {
  /// `GET /repos/{owner}/{repo}/commits/{ref}`.
  func commit(_ commit: GitCommit, in repository: Repository) -> JSONValue {
    let url = url(repository)
    let web = "\(origin)/\(repository.fullName)"
    return [
      "url": .string("\(url)/commits/\(commit.sha)"), "sha": .string(commit.sha),
      "node_id": .string("C_\(commit.sha)"), "html_url": .string("\(web)/commit/\(commit.sha)"),
      "comments_url": .string("\(url)/commits/\(commit.sha)/comments"),
      "commit": [
        "url": .string("\(url)/git/commits/\(commit.sha)"), "author": signature(commit.author),
        "committer": signature(commit.committer), "message": .string(commit.message),
        "tree": ["sha": .string(commit.tree), "url": .string("\(url)/git/trees/\(commit.tree)")],
        "comment_count": 0,
        "verification": ["verified": false, "reason": "unsigned", "signature": nil, "payload": nil],
      ],
      "author": nil, "committer": nil,
      "parents": .array(
        commit.parents.map { sha in
          [
            "sha": .string(sha), "url": .string("\(url)/commits/\(sha)"),
            "html_url": .string("\(web)/commit/\(sha)"),
          ]
        }),
      "files": .array(
        files(commit).map { path, status in
          [
            "sha": nil, "filename": .string(path), "status": .string(status), "additions": 0,
            "deletions": 0, "changes": 0, "blob_url": .string("\(web)/blob/\(commit.sha)/\(path)"),
            "raw_url": .string("\(web)/raw/\(commit.sha)/\(path)"),
            "contents_url": .string("\(url)/contents/\(path)?ref=\(commit.sha)"),
          ]
        }),
    ]
  }

  /// A commit in a push event's list.
  func pushedCommit(_ commit: GitCommit, in repository: Repository) -> JSONValue {
    [
      "id": .string(commit.sha), "tree_id": .string(commit.tree), "distinct": true,
      "message": .string(commit.message), "timestamp": .string(commit.committer.time),
      "url": .string("\(origin)/\(repository.fullName)/commit/\(commit.sha)"),
      "author": ["name": .string(commit.author.name), "email": .string(commit.author.email)],
      "committer": ["name": .string(commit.committer.name), "email": .string(commit.committer.email)],
      "added": .array(commit.added.map { .string($0) }),
      "removed": .array(commit.removed.map { .string($0) }),
      "modified": .array(commit.modified.map { .string($0) }),
    ]
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
      "ref": .string(ref), "node_id": .string("REF_\(ref)"), "url": .string("\(url(repository))/git/\(ref)"),
      "object": [
        "sha": .string(sha), "type": .string(type),
        "url": .string("\(url(repository))/git/\(type)s/\(sha)"),
      ],
    ]
  }

  private func signature(_ signature: GitCommit.Signature) -> JSONValue {
    [
      "name": .string(signature.name), "email": .string(signature.email),
      "date": .string(signature.time),
    ]
  }

  private func files(_ commit: GitCommit) -> [(String, String)] {
    commit.added.map { ($0, "added") } + commit.removed.map { ($0, "removed") }
      + commit.modified.map { ($0, "modified") }
  }
}
