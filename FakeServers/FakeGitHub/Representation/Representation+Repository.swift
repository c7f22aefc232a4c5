import HTTP
import Platform

extension Representation {
  /// The addresses below a repository's own that GitHub lists: the member's name and what follows the address.
  private static let repositoryPaths: KeyValuePairs = [
    "archive_url": "{archive_format}{/ref}", "assignees_url": "assignees{/user}",
    "blobs_url": "git/blobs{/sha}", "branches_url": "branches{/branch}",
    "collaborators_url": "collaborators{/collaborator}", "comments_url": "comments{/number}",
    "commits_url": "commits{/sha}", "compare_url": "compare/{base}...{head}",
    "contents_url": "contents/{+path}", "contributors_url": "contributors",
    "deployments_url": "deployments", "downloads_url": "downloads", "events_url": "events",
    "forks_url": "forks", "git_commits_url": "git/commits{/sha}", "git_refs_url": "git/refs{/sha}",
    "git_tags_url": "git/tags{/sha}", "hooks_url": "hooks",
    "issue_comment_url": "issues/comments{/number}", "issue_events_url": "issues/events{/number}",
    "issues_url": "issues{/number}", "keys_url": "keys{/key_id}", "labels_url": "labels{/name}",
    "languages_url": "languages", "merges_url": "merges", "milestones_url": "milestones{/number}",
    "notifications_url": "notifications{?since,all,participating}", "pulls_url": "pulls{/number}",
    "releases_url": "releases{/id}", "stargazers_url": "stargazers", "statuses_url": "statuses/{sha}",
    "subscribers_url": "subscribers", "subscription_url": "subscription", "tags_url": "tags",
    "teams_url": "teams", "trees_url": "git/trees{/sha}",
  ]

  func url(_ repository: Repository) -> String { "\(api)/repos/\(repository.fullName)" }

  /// What every form of a repository has (`minimal-repository` without the optional members).
  func repositoryReference(_ repository: Repository) -> JSONValue {
    let url = url(repository)
    var members: [String: JSONValue] = [
      "id": .integer(repository.id), "node_id": nodeID("R", repository.id),
      "name": .string(repository.name), "full_name": .string(repository.fullName),
      "owner": account(repository.owner), "private": .bool(repository.isPrivate),
      "html_url": .string("\(origin)/\(repository.fullName)"), "description": nil,
      "fork": .bool(repository.parent != nil), "url": .string(url),
    ]
    for (name, path) in Self.repositoryPaths { members[name] = .string("\(url)/\(path)") }
    return .object(members)
  }

  /// The repository as webhooks and lists have it.
  func repository(_ repository: Repository) -> JSONValue {
    let web = "\(origin)/\(repository.fullName)"
    return repositoryReference(repository).merging([
      "git_url": .string("git\(origin.dropFirst("http".count))/\(repository.fullName).git"),
      "ssh_url": .string("git@localhost:\(repository.fullName).git"),
      "clone_url": .string("\(web).git"), "svn_url": .string(web), "mirror_url": nil, "homepage": nil,
      "language": nil, "forks": 0, "forks_count": 0, "stargazers_count": 0, "watchers": 0,
      "watchers_count": 0, "open_issues": 0, "open_issues_count": 0, "size": 0,
      "default_branch": .string(repository.defaultBranch), "has_issues": true, "has_projects": true,
      "has_downloads": true, "has_wiki": true, "has_pages": false, "has_discussions": false,
      "archived": false, "disabled": false, "license": nil, "is_template": false,
      "web_commit_signoff_required": false, "topics": [], "allow_forking": true,
      "visibility": .string(repository.isPrivate ? "private" : "public"),
      "created_at": time(repository.createdAt), "updated_at": time(repository.pushedAt),
      "pushed_at": time(repository.pushedAt),
    ])
  }

  /// The repository as `GET /repos/{owner}/{repo}` answers it.
  ///
  /// - Parameter contents: what who asks may do with its contents.
  func fullRepository(
    _ repository: Repository, contents: PermissionLevel, parent: Repository? = nil
  ) -> JSONValue {
    var members: [String: JSONValue] = [
      "subscribers_count": 0, "network_count": 0, "allow_merge_commit": true, "allow_squash_merge": true,
      "allow_rebase_merge": true, "allow_auto_merge": false, "delete_branch_on_merge": false,
      "temp_clone_token": nil, "custom_properties": [:],
      "permissions": [
        "admin": .bool(contents >= .admin), "maintain": .bool(contents >= .admin),
        "push": .bool(contents >= .write), "triage": .bool(contents >= .write),
        "pull": .bool(contents >= .read),
      ],
    ]
    if repository.owner.kind == .organization { members["organization"] = account(repository.owner) }
    if let parent {
      members["parent"] = self.repository(parent)
      members["source"] = self.repository(parent)
    }
    return self.repository(repository).merging(members)
  }

  /// The repository as a webhook's payload has it.
  func eventRepository(_ repository: Repository) -> JSONValue {
    self.repository(repository).merging(["custom_properties": [:]])
  }

  /// The repository of a push event, whose times are unix seconds.
  func pushRepository(_ repository: Repository) -> JSONValue {
    eventRepository(repository).merging([
      "created_at": .integer(repository.createdAt.milliseconds / 1_000),
      "pushed_at": .integer(repository.pushedAt.milliseconds / 1_000), "stargazers": 0,
      "master_branch": .string(repository.defaultBranch),
    ])
  }
}
